import type { WriteOptions } from '../../datasources/upstream/client.ts';
import { UpstreamError } from '../../errors.ts';
import {
  commitStep,
  getWorkflow,
  LeaseLostError,
  type Lock,
  readWorkflow,
  releaseLocks,
  rememberWritten,
  type StateEntry,
  type WorkflowPatch,
  type WorkflowRow,
  type Writing,
  waitingForLock,
} from '../../store/index.ts';
import type { WaitReason } from './backoff.ts';
import { beginRows, tellWaiting } from './begun.ts';
import { answerCancel, consequencesOf, effectOf, enteredBy, isNoMoreThanWait } from './changes.ts';
import { requireDefinition, stepOf, type WorkflowDefinition } from './definition.ts';
import { keepJson, readKept } from './kept-json.ts';
import type { RunnerOptions } from './runner-options.ts';
import { doubtedStep, markOf, refusedStep, sendingOf, withSending } from './sendings.ts';
import {
  firstAnswer,
  inTime,
  isRepeatable,
  isTooLate,
  type Settlement,
  settleByLooking,
  settleRepetition,
} from './settle.ts';
import {
  type Attempt,
  type Decision,
  isMoveOnly,
  LATE_ARRIVAL_MS,
  type Step,
  type StepContext,
  type WriteStep,
} from './step.ts';
import { type Known, keepForCommit, keepsLock, takeBeforeStep, takeForMark, takeForNext } from './step-lock.ts';
import { isSameLease, writeOnce } from './write-once.ts';

/** A write of a step that has not left by then does not leave at all. */
const SEND_DEADLINE_MS = 10_000;
/** No row needs this many steps in a row; should one loop, other rows get their turn. */
const MAX_HOPS = 25;

/** Result of a hop: the row to continue with; undefined when it was released or lost. */
type Hop = WorkflowRow | undefined;

/** Further changes in the transaction of a decision. */
interface After {
  /** The lock that the hop took. */
  readonly lock?: Lock | undefined;
  /** It is still not known what came of a sending. */
  readonly keepMark?: boolean;
  /** The row keeps its lock. */
  readonly keepLock?: boolean;
  /** Version of the locked object after the write. */
  readonly version?: number | null;
  readonly also?: WorkflowPatch;
  /** More for the audit. */
  readonly note?: object | undefined;
}

