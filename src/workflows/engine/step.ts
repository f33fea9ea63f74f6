import type { WriteOptions } from '../../datasources/upstream/client.ts';
import type { Decimal } from '../../domain/decimal.ts';
import type { UpstreamSystem } from '../../errors.ts';
import type { LockName, Reading, StateEntry, WorkflowRow, WrittenVersion } from '../../store/index.ts';
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

/** Answer to cancellation requests, once it is known. */
export type CancelAnswer = 'cancelled' | 'notCancellable';

/** Goes on with the next step at once, or (step null) rests for good. */
export interface Advance {
  readonly kind: 'advance';
  readonly states?: readonly StateEntry[];
  readonly step: string | null;
  readonly patch?: RowPatch;
  /** The next step needs the same lock without a gap. */
  readonly keepLock?: boolean;
  readonly cancelAnswer?: CancelAnswer;
}

/** Stays, and is due again after a while or a nudge. */
export interface Wait {
  readonly kind: 'wait';
  readonly for: WaitReason;
  readonly states?: readonly StateEntry[];
  /** Another step than the present one, where the wait belongs to that. */
  readonly step?: string;
  readonly patch?: RowPatch;
  readonly retryAfterMs?: number | undefined;
  readonly cancelAnswer?: CancelAnswer;
  /** The reason in the history after several attempts, instead of the default text. */
  readonly note?: string;
}

/** Needs a person. */
export interface Review {
  readonly kind: 'review';
  readonly reason: string;
}

export type Decision = Advance | Wait | Review;

export const enter = (state: string, reason: string | null = null): StateEntry => ({ state, reason });
export const review = (reason: string): Review => ({ kind: 'review', reason });

/** Result of a sent write, or of a search for its effect. */
export type Settlement =
  /**
   * `inDoubt`: the outcome of an earlier attempt is still unknown, so the mark stays. `version`: version of the locked
   * object after the write, where the upstream returns one.
   */
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly inDoubt?: boolean;
      readonly version?: number | null;
    }
  | { readonly kind: 'notSent'; readonly retryAfterMs: number | undefined }
  /**
   * `answered`: the repetition itself did nothing, so a late arrival still counts from the attempt before it. `refused`: it was
   * refused with this status.
   */
  | { readonly kind: 'unknown'; readonly answered?: boolean; readonly refused?: number }
  /** It is certain that the earlier attempts did nothing: begin the step again. */
  | { readonly kind: 'undone' };

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
export interface ObserveStep {
  readonly kind: 'observe';
  readonly lock?: ((row: WorkflowRow) => LockName | undefined) | undefined;
  readonly run: (context: StepContext) => Promise<Decision>;
  readonly resolve?: ReviewAnswers;
}

/** Marks the row as being sent, sends, and finds out what came of it. */
export interface WriteStep {
  readonly kind: 'write';
  /** The upstream that the step writes to, for the wait while it is unavailable. */
  readonly system: UpstreamSystem;
  readonly lock?: ((row: WorkflowRow) => LockName | undefined) | undefined;
  /** The lock stays while the step waits: until the step has ended, no other row may compute with the object. */
  readonly keepsLock?: boolean | undefined;
  readonly prepare: (context: StepContext) => Promise<Decision | Send>;
  readonly send: (context: StepContext, memo: string) => Promise<Settlement>;
  /** For a row that was found marked. `resend`: the same may be sent again, by {@link WriteStep.repeat}. */
  readonly settle: (
    context: StepContext,
    memo: string,
    attempt: Attempt,
  ) => Promise<Settlement | { readonly kind: 'resend' }>;
  /** Sends the same again while it is not known what an earlier attempt did. */
  readonly repeat: (context: StepContext, memo: string, attempt: Attempt) => Promise<Settlement>;
  readonly resolve: ReviewAnswers;
}

export type Step = ObserveStep | WriteStep;

/** Ready to be sent: `memo` is JSON, kept with the mark and sent again as it is. */
export interface Send {
  readonly kind: 'send';
  readonly memo: string;
  readonly states?: readonly StateEntry[];
}

/** Decisions for an operator's answers to a review of this step. */
export interface ReviewAnswers {
  readonly done: (context: StepContext) => Decision;
  readonly notDone: (context: StepContext) => Decision;
}

/**
 * Latest arrival of a request after its timeout (the longest that load balancers commonly hold one back); a list read
 * from a replica may lag as long. Only a read that began later can prove that there was no effect.
 */
export const LATE_ARRIVAL_MS = 30_000;
