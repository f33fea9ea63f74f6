import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { investSuiteTime } from '../values/clock.ts';
import { compared, isPositive } from '../values/exact.ts';
import { newInvestSuiteId } from '../values/ids.ts';
import { isObject, type Json, NumberText, writeJson } from '../values/json.ts';
import { bodyOf, checked, jsonOf } from './body.ts';
import { enterLedger, type InvestSuiteContext, newEnvelope, nextVersion, publish } from './context.ts';
import {
  cashKey,
  type Holdings,
  isRobo,
  type ManagerSettings,
  type Portfolio,
  type PortfolioStatus,
} from './entities.ts';
import { conflict, invalidValue, notMutable } from './errors.ts';
import { PORTFOLIO_FIELDS } from './fields.ts';
import { existing, item, list, type Resource } from './listing.ts';
import { triggerOptimization } from './optimizations.ts';
import { type PortfolioPatch, portfolioCreation, portfolioPatch } from './portfolio-shape.ts';

export function portfolioRoutes(context: InvestSuiteContext): readonly Route[] {
  const resource: Resource<Portfolio> = {
    collection: context.store.portfolios,
    fields: PORTFOLIO_FIELDS,
    read: (portfolio) => portfolio,
  };
  return [
    {
      method: 'GET',
      pattern: '/portfolios',
      slash: 'either',
      handler: (exchange) => list(context, exchange, resource),
    },
    { method: 'POST', pattern: '/portfolios', slash: 'either', handler: (exchange) => create(context, exchange) },
    {
      method: 'GET',
      pattern: '/portfolios/:id',
      slash: 'either',
      handler: (exchange, { id = '' }) => item(context, exchange, resource, id),
    },
    {
      method: 'PATCH',
      pattern: '/portfolios/:id',
      slash: 'either',
      handler: (exchange, { id = '' }) => patch(context, exchange, id),
    },
    {
      method: 'DELETE',
      pattern: '/portfolios/:id',
      slash: 'either',
      handler: (_, { id = '' }) => remove(context, id),
    },
  ];
}

/** The answer of a write: the whole entity. */
export const portfolioAnswer = (status: number, portfolio: Portfolio): Answer => ({
  status,
  body: { ...portfolio, _embedded: {} },
});

function create(context: InvestSuiteContext, exchange: Exchange): Answer {
  const raw = jsonOf(exchange);
  const managerGiven = isObject(raw) && isObject(raw['config']) ? raw['config']['manager'] : undefined;
  const robo = managerGiven !== 'USER_MANAGED';
  const body = checked(raw, portfolioCreation(robo));
  refuseTakenExternalId(context, body.external_id);
  const envelope = newEnvelope(context, newInvestSuiteId('P', context.clock()), null);
  const defaults: Omit<Portfolio, 'base_currency' | 'config' | 'money_type' | 'owned_by_user_id'> = {
    ...envelope,
    readable_by: [],
    modifiable_by: [],
    name: null,
    owned_by_user_ids: [],
    portfolio: {},
    brokerage_account: null,
    funded_since: null,
    snapshot_datetime: null,
    start_datetime: envelope.creation_datetime,
    archived: false,
    status: firstStatus(robo, body),
  };
  const config = { ...body.config, manager_version: 1, manager_settings: newSettings(robo, body.config) };
  const portfolio = context.store.portfolios.put({ ...defaults, ...body, config });
  const { id, external_id, owned_by_user_id } = portfolio;
  publish(context, { subject: 'portfolios', action: 'creation', data: { id, external_id, owned_by_user_id } });
  return portfolioAnswer(201, portfolio);
}

function firstStatus(robo: boolean, body: PortfolioPatch): PortfolioStatus {
  if (robo && typeof body.config?.manager_settings?.policy_id !== 'string') return 'WAITING_FOR_POLICY';
  return body.brokerage_account ? 'WAITING_FOR_FUNDS' : 'WAITING_FOR_ACCOUNT';
}

function newSettings(robo: boolean, config: NonNullable<PortfolioPatch['config']>): ManagerSettings {
  const common: ManagerSettings = {
    broker_provider: null,
    active: true,
    tags: [],
    background_image: null,
    background_color: null,
    commission_profile: null,
  };
  return { ...common, ...(robo ? { policy_id: null, divest_amount: null } : {}), ...config.manager_settings };
}

function patch(context: InvestSuiteContext, exchange: Exchange, id: string): Answer {
  const before = existing(context, context.store.portfolios, id);
  const given = bodyOf(exchange, portfolioPatch(isRobo(before)));
  refuseWriteOnce(context, before, given);
  refuseSecondFundedSince(before, given);
  const config = given.config ? mergedConfig(context, before, given.config) : before.config;
  const holdings = given.portfolio ?? before.portfolio;
  const changes: Partial<Portfolio> = {
    ...given,
    config,
    portfolio: holdings,
    ...(given.portfolio ? { snapshot_datetime: investSuiteTime(context.clock()) } : {}),
  };
  const after = putPortfolio(context, before, changes);
  enterPatch(context, before, after, given);
  if (isRobo(after)) triggerOptimization(context, after.id);
  return portfolioAnswer(200, after);
}

