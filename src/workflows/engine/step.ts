import type { z } from 'zod';
import type { WriteOptions } from '../../datasources/upstream/client.ts';
import type { WriteOutcome } from '../../datasources/upstream/outcome.ts';
import type { MoneyOfGroup } from '../../domain/broker-payments.ts';
import type { Decimal } from '../../domain/decimal.ts';
import type { Runtime } from '../../domain/runtime.ts';
import type { StateOf, StepOf, WorkflowKind, WorkflowState } from '../../domain/workflow-kinds.ts';
import type { UpstreamSystem } from '../../errors.ts';
import type { LockName, Reading, StateEntry, WorkflowRow, Writing, WrittenVersion } from '../../store/index.ts';
import type { WorkflowPorts } from '../ports.ts';
import type { WaitReason } from './backoff.ts';

/** The context of a step. A step changes nothing by itself: the runner commits its decision. */
export interface StepContext {
  readonly row: WorkflowRow;
  readonly ports: WorkflowPorts;
  /** To be passed with every write to an upstream: it fences what is sent by the row's lease. */
  readonly sending: WriteOptions;
  /** Reads the store, outside of any transaction. */
  readonly read: <T>(work: (reading: Reading) => Promise<T>) => Promise<T>;
  /** Milliseconds since 1970, by the store's clock. */
  readonly now: number;
  /** For waits within the step, and its deadlines. */
  readonly runtime: Pick<Runtime, 'after' | 'monotonicMs'>;
  /** How long after an attempt a request may still reach the upstream, or a list lag behind it: {@link LATE_ARRIVAL_MS}. */
  readonly lateArrivalMs: number;
  /** Last version written under the step's lock: see {@link readUnderLock}. */
  readonly written?: WrittenVersion | null | undefined;
}

/** Changes of a row besides its state. */
export interface RowPatch {
  readonly subject?: string | null;
  readonly reserved?: Decimal | null;
  readonly progress?: string | null;
  readonly cancel_requested_at?: number | null;
}

/** A row that begins with a decision, in its transaction. Its id is derived from the row that begins it, so it begins once. */
export interface BegunRow<K extends WorkflowKind = WorkflowKind> {
  readonly id: string;
  readonly kind: K;
  readonly firstStep: StepOf<K>;
  readonly input: object;
  /** Of money that it takes from the account group; null where it takes none. */
  readonly money:
    | (Pick<MoneyOfGroup, 'accountGroupId'> & { readonly [F in 'amount' | 'currency']: MoneyOfGroup[F] | null })
    | null;
  /** See {@link RowPatch.subject}. */
  readonly subject: string | null;
  /** The row's first `progress`, in the kind's own shape. */
  readonly progress?: string | undefined;
  /** Others may begin the same row at the same moment. */
  readonly shared?: boolean;
}

/** Answer to cancellation requests, once it is known. */
export type CancelAnswer = 'cancelled' | 'notCancellable';

/** Whether a decision does nothing but move its row on to another step, with states and columns. */
export const isMoveOnly = (decision: Decision): decision is Advance =>
  decision.kind === 'advance' &&
  decision.step !== null &&
  decision.begin === undefined &&
  decision.cancelAnswer === undefined &&
  decision.stillHolds === undefined;

/** Goes on with the next step at once, or (step null) rests for good. */
export interface Advance<K extends WorkflowKind = WorkflowKind> {
  readonly kind: 'advance';
  readonly states?: readonly StateEntry<StateOf<K>>[];
  readonly step: StepOf<K> | null;
  readonly patch?: RowPatch;
  /** The next step needs the same lock without a gap. */
  readonly keepLock?: boolean;
  readonly cancelAnswer?: CancelAnswer;
  readonly begin?: readonly BegunRow[];
  /** Called first in the decision's transaction: whether what it was decided by still holds. If not, the step runs again. */
  readonly stillHolds?: ((writing: Writing) => Promise<boolean>) | undefined;
}

/** Stays, and is due again after a while or a nudge. Of no kind: enters no state and no other step. */
export interface Wait<K extends WorkflowKind = never> {
  readonly kind: 'wait';
  readonly for: WaitReason;
  readonly states?: readonly StateEntry<StateOf<K>>[];
  /** Another step than the present one, where the wait belongs to that. */
  readonly step?: StepOf<K>;
  readonly patch?: RowPatch;
  readonly retryAfterMs?: number | undefined;
  /** Due again at this time at the latest; milliseconds since 1970 by the store's clock. */
  readonly dueBy?: number | undefined;
  readonly cancelAnswer?: CancelAnswer;
  readonly begin?: readonly BegunRow[];
  /** The reason in the history after several attempts, instead of the default text. */
  readonly note?: string;
}

/** Needs a person. */
export interface Review {
  readonly kind: 'review';
  readonly reason: string;
}

/** A step's decision: only states and steps of its kind compile. */
export type Decision<K extends WorkflowKind = WorkflowKind> = Advance<K> | Wait<K> | Review;

export const enter = <S extends WorkflowState>(state: S, reason: string | null = null): StateEntry<S> => ({
  state,
  reason,
});
export const review = (reason: string): Review => ({ kind: 'review', reason });

