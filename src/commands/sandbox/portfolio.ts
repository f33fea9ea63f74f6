import { randomUUID } from 'node:crypto';
import { type Json, type JsonObject, SandboxError, type Standins } from './standins.ts';

const KINDS = {
  self: { manager: 'USER_MANAGED' },
  robo: { manager: 'ROBO_ADVISOR_DISCRETIONARY' },
  advisory: { manager: 'ROBO_ADVISOR_ADVISORY' },
  computing: { manager: 'ROBO_ADVISOR_DISCRETIONARY', optimization: { inProgress: true } },
  paper: { manager: 'USER_MANAGED', moneyType: 'PAPER_MONEY' },
  unlinked: { manager: 'USER_MANAGED', linked: false },
  archived: { manager: 'USER_MANAGED', archived: true },
  inactive: { manager: 'USER_MANAGED', status: 'INACTIVE' },
} as const satisfies Readonly<Record<string, JsonObject>>;

/** Ids of a portfolio in both systems; those of the broker are empty where it is not linked. */
export interface PortfolioIds {
  readonly PORTFOLIO: string;
  readonly OWNER: string;
  readonly GROUP: string;
  readonly ACCOUNT: string;
}

interface NewPortfolio {
  readonly kind: string;
  readonly cash: string;
  readonly holding: Readonly<Record<string, string>>;
}

/** Adds a portfolio to both stand-ins. */
export async function addPortfolio(
  { control }: Standins,
  { kind, cash, holding }: NewPortfolio,
): Promise<PortfolioIds> {
  const overrides = Object.entries(KINDS).find(([name]) => name === kind)?.[1];
  if (overrides === undefined) throw new SandboxError(`--kind is one of ${Object.keys(KINDS).join(', ')}`);
  const body = {
    key: `sandbox/${randomUUID()}`,
    name: `Sandbox: ${kind}`,
    ...overrides,
    holdings: { $EUR: cash, ...holding },
  };
  await control('upvest', 'POST', 'portfolios', body);
  const made = await control('investsuite', 'POST', 'portfolios', body);
  const broker = objectIn(made, 'broker');
  return {
    PORTFOLIO: textIn(made, 'portfolioId'),
    OWNER: textIn(made, 'ownerId'),
    GROUP: textIn(broker, 'accountGroupId'),
    ACCOUNT: textIn(broker, 'accountId'),
  };
}

/** Ids of a portfolio at the broker. Rejects where it is not linked. */
export async function brokerIdsOf({ control }: Standins, id: string): Promise<{ group: string; account: string }> {
  const { portfolio = null } = await control('investsuite', 'GET', `portfolios/${encodeURIComponent(id)}`);
  const group = textIn(objectIn(portfolio, 'brokerage_account'), 'brokerage_portfolio_id');
  if (group === '') throw new SandboxError(`the portfolio ${id} is not linked to the broker`);
  const { accounts = [] } = await control('upvest', 'GET', `groups/${group}`);
  const [first = null] = Array.isArray(accounts) ? accounts : [];
  return { group, account: textIn(first, 'id') };
}

export function objectIn(value: Json, name: string): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (Object.entries(value).find(([each]) => each === name)?.[1] ?? null)
    : null;
}

export function textIn(value: Json, name: string): string {
  const found = objectIn(value, name);
  return typeof found === 'string' ? found : '';
}