/** Stores a new version; a portfolio that waits for money becomes active with the first cash in it. */
export function putPortfolio(context: InvestSuiteContext, before: Portfolio, changes: Partial<Portfolio>): Portfolio {
  const holdings = changes.portfolio ?? before.portfolio;
  const cash = holdings[cashKey(before.base_currency)]?.text ?? '0';
  const status = before.status === 'WAITING_FOR_FUNDS' && isPositive(cash) ? 'ACTIVE' : before.status;
  const after = context.store.portfolios.put(nextVersion(context, before, { ...changes, status }));
  const { id, external_id } = after;
  if (status !== before.status)
    publish(context, { subject: 'portfolios', action: 'status-update', data: { id, external_id, value: status } });
  const divest = after.config.manager_settings.divest_amount;
  if (divest && divest.text !== before.config.manager_settings.divest_amount?.text)
    publish(context, {
      subject: 'portfolios',
      action: 'divest-amount-update',
      data: { id, external_id, divest_amount: divest.text, currency: after.base_currency },
    });
  return after;
}

function enterPatch(context: InvestSuiteContext, before: Portfolio, after: Portfolio, given: PortfolioPatch): void {
  const common = { portfolioId: after.id, currency: after.base_currency };
  if (given.portfolio) {
    const amount = after.portfolio[cashKey(after.base_currency)]?.text ?? '0';
    enterLedger(context, { kind: 'holdings-replaced', amount, ...common });
  }
  const divest = given.config?.manager_settings?.divest_amount;
  if (divest !== undefined)
    enterLedger(context, { kind: 'divest-amount-set', amount: divest?.text ?? null, ...common });
  if (given.funded_since && !before.funded_since)
    enterLedger(context, { kind: 'funded-since-set', amount: null, ...common });
}

/** `config` is merged deeply: the docs' example sends one setting and keeps the others. */
function mergedConfig(
  context: InvestSuiteContext,
  before: Portfolio,
  given: NonNullable<PortfolioPatch['config']>,
): Portfolio['config'] {
  const settings = { ...before.config.manager_settings, ...given.manager_settings };
  const divest = given.manager_settings?.divest_amount;
  if (divest && compared(divest.text, '0') < 0)
    throw invalidValue('config.manager_settings.divest_amount', 'ensure this value is greater than or equal to 0');
  const reserved = before.config.manager_settings.divest_amount?.text ?? '0';
  const blocked = context.settings.rebalancingBlocksWithdrawals && context.store.isOptimizing(before.id);
  if (divest && blocked && compared(divest.text, reserved) > 0)
    throw conflict(`Portfolio '${before.id}' is being rebalanced`);
  return { ...before.config, manager_settings: settings };
}

function refuseWriteOnce({ settings }: InvestSuiteContext, before: Portfolio, body: PortfolioPatch): void {
  const { config = {} } = body;
  const given: readonly (readonly [string, Json | undefined, Json])[] = [
    ['base_currency', body.base_currency, before.base_currency],
    ['money_type', body.money_type, before.money_type],
    ['owned_by_user_id', body.owned_by_user_id, before.owned_by_user_id],
    ['config.manager', config.manager, before.config.manager],
    ['config.manager_version', config.manager_version, new NumberText(String(before.config.manager_version))],
  ];
  const refused = given.filter(([, value, held]) => {
    if (value === undefined) return false;
    return settings.sameWriteOnceValue === 'refuse' || writeJson(value) !== writeJson(held);
  });
  if (refused.length > 0) throw notMutable(refused.map(([field]) => field));
}

function refuseSecondFundedSince(before: Portfolio, given: PortfolioPatch): void {
  if (given.funded_since === undefined || before.funded_since === null) return;
  if (given.funded_since !== before.funded_since) throw invalidValue('funded_since', 'is set once and must not change');
}

function refuseTakenExternalId({ store, settings }: InvestSuiteContext, externalId: string | null | undefined): void {
  if (!settings.uniqueExternalIds || typeof externalId !== 'string') return;
  if (store.portfolios.all().some(({ external_id }) => external_id === externalId))
    throw conflict(`external_id '${externalId}' exists`);
}

function remove(context: InvestSuiteContext, id: string): Answer {
  const before = existing(context, context.store.portfolios, id);
  return portfolioAnswer(200, context.store.portfolios.put(nextVersion(context, before, { deleted: true })));
}

/** The holdings with an amount added to the cash of a currency; number text in, number text out. */
export function withCash(
  holdings: Holdings,
  currency: string,
  amount: string,
  plus: (a: string, b: string) => string,
): Holdings {
  const key = cashKey(currency);
  return { ...holdings, [key]: new NumberText(plus(holdings[key]?.text ?? '0', amount)) };
}