/** An attempt whose outcome is not known; times in milliseconds since 1970 by the store's clock. */
export interface Attempt {
  /** When the step was marked: nothing can have happened before. */
  readonly sentAt: number;
  /** When it was last sent without a known answer. */
  readonly lastAt: number;
  /** Since when repetitions have been refused; null where none was. */
  readonly refusedSince: number | null;
}

/** Only reads, then decides. Running it twice does no harm. */
export interface ObserveStep<K extends WorkflowKind = WorkflowKind> {
  readonly kind: 'observe';
  readonly lock?: ((row: WorkflowRow) => LockName | undefined) | undefined;
  readonly run: (context: StepContext) => Promise<Decision<K>>;
  readonly resolve?: ReviewAnswers<K>;
}

/** Data kept with a mark: see kept-json.ts. */
export type Memo = object | null;

/** Ready to be sent: `memo` is kept with the mark and sent again as it is; `states` are entered with the mark. */
export interface Ready<K extends WorkflowKind, M> {
  readonly kind: 'send';
  readonly memo: M;
  readonly states?: readonly StateEntry<StateOf<K>>[];
}

/** Evidence of an attempt with unknown outcome. */
export type Evidence<V> =
  | { readonly kind: 'found'; readonly value: V }
  /** The place where it would be was read whole, and it is not there. */
  | { readonly kind: 'absent' }
  | NotKnown;

/**
 * The list does not exist, can't be read completely, or has matches that may belong to others: `because` says so for a
 * person.
 */
export interface NotKnown {
  readonly kind: 'notKnown';
  readonly because?: string;
  /** The upstream is not available; when it is back it may know. */
  readonly isAway?: boolean;
}

export const NOT_KNOWN: NotKnown = { kind: 'notKnown' };
export const ABSENT: Evidence<never> = { kind: 'absent' };
export const found = <V>(value: V): Evidence<V> => ({ kind: 'found', value });

/**
 * Marks the row as being sent, sends, and finds out what came of it (settle.ts). `M` is what it remembers with the mark, `V` what
 * the upstream answers; the engine needs neither, and gives back only what this step's own `memo` and `send` have made.
 */
export interface WriteStep<K extends WorkflowKind = WorkflowKind, M extends Memo = Memo, V = unknown> {
  readonly kind: 'write';
  /** The upstream that the step writes to, for the wait while it is unavailable. */
  readonly system: UpstreamSystem;
  /** Reads the memo back from the row. */
  readonly memo: z.ZodType<M>;
  readonly lock?: ((row: WorkflowRow) => LockName | undefined) | undefined;
  /** The lock stays while the step waits: until the step has ended, no other row may compute with the object. */
  readonly keepsLock?: boolean | undefined;
  /** `prepare` asks nobody: it decides by the row alone. */
  readonly preparesFromRow?: true;
  /** Returns a decision, or the memo of the write. */
  prepare(context: StepContext): Promise<Decision<K> | Ready<K, M>>;
  send(context: StepContext, memo: M): Promise<WriteOutcome<V>>;
  /** `key`: the upstream does the same only once, for as long as it keeps the key. `never`: looked for, then begun again. */
  readonly repeats: 'key' | 'never';
  /** Until when it may be sent, the first time and again; milliseconds since 1970 by the store's clock. Default: for ever. */
  readonly sendBefore?: (row: WorkflowRow) => number;
  /**
   * Looks for the effect of an attempt with unknown outcome, and sends nothing. Returns a decision where it settles the
   * step otherwise. Throws an UpstreamError where the upstream can't be read.
   */
  look(context: StepContext, memo: M, attempt: Attempt): Promise<Evidence<V> | Decision<K>>;
  /** A sentence for the operator: what is in doubt. */
  readonly doubt: string;
  /** How a doubt ends that can't be settled, where that is not a review. */
  unsettled?(context: StepContext, memo: M): Decision<K>;
  accepted(context: StepContext, memo: M, value: V): Decision<K>;
  /** The upstream refused the request, by a status that concerns the request or is one of `refusedBy`. */
  refused(context: StepContext, memo: M, status: number): Decision<K>;
  /** Statuses that speak of the request besides 400, 409 and 422. */
  readonly refusedBy?: readonly number[];
  readonly resolve: ReviewAnswers<K>;
}

export type Step<K extends WorkflowKind = WorkflowKind> = ObserveStep<K> | WriteStep<K>;

/** A write step of a kind; the types of its memo and its answer are inferred from `memo` and `send`. */
export const writeStepOf =
  <K extends WorkflowKind>() =>
  <M extends Memo, V>(step: Omit<WriteStep<K, M, V>, 'kind'>): WriteStep<K> => ({ kind: 'write', ...step });

/** Decisions for an operator's answers to a review of this step. */
export interface ReviewAnswers<K extends WorkflowKind = WorkflowKind> {
  readonly done: (context: ReviewContext) => Decision<K>;
  readonly notDone: (context: ReviewContext) => Decision<K>;
}

/**
 * Latest arrival of a request after its timeout (the longest that load balancers commonly hold one back); a list read
 * from a replica may lag as long. Only a read that began later can prove that there was no effect.
 */
export const LATE_ARRIVAL_MS = 30_000;

/** Context of the decision on an operator's answer; no upstream is asked. */
export type ReviewContext = Omit<StepContext, 'ports' | 'sending'>;
