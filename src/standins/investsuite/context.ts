import { randomUUID } from 'node:crypto';
import type { IdempotentAnswers } from '../server/idempotency.ts';
import type { Schedule } from '../server/schedule.ts';
import { type Clock, investSuiteTime } from '../values/clock.ts';
import { type Entity, SYSTEM_AUTHOR } from './entities.ts';
import type { InvestSuiteSettings } from './settings.ts';
import type { BusEvent, InvestSuiteLedgerEntry, InvestSuiteStore } from './store.ts';

/** Context of the handlers. */
export interface InvestSuiteContext {
  readonly store: InvestSuiteStore;
  readonly settings: InvestSuiteSettings;
  /** The calendar, for dates. */
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly idempotent: IdempotentAnswers;
  readonly busListeners: Set<(event: BusEvent) => void>;
}

/** The members every new entity has. */
export function newEnvelope(context: InvestSuiteContext, id: string, externalId: string | null): Entity {
  const now = investSuiteTime(context.clock());
  return {
    id,
    external_id: externalId,
    creation_datetime: now,
    version: 1,
    version_datetime: now,
    version_authored_by_user_id: SYSTEM_AUTHOR,
    deleted: false,
  };
}

/** The next version of an entity: every change counts one up. */
export function nextVersion<T extends Entity>(context: InvestSuiteContext, entity: T, changes: Partial<T>): T {
  return {
    ...entity,
    ...changes,
    version: entity.version + 1,
    version_datetime: investSuiteTime(context.clock()),
  };
}

export function publish(context: InvestSuiteContext, event: Pick<BusEvent, 'subject' | 'action' | 'data'>): void {
  const published: BusEvent = {
    id: randomUUID(),
    created: context.clock().toISOString(),
    version: '1.0.0',
    ...event,
  };
  context.store.busEvents.push(published);
  for (const listener of context.busListeners) listener(published);
}

export function enterLedger(
  context: InvestSuiteContext,
  entry: Pick<InvestSuiteLedgerEntry, 'kind' | 'portfolioId' | 'amount' | 'currency'> & Partial<InvestSuiteLedgerEntry>,
): void {
  context.store.ledger.push({ at: context.clock().toISOString(), idempotencyKey: null, id: null, ...entry });
}
