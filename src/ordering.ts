import type { InvestSuite } from './datasources/investsuite/index.ts';
import type { Upvest } from './datasources/upvest/index.ts';
import { decimal } from './domain/decimal.ts';
import { parseIsin } from './domain/instrument.ts';
import { CapabilityNotGrantedError, UpstreamError } from './errors.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { InstrumentDirectory } from './instruments/index.ts';
import type {
  CashServices,
  Market,
  MoneySettings,
  OrderingServices,
  OrderPorts,
  RebalancingPorts,
  RebalancingSettings,
} from './workflows/index.ts';

/** Services of the commands on orders. `submitWithin` in seconds. */
export const orderingOf = (
  money: CashServices,
  upvest: Upvest,
  directory: InstrumentDirectory,
  submitWithin = 60,
): OrderingServices => ({
  ...money,
  market: marketOf(upvest, directory),
  accountsOf: (link) => upvest.accountsOfGroup(link),
  mayTrade: () => upvest.capabilities.isOn('orders'),
  submitWithin,
});

/** Ports of rebalancings. */
export const rebalancingPortsOf = (
  ports: OrderPorts,
  { investSuite, upvest }: { readonly investSuite: InvestSuite; readonly upvest: Upvest },
  directory: InstrumentDirectory,
): RebalancingPorts => ({
  ...ports,
  accountsOf: (link) => upvest.accountsOfGroup(link),
  optimization: (id) => investSuite.optimization(id),
  instrument: marketOf(upvest, directory).instrument,
  price: async (isin) => (await unlessNotGranted(upvest.price(isin))) ?? null,
});

/** The market that orders are checked against. A tenant without the directory or without prices trades unchecked by them: the broker checks. */
const marketOf = (upvest: Pick<Upvest, 'capabilities' | 'price'>, directory: InstrumentDirectory): Market => ({
  instrument: async (text) => {
    const isin = upvest.capabilities.isOn('instruments') ? parseIsin(text) : undefined;
    return isin === undefined ? undefined : await unlessNotGranted(directory.byIsin(isin, {}));
  },
  newestPrice: async (isin) => {
    try {
      return await upvest.price(isin);
    } catch (error) {
      if (error instanceof UpstreamError) return null;
      throw error;
    }
  },
});

async function unlessNotGranted<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof CapabilityNotGrantedError) return undefined;
    throw error;
  }
}

/** How money moves with this tenant. */
export const moneySettings = ({ money }: GatewayOptions): MoneySettings => ({
  booking: 'investsuite',
  funding: 'virtual-cash',
  payout: 'withdrawal',
  ...money,
});

/** The settings of the tenant for rebalancings. */
export const rebalancingSettings = ({
  optimizationPriceTolerance = 5,
  portfolioSync = false,
  orderSubmitWithin = 60,
}: GatewayOptions): RebalancingSettings => ({
  priceTolerance: decimal(String(optimizationPriceTolerance)),
  writesHoldings: portfolioSync,
  submitWithin: orderSubmitWithin,
});
