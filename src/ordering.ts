import type { Upvest } from './datasources/upvest/index.ts';
import { parseIsin } from './domain/instrument.ts';
import { CapabilityNotGrantedError, UpstreamError } from './errors.ts';
import type { InstrumentDirectory } from './instruments/index.ts';
import type { CashServices, Market, OrderingServices } from './workflows/index.ts';

/** What the commands on orders work with. `submitWithin` in seconds. */
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

/** What orders are checked against. A tenant without the directory or without prices trades unchecked by them: the broker checks. */
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
