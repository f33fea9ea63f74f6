import type { MoneyOfGroup } from '../domain/broker-payments.ts';
import { type InvalidInput, invalid } from '../domain/checked.ts';
import { type Failure, keyReused } from '../domain/failures.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Viewer } from '../domain/viewer.ts';
import {
  type CallerKey,
  callerKey,
  getWorkflow,
  type HistoryRow,
  historyOf,
  type IdempotencyKeyRow,
  inputHash,
  insertWorkflow,
  type Reading,
  recall,
  type Store,
  takeKey,
  type WorkflowRow,
  type Writing,
} from '../store/index.ts';
import { beginRow } from './engine/begun.ts';
import { requireDefinition } from './engine/definition.ts';
import type { Engine } from './engine/engine.ts';
import { type Beginning, firstRow } from './engine/first-row.ts';
import type { BegunRow } from './engine/step.ts';
import { rowIdOf } from './engine/upstream-keys.ts';
import { type CashRequest, objectOf } from './objects.ts';
import type { Link, MoneySettings, WorkflowPorts } from './ports.ts';

/** Dependencies of the commands; one per gateway. */
export interface CashServices {
  readonly store: Store;
  readonly engine: Pick<Engine, 'definitions'>;
  readonly ports: WorkflowPorts;
  readonly link: Link;
  readonly settings: MoneySettings;
  /** How long a command waits for an upstream's answer before it is OUTCOME_PENDING. Default 10 s. */
  readonly answerWithinMs?: number | undefined;
}

/** The caller of a command, and its authorization. */
export interface Caller {
  readonly viewer: Viewer;
  readonly maySee: (portfolio: Portfolio) => boolean;
}

export type CommandResult<T> = { readonly kind: 'success'; readonly value: T; readonly replayed: boolean } | Failure;

