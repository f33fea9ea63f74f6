import type { z } from 'zod';
import type { WriteOptions } from '../datasources/http/client.ts';
import type { WriteOutcome } from '../datasources/http/outcome.ts';
import type { Decimal } from '../domain/decimal.ts';
import type { UpstreamSystem } from '../errors.ts';
import type { LockName, Reading, StateEntry, WorkflowRow, WrittenVersion } from '../store/index.ts';
import type { WaitReason } from './backoff.ts';
import type { WorkflowPorts } from './ports.ts';

/** What a step may use. It changes nothing by itself: what it decides is committed by the runner. */
export interface StepContext {
  readonly row: WorkflowRow;
  readonly ports: WorkflowPorts;
  /** To be passed with every write to an upstream: it fences what is sent by the row's lease. */
  readonly sending: WriteOptions;
  /** Reads the store, outside of any transaction. */
  readonly read: <T>(work: (reading: Reading) => Promise<T>) => Promise<T>;
  /** Milliseconds since 1970, by the store's clock. */
  readonly now: number;
  /** What was last written under the step's lock, whoever did: see {@link readUnderLock}. */
  readonly written?: WrittenVersion | null | undefined;
}

/** What a step may change in its row besides the state. */
export interface RowPatch {
  readonly subject?: string | null;
  readonly reserved?: Decimal | null;
  readonly progress?: string | null;
  readonly cancel_requested_at?: number | null;
}

/** The answer to those who asked to cancel, once it is known. */
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
}

/** Needs a person. */
export interface Review {
  readonly kind: 'review';
  readonly reason: string;
}

export type Decision = Advance | Wait | Review;

export const enter = (state: string, reason: string | null = null): StateEntry => ({ state, reason });
export const review = (reason: string): Review => ({ kind: 'review', reason });

/** What is known after a write was sent, or asked about again. */
export type Settlement =
  /**
   * `inDoubt`: it is still not known what an earlier sending did, so the mark stays. `version`: what the write made of
   * that which the lock is for, where it was told.
   */
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly inDoubt?: boolean;
      readonly version?: number | null;
    }
  | { readonly kind: 'notSent'; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'unknown' }
  /** It is certain that an earlier sending did nothing: begin the step again. */
  | { readonly kind: 'undone' };

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
  /** Whom it writes to: what the row waits for while that one is away. */
  readonly system: UpstreamSystem;
  readonly lock?: ((row: WorkflowRow) => LockName | undefined) | undefined;
  /** The lock stays while the step waits: until it has ended, nobody may compute with what is there. */
  readonly keepsLock?: boolean | undefined;
  readonly prepare: (context: StepContext) => Promise<Decision | Send>;
  readonly send: (context: StepContext, memo: string) => Promise<Settlement>;
  /** For a row that was found marked: `sentAt` is when it was first sent. */
  readonly settle: (context: StepContext, memo: string, sentAt: number) => Promise<Settlement>;
  readonly resolve: ReviewAnswers;
}

export type Step = ObserveStep | WriteStep;

/** Ready to be sent: `memo` is JSON, kept with the mark and sent again as it is. */
export interface Send {
  readonly kind: 'send';
  readonly memo: string;
  readonly states?: readonly StateEntry[];
}

/** What an operator's word means for a row that needs a person in this step. */
export interface ReviewAnswers {
  readonly done: (context: StepContext) => Decision;
  readonly notDone: (context: StepContext) => Decision;
}

/** A write step as its author sees it: with the types of what is remembered and answered. */
export interface WriteSpec<M, V> {
  readonly system: UpstreamSystem;
  readonly memo: z.ZodType<M>;
  readonly lock?: ((row: WorkflowRow) => LockName | undefined) | undefined;
  readonly keepsLock?: boolean | undefined;
  /** Decides otherwise, or says what to send; `states` are entered with the mark. */
  readonly prepare: (
    context: StepContext,
  ) => Promise<Decision | { readonly kind: 'send'; readonly memo: M; readonly states?: readonly StateEntry[] }>;
  readonly send: (context: StepContext, memo: M) => Promise<WriteOutcome<V>>;
  /**
   * What became of an earlier sending that nobody knows the outcome of. `resend`: the same again is safe, by its key or
   * its nature. `undone`: it is certain that nothing happened. Or the outcome itself, or a decision.
   */
  readonly settle: (
    context: StepContext,
    memo: M,
    sentAt: number,
  ) => Promise<WriteOutcome<V> | { readonly kind: 'resend' } | { readonly kind: 'undone' } | Decision>;
  readonly accepted: (context: StepContext, memo: M, value: V) => Decision;
  readonly refused: (context: StepContext, memo: M, status: number) => Decision;
  readonly resolve: ReviewAnswers;
}

export function writeStep<M, V>(spec: WriteSpec<M, V>): WriteStep {
  const read = (memo: string): M => spec.memo.parse(JSON.parse(memo));
  const settled = (context: StepContext, memo: M, outcome: WriteOutcome<V>, again: boolean): Settlement => {
    switch (outcome.kind) {
      case 'accepted':
        return {
          kind: 'decided',
          decision: spec.accepted(context, memo, outcome.value),
          version: versionOf(outcome.value),
        };
      case 'refused':
        // After an attempt of unknown outcome a conflict may be with that very attempt: ask again.
        if (again && outcome.status === 409) return { kind: 'unknown' };
        return { kind: 'decided', decision: spec.refused(context, memo, outcome.status) };
      case 'notSent':
        // The attempt before is still unknown, whatever became of this one.
        return again ? { kind: 'unknown' } : { kind: 'notSent', retryAfterMs: outcome.retryAfterMs };
      case 'unknown':
        return { kind: 'unknown' };
      default:
        return outcome satisfies never;
    }
  };
  return {
    kind: 'write',
    system: spec.system,
    lock: spec.lock,
    keepsLock: spec.keepsLock,
    resolve: spec.resolve,
    prepare: async (context) => {
      const prepared = await spec.prepare(context);
      return prepared.kind === 'send' ? { ...prepared, memo: JSON.stringify(prepared.memo) } : prepared;
    },
    send: async (context, text) => {
      const memo = read(text);
      return settled(context, memo, await spec.send(context, memo), false);
    },
    settle: async (context, text, sentAt) => {
      const memo = read(text);
      const found = await spec.settle(context, memo, sentAt);
      switch (found.kind) {
        case 'resend':
          return settled(context, memo, await spec.send(context, memo), true);
        case 'undone':
          return found;
        case 'accepted':
        case 'refused':
        case 'notSent':
        case 'unknown':
          return settled(context, memo, found, true);
        default:
          return { kind: 'decided', decision: found, inDoubt: found.kind !== 'advance' };
      }
    },
  };
}

/** The version of what a write answered; null where it has none. */
function versionOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('version' in value)) return null;
  return typeof value.version === 'number' ? value.version : null;
}

/** Upvest keeps an idempotency key for at least 24 hours; we stop relying on it an hour before. */
export const KEY_LIFETIME_MS = 23 * 3_600_000;

/** Settles by sending the same again while the upstream still knows the key; then a person has to look. */
export const resendWhileKeyLives = async (context: StepContext, sentAt: number, reason: string) =>
  context.now - sentAt < KEY_LIFETIME_MS ? ({ kind: 'resend' } as const) : review(reason);
