import { CAPABILITIES, type Capability } from '../../src/datasources/upvest/index.ts';
import type { GatewayOptions } from '../../src/gateway.ts';
import { combineSeeds, type SeededPortfolio, type Standins, startStandins } from '../../src/standins/index.ts';
import { FakeUpvest } from '../datasources/upvest/fake-upvest.ts';
import { type RunningGateway, startGateway } from './gateway.ts';
import { gatewaySettings, instrumentsCopied } from './world.ts';

/** A gateway before an InvestSuite that is a stand-in, and an Upvest that answers what a test tells it. */
export interface BrokerWorld extends RunningGateway {
  readonly upvest: FakeUpvest;
  readonly investSuite: Standins['investSuite'];
}

export interface BrokerWorldOptions extends Partial<GatewayOptions> {
  /** Default: all but the instruments, whose copy is made by calls in the background. */
  readonly capabilities?: readonly Capability[];
  /** ISINs of the directory, which is copied before this resolves. */
  readonly instruments?: readonly string[];
}

const WITHOUT_INSTRUMENTS = CAPABILITIES.filter((each) => each !== 'instruments');

export async function startBrokerWorld(
  portfolios: readonly SeededPortfolio[],
  { instruments, capabilities = instruments ? CAPABILITIES : WITHOUT_INSTRUMENTS, ...gateway }: BrokerWorldOptions = {},
): Promise<BrokerWorld> {
  const standins = await startStandins({ seed: combineSeeds(...portfolios) });
  const upvest = await new FakeUpvest().start();
  for (const portfolio of portfolios) knowPortfolio(upvest, portfolio);
  if (instruments !== undefined) upvest.onList('/instruments', instrumentRows(instruments));
  const { baseUrl, privateKeyPem, clientId, clientSecret, keyId } = upvest.options;
  const running = await startGateway({
    investSuite: gatewaySettings(standins).investSuite,
    upvest: {
      url: baseUrl,
      clientId,
      clientSecret,
      keyId,
      privateKey: privateKeyPem,
      passphrase: undefined,
      capabilities,
    },
    auth: 'local-operator',
    ...gateway,
  });
  if (instruments !== undefined) await instrumentsCopied(running.gateway.store, instruments.length);
  return {
    ...running,
    upvest,
    investSuite: standins.investSuite,
    stop: async () => {
      await running.stop();
      await Promise.all([upvest.stop(), standins.stop()]);
    },
  };
}

/** As Upvest's directory has them. */
export const instrumentRows = (isins: readonly string[]) =>
  isins.map((isin, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    created_at: '2021-03-01T06:00:00Z',
    updated_at: '2021-03-01T06:00:00Z',
    isin,
    name: `Name of ${isin}`,
    fractional_trading: true,
    trading_status: 'ACTIVE',
  }));

/** The accounts of a portfolio, and its cash: 1000.00 in the base currency. */
function knowPortfolio(upvest: FakeUpvest, { broker, investSuite }: SeededPortfolio): void {
  const { userId, accountGroupId, accountIds } = broker;
  if (accountGroupId === '') return;
  const currency = investSuite?.portfolios?.[0]?.base_currency ?? 'EUR';
  upvest.onList(
    `/users/${userId}/accounts`,
    accountIds.map((id, index) => ({
      id,
      account_group_id: accountGroupId,
      type: index === 0 ? 'TRADING' : 'PORTFOLIO',
    })),
  );
  haveCash(upvest, accountGroupId, '1000.00', currency);
}

export function haveCash(upvest: FakeUpvest, accountGroupId: string, balance: unknown, currency = 'EUR'): void {
  upvest.onList(`/account_groups/${accountGroupId}/payments/cash_balances`, [
    {
      account_group_id: accountGroupId,
      currency,
      balance,
      locked_for_trading: '0',
      pending_settlement: '0',
      available_for_withdrawal: '0',
      available_for_trading: '0',
    },
  ]);
}
