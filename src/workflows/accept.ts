import { ulid } from 'ulid';
import { type InvalidInput, invalid } from '../domain/checked.ts';
import { type Failure, keyReused } from '../domain/failures.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Viewer } from '../domain/viewer.ts';
import {
  type CallerKey,
  callerKey,
  canonicalJson,
  getWorkflow,
  historyOf,
  type IdempotencyKeyRow,
  inputHash,
  insertWorkflow,
  type NewWorkflowRow,
  type Reading,
  recall,
  rememberAccountGroup,
  type Store,
  takeKey,
  type WorkflowRow,
  type Writing,
} from '../store/index.ts';
import { requireDefinition } from './definition.ts';
import type { Engine } from './engine.ts';
import type { Link, MoneySettings, WorkflowPorts } from './ports.ts';
import { type Money, type MoneyObject, objectOf } from './rows.ts';
import { upstreamKeyOf } from './upstream-keys.ts';

/** What the commands work with; one for a gateway's life. */
export interface MoneyServices {
  readonly store: Store;
  readonly engine: Pick<Engine, 'definitions'>;
  readonly ports: WorkflowPorts;
  readonly link: Link;
  readonly settings: MoneySettings;
  /** How long a command waits for an upstream's answer before it is OUTCOME_PENDING. Default 10 s. */
  readonly answerWithinMs?: number | undefined;
}

/** Who asks, and what that one may see. */
export interface Caller {
  readonly viewer: Viewer;
  readonly maySee: (portfolio: Portfolio) => boolean;
}

export type CommandResult<T> = { readonly kind: 'success'; readonly value: T; readonly replayed: boolean } | Failure;

/** A mutation as it is remembered: who asked for what, under which key. */
export interface Request {
  readonly mutation: string;
  readonly idempotencyKey: string;
  /** Everything of the input but the key, in one form for one meaning. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** What a request turns into once it has been checked. */
export interface NewMoney extends Money {
  readonly kind: string;
  readonly idPrefix: string;
  readonly portfolioId: Portfolio['id'];
  readonly firstStep: string;
  /** The rest of the input and the settings, in the kind's own shape. */
  readonly input: unknown;
}

export const callerKeyOf = ({ viewer }: Caller): CallerKey => callerKey(viewer.issuer, viewer.subject);

/** Printable, so that it can be logged and looked for. */
export const checkIdempotencyKey = (key: string): InvalidInput | undefined =>
  /^[\x21-\x7e]{1,255}$/.test(key)
    ? undefined
    : invalid('idempotencyKey', 'Expected 1 to 255 printable ASCII characters without spaces.');

/**
 * Takes a request on, once for its key. What was taken on before is answered first, whatever the checks would say now.
 * When this resolves with a success, the request is on disk.
 */
export async function acceptOnce(
  services: MoneyServices,
  caller: Caller,
  request: Request,
  check: () => Promise<NewMoney | Failure>,
): Promise<CommandResult<MoneyObject>> {
  const { store } = services;
  const wrongKey = checkIdempotencyKey(request.idempotencyKey);
  if (wrongKey !== undefined) return wrongKey;
  const known = await store.read((reading) => recall(reading, callerKeyOf(caller), request.idempotencyKey));
  if (known !== undefined) return await store.read((reading) => replay(reading, request, known));
  const money = await check();
  if (!isNewMoney(money)) return money;
  return await store.write((writing) => takeOn(services, writing, { caller, request, money }));
}

const isNewMoney = (checked: NewMoney | Failure): checked is NewMoney => 'firstStep' in checked;

/** The answer to a key that was used before. */
async function replay(
  reading: Reading,
  request: Request,
  known: IdempotencyKeyRow,
): Promise<CommandResult<MoneyObject>> {
  if (!isSameRequest(request, known)) return keyReused;
  const value = await readObject(reading, known.subject_id);
  if (value === undefined) throw new Error(`the key of ${known.subject_id} is kept, but not the row`);
  return { kind: 'success', value, replayed: true };
}

export const isSameRequest = (request: Request, known: IdempotencyKeyRow): boolean =>
  known.mutation === request.mutation && known.input_hash === inputHash(request.mutation, request.input);

/** The object of a row as it is now. */
export async function readObject(reading: Reading, id: string): Promise<MoneyObject | undefined> {
  const row = await getWorkflow(reading, id);
  return row && objectOf(row, (await historyOf(reading, [id])).get(id) ?? []);
}

interface Taking {
  readonly caller: Caller;
  readonly request: Request;
  readonly money: NewMoney;
}

/** Key, row, first history, first event and audit in one transaction. */
async function takeOn(
  services: MoneyServices,
  writing: Writing,
  { caller, request, money }: Taking,
): Promise<CommandResult<MoneyObject>> {
  const row = newRow(writing, { caller, request, money });
  const known = await takeKey(writing, {
    caller: callerKeyOf(caller),
    key: request.idempotencyKey,
    mutation: request.mutation,
    inputHash: inputHash(request.mutation, request.input),
    subjectId: row.id,
  });
  if (known !== undefined) return await replay(writing, request, known);
  const history = [{ workflow_id: row.id, sequence: 1, state: row.state, reason: null, at: row.created_at }];
  const definition = requireDefinition(services.engine.definitions, row.kind);
  const content = canonicalJson({ key: request.idempotencyKey, input: request.input });
  await insertWorkflow(writing, row, {
    states: [{ state: row.state, reason: null }],
    events: [definition.event(row, history, row.created_at)],
    audit: [{ actor: row.caller, action: request.mutation, subjectId: row.id, content }],
  });
  await rememberAccountGroup(writing, money.accountGroupId, money.portfolioId);
  const value = objectOf(row, history);
  if (value === undefined) throw new TypeError(`${row.kind} is no object of the graph`);
  return { kind: 'success', value, replayed: false };
}

function newRow(writing: Writing, { caller, request, money }: Taking): NewWorkflowRow & WorkflowRow {
  const id = `${money.idPrefix}${ulid()}`;
  const now = writing.now();
  return {
    id,
    kind: money.kind,
    portfolio_id: money.portfolioId,
    account_group_id: money.accountGroupId,
    amount: money.amount,
    currency: money.currency,
    input: JSON.stringify(money.input),
    caller: callerKeyOf(caller),
    idempotency_key: request.idempotencyKey,
    upstream_key: upstreamKeyOf(id),
    created_at: now,
    updated_at: now,
    state: 'REQUESTED',
    version: 1,
    step: money.firstStep,
    due_at: now,
    ...UNTOUCHED,
  };
}

const UNTOUCHED = {
  reason: null,
  resume_state: null,
  memo: null,
  sent_at: null,
  progress: null,
  subject: null,
  reserved: null,
  cancel_requested_at: null,
  waiting_for: null,
  attempts: 0,
  nudges: 0,
  lease_owner: null,
  lease_until: null,
  fence: 0,
} as const;