/**
 * Takes a leased row through its steps until it waits, rests, or is somebody else's. One hop is one step.
 *
 *   point      what has happened, and what is on disk       a crash here leaves
 *   begun      the row is leased, its step known             the lease: it runs out, another gateway begins the step again
 *   prepared   the lock is taken, the upstream was read      the lock, for a minute, and the same row
 *   marked     mark and memo are committed: step, body, time the mark: another gateway finds it and settles it (settle.ts)
 *   sending    the request is handed to the kernel           the same. Nobody can tell whether it left
 *   sent       the answer is read, or will never come        the same: what the upstream did is found by asking
 *   committed  state, next step, event, audit, all or none   the row at its next step, due at once; its lock, for a minute
 *
 * While calls of the upstream fail without an attempt (an open circuit) nothing is marked, and the row waits as if it were not sent.
 * A step that only reads has no mark: a crash before `committed` repeats it. Each commit is refused to a gateway whose lease
 * another one has taken over (the fence); the mark also to one that was nudged since it read the row, since the nudge may say
 * not to send, and to one whose lock another row has had. While an outcome is unknown the mark stays, and with it the lock.
 *
 * Where a step that only read goes on to one that computes its request from the row alone (`preparesFromRow`), the first one's decision
 * and the second one's mark are one commit, and `begun` and `prepared` come before it: a crash there leaves the row at the first step.
 *
 * A commit that goes on takes the lock of the next step with it, where that is free. Whoever enters a state from outside raises the
 * row's fence, so a history that was read under a lease stays true until the commit that names that lease.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #known = new WeakMap<WorkflowRow, Known>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  async run(leased: WorkflowRow): Promise<void> {
    const { inSpan = (_row, work) => work() } = this.#options;
    let row: Hop = leased;
    for (let hops = 0; row !== undefined && hops < MAX_HOPS; hops += 1) {
      const now: WorkflowRow = row;
      row = await inSpan(now, () => this.#hop(now));
    }
    if (row !== undefined) await this.#commit(row, { kind: 'wait', for: 'error' }, {});
  }

  async #hop(row: WorkflowRow): Promise<Hop> {
    const definition = this.#options.definitions.get(row.kind);
    const step = definition && stepOf(definition, row);
    if (definition === undefined || step === undefined) {
      if (definition !== undefined && row.step === null)
        return await this.#commit(row, { kind: 'advance', step: null }, {});
      this.#options.onTrouble(`no step ${row.kind}/${row.step}`, undefined);
      return await this.#commit(row, { kind: 'wait', for: 'error' }, {});
    }
    const name = step.lock?.(row);
    let lock: Lock | undefined;
    try {
      await this.#options.probe?.('begun', row);
      if (name !== undefined) {
        lock = this.#known.get(row)?.lock ?? (await takeBeforeStep(this.#options.store, row, name));
        if (lock === undefined) {
          return await this.#commit(
            row,
            { kind: 'wait', for: waitingForLock(name) },
            { keepMark: true, keepLock: row.sent_at !== null },
          );
        }
      }
      return await (step.kind === 'write' ? this.#write(row, step, lock) : this.#observe(row, step, lock));
    } catch (error) {
      return await this.#recover(row, error);
    }
  }

  async #observe(row: WorkflowRow, step: Step & { readonly kind: 'observe' }, lock: Lock | undefined): Promise<Hop> {
    const decision = await step.run(this.#context(row, lock));
    const sent = step.lock === undefined ? await this.#sendAtOnce(row, decision) : undefined;
    return sent === undefined ? await this.#commit(row, decision, { lock }) : sent.hop;
  }

  /**
   * Commits a decision together with the mark of the step that it goes on to, and sends. Undefined, and nothing done, where the two
   * don't go together, or another row has the lock, or the row was nudged since it was read.
   */
  async #sendAtOnce(row: WorkflowRow, decision: Decision): Promise<{ readonly hop: Hop } | undefined> {
    if (!isMoveOnly(decision)) return undefined;
    const { store, isAway, probe } = this.#options;
    const moved = { now: store.now(), random: store.runtime.random, keepMark: false };
    const { states, patch } = effectOf(row, decision, moved);
    const next = readWorkflow({ ...row, ...patch, ...enteredBy(states) });
    const step = this.#stepOf(next);
    if (step?.kind !== 'write' || step.preparesFromRow !== true || isAway?.(step.system) === true) return undefined;
    await probe?.('begun', next);
    const prepared = await step.prepare(this.#context(next, undefined));
    if (prepared.kind !== 'send') return undefined;
    await probe?.('prepared', next);
    const memo = keepJson(prepared.memo);
    const marked = await writeOnce(store, async (writing) => {
      const marks = markOf(next, memo, writing.now());
      const lock = await takeForMark(writing, next, step);
      const how = { lease: 'keep', unlessNudged: true } as const;
      const entered = [...states, ...(prepared.states ?? [])];
      const then = await this.#change(writing, row, entered, { ...patch, ...marks }, how);
      await tellWaiting(writing, this.#definitionOf(row), then);
      this.#known.set(then, { history: this.#known.get(then)?.history, lock });
      return then;
    });
    if (marked === undefined) return undefined;
    return { hop: await this.#send(marked, step, this.#known.get(marked)?.lock, memo) };
  }

  async #write(row: WorkflowRow, step: WriteStep, lock: Lock | undefined): Promise<Hop> {
    if (row.sent_at !== null) return await this.#settleMarked(row, step, row.sent_at, lock);
    const prepared = await step.prepare(this.#context(row, lock));
    if (prepared.kind !== 'send') return await this.#commit(row, prepared, { lock });
    await this.#options.probe?.('prepared', row);
    if (this.#options.isAway?.(step.system) === true)
      return await this.#settled(row, step, lock, { kind: 'notSent', retryAfterMs: undefined });
    const memo = keepJson(prepared.memo);
    const marked = await this.#mark(row, lock, memo, prepared.states ?? []);
    return marked === undefined ? await this.#readAgain(row) : await this.#send(marked, step, lock, memo);
  }

  /** Sends for the first time what was just marked. */
  async #send(marked: WorkflowRow, step: WriteStep, lock: Lock | undefined, memo: string): Promise<Hop> {
    await this.#options.probe?.('marked', marked);
    // A process that was paused here may have lost the row; whoever has it now finds the mark and settles it.
    if (!this.#options.mayStillSend(marked)) return undefined;
    const settlement = await this.#guarded(marked, async () => {
      const context = this.#context(marked, lock);
      const sent = readKept(step.memo, memo);
      return firstAnswer(step, context, sent, await step.send(context, sent));
    });
    await this.#options.probe?.('sent', marked);
    return await this.#settled(marked, step, lock, settlement);
  }

  /** The row has a mark: the outcome of an attempt is unknown. */
  async #settleMarked(row: WorkflowRow, step: WriteStep, sentAt: number, lock: Lock | undefined): Promise<Hop> {
    const sending = sendingOf(row, row.step ?? '');
    const attempt = {
      sentAt,
      lastAt: sending?.lastAt ?? sentAt,
      refusedSince: sending?.refused?.since ?? null,
    };
    const memo = readKept(step.memo, row.memo ?? 'null');
    if (!isRepeatable(step, this.#context(row, lock), attempt)) {
      const settlement = await settleByLooking(step, this.#context(row, lock), memo, attempt);
      await this.#options.probe?.('sent', row);
      return await this.#settled(row, step, lock, settlement, attempt);
    }
    const marked = await this.#markAgain(row);
    if (marked === undefined) return undefined;
    await this.#options.probe?.('marked', marked);
    if (!this.#options.mayStillSend(marked)) return undefined;
    const repeated = await this.#guarded(marked, async () => {
      const context = this.#context(marked, lock);
      return await settleRepetition(step, context, memo, attempt, await step.send(context, memo));
    });
    await this.#options.probe?.('sent', marked);
    return await this.#settled(marked, step, lock, repeated, attempt);
  }

  /** An exception while a write is sent leaves its outcome unknown. */
  async #guarded(row: WorkflowRow, send: () => Promise<Settlement>): Promise<Settlement> {
    try {
      return await send();
    } catch (error) {
      this.#options.onTrouble(`sending ${row.kind}/${row.step} of ${row.id} threw`, error);
      return { kind: 'unknown' };
    }
  }

  /** `attempt`: the attempt in doubt before this request or search; undefined for a first attempt. */
  async #settled(
    row: WorkflowRow,
    step: WriteStep,
    lock: Lock | undefined,
    settlement: Settlement,
    attempt?: Attempt,
  ): Promise<Hop> {
    const system: WaitReason = step.system === 'UPVEST' ? 'upvest' : 'investsuite';
    switch (settlement.kind) {
      case 'decided': {
        const { decision, inDoubt, version = null, refusal } = settlement;
        const refused = refusal && refusedStep(row, step.system, refusal, this.#options.store.now());
        return await this.#commit(row, decision, { lock, keepMark: inDoubt === true, version, ...refused });
      }
      case 'notSent':
        return await this.#commit(row, { kind: 'wait', for: system, retryAfterMs: settlement.retryAfterMs }, { lock });
      case 'unknown': {
        const now = this.#options.store.now();
        const refused = settlement.refusal && refusedStep(row, step.system, settlement.refusal, now);
        const also = doubtedStep({ ...row, ...refused?.also }, settlement, attempt, now);
        return await this.#commit(
          row,
          { kind: 'wait', for: system },
          { ...refused, keepMark: true, keepLock: true, also },
        );
      }
      case 'undone':
        return await this.#commit(row, { kind: 'advance', step: row.step, keepLock: true }, {});
      default:
        return settlement satisfies never;
    }
  }

  /** A read that failed is tried again later; anything else that is thrown is a mistake of ours or the store's trouble. */
  async #recover(row: WorkflowRow, error: unknown): Promise<Hop> {
    if (error instanceof LeaseLostError) return undefined;
    const wait: WaitReason =
      error instanceof UpstreamError ? (error.system === 'UPVEST' ? 'upvest' : 'investsuite') : 'error';
    if (wait === 'error') this.#options.onTrouble(`step ${row.kind}/${row.step} of ${row.id} failed`, error);
    // It may have been marked since: then the mark and the lock stay until it is known what was sent.
    const now = await this.#readAgain(row);
    if (now === undefined) return undefined;
    const after = now.sent_at === null ? {} : { keepMark: true, keepLock: true };
    return await this.#commit(now, { kind: 'wait', for: wait }, after);
  }

  /** Marks the step as being sent. Refused after a nudge, since it may be a cancellation. */
  async #mark(row: WorkflowRow, lock: Lock | undefined, memo: string, states: readonly StateEntry[]): Promise<Hop> {
    return await writeOnce(this.#options.store, async (writing) => {
      const marks = markOf(row, memo, writing.now());
      const marked = await this.#change(writing, row, states, marks, { lease: 'keep', unlessNudged: true });
      await keepForCommit(writing, marked, lock);
      return marked;
    });
  }

  /** Marks the step as being sent again, with an unknown outcome of earlier attempts. */
  async #markAgain(row: WorkflowRow): Promise<Hop> {
    return await writeOnce(this.#options.store, async (writing) => {
      const at = writing.now();
      const doubtedAt = sendingOf(row, row.step ?? '')?.doubtedAt ?? at;
      return await this.#change(writing, row, [], withSending(row, { lastAt: at, doubtedAt }), { lease: 'keep' });
    });
  }

  /** After a refused mark: continues with the current row, where the lease still holds. */
  async #readAgain(row: WorkflowRow): Promise<Hop> {
    const now = await this.#options.store.read((reading) => getWorkflow(reading, row.id));
    return now !== undefined && isSameLease(now, row) ? now : undefined;
  }

  async #commit(row: WorkflowRow, decision: Decision, after: After): Promise<Hop> {
    const goesOn = decision.kind === 'advance' && decision.step !== null;
    const step = this.#stepOf(row);
    const keepLock = after.keepLock === true || keepsLock(step, decision);
    const { store } = this.#options;
    const how = { now: store.now(), random: store.runtime.random, keepMark: after.keepMark === true };
    const since = readWorkflow({ ...row, ...after.also });
    const { states, patch: decided } = effectOf(since, inTime(step, row, decision, how.now), how);
    const mayBeLost = isNoMoreThanWait(since, decision, states);
    const change = async (writing: Writing) => {
      if (decision.kind === 'advance' && (await decision.stillHolds?.(writing)) === false) return undefined;
      if (decision.kind === 'advance' && row.sent_at === null) await keepForCommit(writing, row, after.lock);
      const lease = goesOn ? 'keep' : 'release';
      const next = await this.#change(writing, row, states, { ...decided, ...after.also }, { lease, note: after.note });
      if (after.lock !== undefined && after.version != null) {
        await rememberWritten(writing, after.lock.name, row.id, after.version);
      }
      // Also one that an earlier hop took: whether the step locks can change with the row, as when a cancel was asked for.
      const givesBack = !keepLock && step?.lock !== undefined;
      if (givesBack) await releaseLocks(writing, row.id);
      await answerCancel(writing, this.#definitionOf(row), next, decision);
      await beginRows(writing, next, decision);
      await tellWaiting(writing, this.#definitionOf(row), next);
      // A lock that was just given back is left to those who wait for it.
      const lock = goesOn && !givesBack ? await takeForNext(writing, next, this.#stepOf(next)) : undefined;
      this.#known.set(next, { history: this.#known.get(next)?.history, lock });
      return next;
    };
    const committed = await writeOnce(store, change, { mayBeLost });
    // The lease is lost, or what was decided by holds no longer: then the step runs again.
    if (committed === undefined) return await this.#readAgain(row);
    if (committed.state === 'NEEDS_REVIEW') this.#options.onReview?.(committed);
    await this.#options.probe?.('committed', committed);
    return goesOn ? committed : undefined;
  }

  /** One fenced commit: the row, its history, its events and its audit. Throws LeaseLostError. */
  async #change(
    writing: Writing,
    row: WorkflowRow,
    states: readonly StateEntry[],
    patch: WorkflowPatch,
    { note, ...how }: Pick<After, 'note'> & { readonly lease: 'keep' | 'release'; readonly unlessNudged?: boolean },
  ): Promise<WorkflowRow> {
    const definition = this.#definitionOf(row);
    const known = this.#known.get(row)?.history;
    const change = { row, states, patch, actor: 'gateway', note, known };
    const { history, ...consequences } = await consequencesOf(writing, definition, change);
    const step = { patch: { ...patch, ...enteredBy(states) }, ...how, ...consequences };
    const next = await commitStep(writing, row, step);
    if (next === undefined) throw new LeaseLostError(row.id);
    this.#known.set(next, { history });
    return next;
  }

  #definitionOf(row: WorkflowRow): WorkflowDefinition {
    return requireDefinition(this.#options.definitions, row.kind);
  }

  #stepOf(row: WorkflowRow): Step | undefined {
    return stepOf(this.#definitionOf(row), row);
  }

  #context(row: WorkflowRow, lock: Lock | undefined): StepContext {
    const { store, ports } = this.#options;
    return {
      row,
      ports,
      sending: this.#sending(row),
      read: (work) => store.read(work),
      now: store.now(),
      runtime: store.runtime,
      lateArrivalMs: this.#options.lateArrivalMs ?? LATE_ARRIVAL_MS,
      written: lock?.written,
    };
  }

  /** Requests of a row are sent only while its lease holds, with time to spare, and before the step's deadline. */
  #sending(row: WorkflowRow): WriteOptions {
    const step = this.#stepOf(row);
    const maySend = (): boolean => {
      void this.#options.probe?.('sending', row);
      const isLate = step?.kind === 'write' && isTooLate(step, row, this.#options.store.now());
      return !isLate && this.#options.mayStillSend(row);
    };
    return { deadlineAt: this.#options.store.runtime.monotonicMs() + SEND_DEADLINE_MS, maySend };
  }
}
