import type { MoneyOfGroup } from '../../domain/broker-payments.ts';
import type { PortfolioId } from '../../domain/ids.ts';
import type { WorkflowKind, WorkflowStep } from '../../domain/workflow-kinds.ts';
import { readWorkflow, type WorkflowRow, type Writing } from '../../store/index.ts';
import { keepJson } from './kept-json.ts';
import { type RequestName, upstreamKeyOf } from './upstream-keys.ts';

/** Columns of a new row. */
export interface Beginning {
  readonly id: string;
  readonly kind: WorkflowKind;
  readonly portfolioId: PortfolioId;
  readonly firstStep: WorkflowStep;
  /** The input and the settings, in the kind's own shape. */
  readonly input: object;
  readonly amount: MoneyOfGroup['amount'] | null;
  readonly currency: string | null;
  readonly accountGroupId: MoneyOfGroup['accountGroupId'] | null;
  /** How long it rests at first, since it waits for a row that begins with it; milliseconds. */
  readonly restsMs?: number | undefined;
  readonly name: RequestName;
}

/** A row as it begins: REQUESTED, and due at once unless it rests. */
export function firstRow({ now }: Pick<Writing, 'now'>, work: Beginning): WorkflowRow {
  const at = now();
  return readWorkflow({
    id: work.id,
    kind: work.kind,
    portfolio_id: work.portfolioId,
    account_group_id: work.accountGroupId,
    amount: work.amount,
    currency: work.currency,
    input: keepJson(work.input),
    caller: work.name.caller,
    idempotency_key: work.name.idempotencyKey,
    upstream_key: upstreamKeyOf(work.name),
    created_at: at,
    updated_at: at,
    state: 'REQUESTED',
    version: 1,
    step: work.firstStep,
    due_at: at + (work.restsMs ?? 0),
    ...UNTOUCHED,
  });
}

const UNTOUCHED = {
  reason: null,
  resume_state: null,
  memo: null,
  sent_at: null,
  sendings: null,
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
  audited: null,
} as const;