/** A mutation as it is stored: caller, mutation, key and input. */
export interface Request {
  readonly mutation: string;
  /** Name of the same mutation in an earlier release, whose keys are kept for ever. */
  readonly formerly?: string;
  readonly idempotencyKey: string;
  /** Everything of the input but the key, in one form for one meaning. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** The row of a checked request. */
export interface NewWork extends Omit<Beginning, 'id' | 'name'> {
  readonly idPrefix: string;
  /** The id of work that there is once, whoever asks: a further request is answered with the row that is there. */
  readonly id?: string | undefined;
  /** Rows that begin with it, in the accepting transaction. */
  readonly begin?: ((row: WorkflowRow) => readonly BegunRow[]) | undefined;
  /** Called first in the accepting transaction: whether the checks still hold. If not, they run again. */
  readonly stillHolds?: ((writing: Writing) => Promise<boolean>) | undefined;
}

/** Work that moves money. */
export interface NewCashRequest extends NewWork, MoneyOfGroup {
  readonly amount: MoneyOfGroup['amount'];
  readonly currency: string;
  readonly accountGroupId: MoneyOfGroup['accountGroupId'];
}

export const callerKeyOf = ({ viewer }: Caller): CallerKey => callerKey(viewer.issuer, viewer.subject);

/** Any text that can be logged and looked for. */
export const checkIdempotencyKey = (key: string): InvalidInput | undefined =>
  /^[^\p{C}]{1,255}$/u.test(key) && key.trim() !== ''
    ? undefined
    : invalid('idempotencyKey', 'Expected 1 to 255 characters, not only spaces and no control characters.');

/** How a kind of request is taken on. */
export interface Acceptance<T> {
  /** Called only for a new key; a refusal stores nothing. */
  readonly check: () => Promise<NewWork | Failure>;
  /** The answer for a row; undefined where rows of its kind have none. */
  readonly answer: (row: WorkflowRow, history: readonly HistoryRow[]) => T | undefined;
}

/**
 * Accepts a request, once per key. A known key is answered first, whatever the checks would say now. A success means
 * that the request is on disk.
 */
export async function acceptWork<T>(
  services: Pick<CashServices, 'store' | 'engine'>,
  caller: Caller,
  request: Request,
  { check, answer }: Acceptance<T>,
): Promise<CommandResult<T>> {
  const { store } = services;
  const wrongKey = checkIdempotencyKey(request.idempotencyKey);
  if (wrongKey !== undefined) return wrongKey;
  const remembered = () =>
    store.read(async (reading) => {
      const known = await recallRequest(reading, caller, request);
      return known && (await replay(reading, request, known, answer));
    });
  for (;;) {
    const known = await remembered();
    if (known !== undefined) return known;
    const work = await check();
    // The same request may have been accepted meanwhile, which explains the refusal: look up the key again.
    if (!isNewWork(work)) return (await remembered()) ?? work;
    const taken = await store.write((writing) => takeOn(services, writing, { caller, request, work, answer }), {
      // A check that is made again waits for a lock.
      together: work.stillHolds === undefined,
    });
    // Else another request was taken on that this one's check knew nothing of.
    if (taken !== undefined) return taken;
  }
}

/** As {@link acceptWork}, for what moves money. */
export const acceptOnce = (
  services: CashServices,
  caller: Caller,
  request: Request,
  check: () => Promise<NewCashRequest | Failure>,
): Promise<CommandResult<CashRequest>> => acceptWork(services, caller, request, { check, answer: objectOf });

const isNewWork = (checked: NewWork | Failure): checked is NewWork => 'firstStep' in checked;

/** The answer to a key that was used before. */
async function replay<T>(
  reading: Reading,
  request: Request,
  known: IdempotencyKeyRow,
  answer: Acceptance<T>['answer'],
): Promise<CommandResult<T>> {
  if (!isSameRequest(request, known)) return keyReused;
  const { subject_id: id } = known;
  const value = await readRow(reading, id, answer);
  if (value === undefined) throw new Error(`the key of ${id} is kept, but not the row`);
  return { kind: 'success', value, replayed: true };
}

/** The row of the request's key, of this request or of another one with the same key; undefined for a new key. */
export const recallRequest = (
  reading: Reading,
  caller: Caller,
  { idempotencyKey }: Pick<Request, 'idempotencyKey'>,
): Promise<IdempotencyKeyRow | undefined> => recall(reading, callerKeyOf(caller), idempotencyKey);

/** Takes the key for a request; the row that has it where it is taken already. */
export const takeRequestKey = (
  writing: Writing,
  caller: Caller,
  { mutation, idempotencyKey, input }: Request,
  subjectId: string,
): Promise<IdempotencyKeyRow | undefined> =>
  takeKey(writing, {
    caller: callerKeyOf(caller),
    key: idempotencyKey,
    mutation,
    inputHash: inputHash(mutation, input),
    subjectId,
  });

async function readRow<T>(reading: Reading, id: string, answer: Acceptance<T>['answer']): Promise<T | undefined> {
  const row = await getWorkflow(reading, id);
  return row && answer(row, (await historyOf(reading, [id])).get(id) ?? []);
}

export const isSameRequest = ({ mutation, formerly, input }: Request, known: IdempotencyKeyRow): boolean =>
  [mutation, formerly].some((name) => name === known.mutation && inputHash(name, input) === known.input_hash);

/** The object of a row as it is now. */
export async function readObject(reading: Reading, id: string): Promise<CashRequest | undefined> {
  return await readRow(reading, id, objectOf);
}

interface Taking {
  readonly caller: Caller;
  readonly request: Request;
  readonly work: NewWork;
}

/** Key, row, first history, first event and audit in one transaction. Undefined, and nothing, where the check is out of date. */
async function takeOn<T>(
  services: Pick<CashServices, 'engine'>,
  writing: Writing,
  { caller, request, work, answer }: Taking & Pick<Acceptance<T>, 'answer'>,
): Promise<CommandResult<T> | undefined> {
  if (work.stillHolds !== undefined && !(await work.stillHolds(writing))) return undefined;
  const row = newRow(writing, { caller, request, work });
  const known = await takeRequestKey(writing, caller, request, row.id);
  if (known !== undefined) return await replay(writing, request, known, answer);
  const there = work.id === undefined ? undefined : await readRow(writing, row.id, answer);
  if (there !== undefined) return { kind: 'success', value: there, replayed: true };
  const history = [{ workflow_id: row.id, sequence: 1, state: row.state, reason: null, at: row.created_at }];
  const event = requireDefinition(services.engine.definitions, row.kind).event(row, history, row.created_at);
  const content = { key: request.idempotencyKey, input: request.input };
  await insertWorkflow(writing, row, {
    states: [{ state: row.state, reason: null }],
    events: event === undefined ? [] : [event],
    audit: [{ actor: row.caller, action: request.mutation, subjectId: row.id, content }],
  });
  for (const begun of work.begin?.(row) ?? []) await beginRow(writing, row, begun);
  const value = answer(row, history);
  if (value === undefined) throw new TypeError(`a row of kind ${row.kind} cannot be answered`);
  return { kind: 'success', value, replayed: false };
}

function newRow(writing: Writing, { caller, request, work }: Taking): WorkflowRow {
  const { mutation, idempotencyKey } = request;
  const name = { caller: callerKeyOf(caller), mutation, idempotencyKey };
  return firstRow(writing, { ...work, id: work.id ?? rowIdOf(work.idPrefix, name), name });
}
