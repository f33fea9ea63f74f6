export { continueWhenRead } from './adapters/expect-continue.ts';
export type { Fetch, Readiness } from './adapters/http.ts';
export { ignoreUpgrade } from './adapters/ignore-upgrade.ts';
export type { NodeHandler } from './adapters/node.ts';
export type { Upgrade } from './adapters/websocket.ts';
export type { Authenticate, AuthSettings } from './callers/authenticate.ts';
export { readConfig } from './config.ts';
export type { Capability } from './datasources/upvest/index.ts';
export type { BrokerLink } from './domain/broker.ts';
export { type Decimal, parseDecimal } from './domain/decimal.ts';
export { parseAccountGroupId, parseBrokerageUserId, parseUserId } from './domain/ids.ts';
export type { Portfolio } from './domain/portfolio.ts';
export type { Runtime } from './domain/runtime.ts';
export type { BrokerLine, LedgerMapping, LineMovement, MappedLine } from './domain/synchronization/line.ts';
export { mapLine } from './domain/synchronization/map.ts';
export type { Scope, Viewer } from './domain/viewer.ts';
export {
  BadUserInputError,
  ForbiddenError,
  GatewayError,
  OverloadedError,
  UnauthenticatedError,
} from './errors.ts';
export { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
export type { InvestSuiteSettings, UpvestSettings } from './gateway-options.ts';
export type { QueryLimits } from './operations/limits.ts';
export { optionsFrom } from './options-from.ts';
export type { RequestContext } from './resolvers/context.ts';
export { nodeById } from './resolvers/nodes.ts';
export { portfolioById } from './resolvers/portfolios.ts';
export { transactionById } from './resolvers/transactions.ts';
export { userById } from './resolvers/users.ts';
export type { Builder } from './schema/builder.ts';
export type { Extend, GraphTypes } from './schema/index.ts';
export type { Config } from './settings.ts';
export type { Logger } from './telemetry/logger.ts';
