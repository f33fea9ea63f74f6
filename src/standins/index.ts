/**
 * Stand-ins for InvestSuite and Upvest: HTTP servers on the loopback interface with a state of their own, that keep to
 * the vendors' docs, down to signatures, scopes and the shapes of errors. What the docs leave open is a setting of the
 * stand-in. In tests:
 *
 *   const one = seedPortfolio({ holdings: { $EUR: '1000.00' } });
 *   const standins = await startStandins({ seed: combineSeeds(one), settleDelayMs: 'manual' });
 *   standins.upvest.faults.add({ kind: 'reset-after', match: { path: '^/payments/' }, times: 1 });
 *   standins.upvest.schedule.advance({ kind: 'withdrawal' });
 *
 * Other processes reach the same controls under /__standin/ of each server.
 */
export type { InvestSuiteCredentials } from './investsuite/auth.ts';
export type { InvestSuiteControls } from './investsuite/controls.ts';
export type * as InvestSuiteEntities from './investsuite/entities.ts';
export {
  type InvestSuiteStandin,
  type InvestSuiteStandinOptions,
  startInvestSuiteStandin,
} from './investsuite/server.ts';
export type { InvestSuiteSettings } from './investsuite/settings.ts';
export type { BusEvent, InvestSuiteLedgerEntry } from './investsuite/store.ts';
export {
  type MovementOverrides,
  type OptimizationOverrides,
  type PortfolioOverrides,
  type SeededPortfolio,
  seedMovement,
  seedOptimization,
  seedPortfolio,
  seedTransaction,
  seedUser,
  type TransactionOverrides,
  type UserOverrides,
} from './seed/builders.ts';
export { type DemoOptions, demoSeed } from './seed/demo.ts';
export {
  combineSeeds,
  emptySeed,
  type InvestSuiteSeed,
  type PartialSeed,
  type SeedData,
  type UpvestSeed,
} from './seed/seed-data.ts';
export type { Call, CallFilter, CallLog } from './server/calls.ts';
export type { ActiveFault, Fault, FaultMatch, FaultRule, Faults } from './server/faults.ts';
export type { Schedule, SettleDelay, StepFilter } from './server/schedule.ts';
export { type Standins, type StandinsOptions, startStandins } from './standins.ts';
export type { UpvestControls, WebhookControls } from './upvest/controls.ts';
export type { Emission, Emitted, Tampering } from './upvest/emitting.ts';
export type * as UpvestEntities from './upvest/entities.ts';
export type { Fill } from './upvest/executions.ts';
export {
  type ClientKey,
  startUpvestStandin,
  type UpvestCredentials,
  type UpvestStandin,
  type UpvestStandinOptions,
} from './upvest/server.ts';
export type { UpvestSettings } from './upvest/settings.ts';
export type { UpvestLedgerEntry } from './upvest/store.ts';
export type { Delivery, Webhook, WebhookEvent } from './upvest/webhooks.ts';
export type { Clock } from './values/clock.ts';
export { type Json, type JsonObject, NumberText, num } from './values/json.ts';
