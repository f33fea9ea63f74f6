import { type Failure, keyReused, notFound } from '../../domain/failures.ts';
import { appendAudit, replayEvent, type Store, type Writing } from '../../store/index.ts';
import {
  type Caller,
  type CommandResult,
  callerKeyOf,
  checkIdempotencyKey,
  isSameRequest,
  type Request,
  recallRequest,
  takeRequestKey,
} from '../accept.ts';
import { onlyOperators } from '../order/run.ts';

export interface ReplayParkedEventInput {
  readonly id: string;
  readonly idempotencyKey: string;
}

const NOT_PARKED: Failure = notFound('There is no parked event with this id.');

/** Id in the graph of an event of the inbox. */
export const eventIdOf = (id: number): string => `evt_${id}`;

/** Number of an event in the inbox; undefined for an id that is none. */
export function eventNumberOf(id: string): number | undefined {
  const digits = /^evt_(\d{1,15})$/.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Has a parked event processed again, once for its key. Failures, in this order: Forbidden; InvalidInput (key); IdempotencyKeyReused;
 * NotFound.
 */
export async function replayParkedEvent(
  store: Store,
  caller: Caller,
  { id, idempotencyKey }: ReplayParkedEventInput,
): Promise<CommandResult<{ readonly id: string }>> {
  const no = onlyOperators(caller, 'Replaying events') ?? checkIdempotencyKey(idempotencyKey);
  if (no !== undefined) return no;
  const request = { mutation: 'replayParkedEvent', idempotencyKey, input: { id } };
  return await store.write((writing) => replay(writing, caller, { id, request }));
}

async function replay(
  writing: Writing,
  caller: Caller,
  { id, request }: { readonly id: string; readonly request: Request },
): Promise<CommandResult<{ readonly id: string }>> {
  const known = await recallRequest(writing, caller, request);
  if (known !== undefined)
    return isSameRequest(request, known) ? { kind: 'success', value: { id }, replayed: true } : keyReused;
  const number = eventNumberOf(id);
  if (number === undefined || !(await replayEvent(writing, number))) return NOT_PARKED;
  await takeRequestKey(writing, caller, request, id);
  await appendAudit(writing, { actor: callerKeyOf(caller), action: 'replayParkedEvent', subjectId: id, content: {} });
  return { kind: 'success', value: { id }, replayed: false };
}
