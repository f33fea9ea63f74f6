import { z } from 'zod';
import {
  type Failure,
  keyReused,
  type NotCancellable,
  notCancellable,
  notFound,
  outcomePending,
} from '../../domain/failures.ts';
import { missingPortfolioId } from '../../domain/ids.ts';
import {
  changeWorkflow,
  getWorkflow,
  type IdempotencyKeyRow,
  lockWorkflow,
  type WorkflowRow,
} from '../../store/index.ts';
import {
  type Caller,
  type CashServices,
  type CommandResult,
  callerKeyOf,
  checkIdempotencyKey,
  isSameRequest,
  type Request,
  readObject,
  recallRequest,
  takeRequestKey,
} from '../accept.ts';
import { readKept } from '../engine/kept-json.ts';
import { wokenWithin } from '../engine/woken.ts';
import type { CashRequest } from '../objects.ts';
import { ORDER, VIRTUAL_CASH_DECREASE, withdrawalInputOf } from './rows.ts';

export interface CancelInput {
  readonly id: string;
  readonly idempotencyKey: string;
}

interface What {
  readonly mutation: string;
  readonly kind: string;
}

/** Requests the cancellation of an object, and waits for its result. */
export async function cancel(
  services: CashServices,
  caller: Caller,
  { id, idempotencyKey }: CancelInput,
  { mutation, kind }: What,
): Promise<CommandResult<CashRequest>> {
  const wrongKey = checkIdempotencyKey(idempotencyKey);
  if (wrongKey !== undefined) return wrongKey;
  const request: Request = { mutation, idempotencyKey, input: { id } };
  const known = await services.store.read((reading) => recallRequest(reading, caller, request));
  const asked = known === undefined ? await ask(services, caller, request, { id, kind }) : askedBefore(request, known);
  return 'replayed' in asked ? await awaitAnswer(services, caller, request, asked.replayed) : asked;
}

/** The cancellation is requested in the store. */
interface Asked {
  readonly replayed: boolean;
}

const askedBefore = (request: Request, known: IdempotencyKeyRow): Asked | Failure =>
  isSameRequest(request, known) ? { replayed: true } : keyReused;

/** Stores the request to cancel; the row's own worker cancels when that is safe. */
async function ask(
  { store, ports }: CashServices,
  caller: Caller,
  request: Request,
  { id, kind }: { readonly id: string; readonly kind: string },
): Promise<Asked | Failure> {
  const row = await store.read((reading) => getWorkflow(reading, id));
  const portfolioId = row?.kind === kind ? row.portfolio_id : missingPortfolioId(id);
  const portfolio = portfolioId === undefined ? null : await ports.investSuite.portfolio(portfolioId);
  if (portfolio === null || !caller.maySee(portfolio))
    return notFound('There is no object with this id that can be cancelled.');
  return await store.write(async (writing) => {
    const locked = await lockWorkflow(writing, id);
    if (locked === undefined) return notFound('There is no object with this id that can be cancelled.');
    // The same request, sent twice at once, may have been first: then what it did must not count against this one.
    const first = await recallRequest(writing, caller, request);
    if (first !== undefined) return askedBefore(request, first);
    if (!isCancellable(locked)) return notCancellable(locked.state);
    const known = await takeRequestKey(writing, caller, request, id);
    if (known !== undefined) return askedBefore(request, known);
    const content = { key: request.idempotencyKey, input: request.input, state: locked.state };
    const audit = [{ actor: callerKeyOf(caller), action: request.mutation, subjectId: id, content }];
    const patch = { cancel_requested_at: writing.now(), due_at: writing.now() };
    await changeWorkflow(writing, locked, patch, { states: [], events: [], audit });
    return { replayed: false };
  });
}

const UNTIL_THE_BROKER_BEGINS = ['REQUESTED', 'RESERVED', 'AWAITING_CASH', 'SUBMITTED'];
const UNTIL_CONFIRMED = ['REQUESTED', 'ISSUED', 'QUEUED'];

const UNTIL_THE_BROKER_WORKS = ['REQUESTED', 'RECORDED', 'SUBMITTED'];

function isCancellable(row: WorkflowRow): boolean {
  if (row.kind === ORDER) return UNTIL_THE_BROKER_WORKS.includes(row.state);
  if (row.kind === VIRTUAL_CASH_DECREASE) return UNTIL_CONFIRMED.includes(row.state);
  // Virtual cash that is QUEUED at the broker can still be cancelled.
  const queued = row.state === 'PROCESSING' && withdrawalInputOf(row).payout === 'virtual-cash';
  return queued || UNTIL_THE_BROKER_BEGINS.includes(row.state);
}

const storedAnswer = z.object({ answer: z.enum(['cancelled', 'notCancellable']), state: z.string() });

async function awaitAnswer(
  { store, answerWithinMs = 10_000 }: CashServices,
  caller: Caller,
  request: Request,
  replayed: boolean,
): Promise<CommandResult<CashRequest>> {
  const deadline = store.runtime.monotonicMs() + answerWithinMs;
  for (;;) {
    const known = await store.read((reading) => recallRequest(reading, caller, request));
    if (known !== undefined && known.result !== null) {
      const refused = refusalIn(known);
      if (refused !== undefined) return refused;
      const value = await store.read((reading) => readObject(reading, known.subject_id));
      if (value === undefined) throw new Error(`the key of ${known.subject_id} is kept, but not the row`);
      return { kind: 'success', value, replayed };
    }
    const left = deadline - store.runtime.monotonicMs();
    if (left <= 0) return outcomePending('UPVEST');
    await wokenWithin(store, Math.min(left, 250));
  }
}

function refusalIn({ result }: IdempotencyKeyRow): NotCancellable | undefined {
  const { answer, state } = readKept(storedAnswer, result ?? 'null');
  return answer === 'cancelled' ? undefined : notCancellable(state);
}
