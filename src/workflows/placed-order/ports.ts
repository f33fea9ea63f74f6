import type { BrokerAccount, BrokerLink } from '../../domain/broker.ts';
import type { Instrument } from '../../domain/instrument.ts';
import type { Price } from '../../domain/prices.ts';
import type { CashServices } from '../accept.ts';

/** The market, as the checks of an order see it. */
export interface Market {
  /** Null where the broker knows no such instrument; undefined where the tenant has no directory. */
  readonly instrument: (isin: string) => Promise<Instrument | null | undefined>;
  /** Null where there is none, or where the tenant has no prices. */
  readonly newestPrice: (isin: string) => Promise<Price | null>;
}

/** Dependencies of the commands on orders; one per gateway. */
export interface OrderingServices extends CashServices {
  readonly market: Market;
  readonly accountsOf: (link: BrokerLink) => Promise<readonly BrokerAccount[]>;
  /** False where the tenant's settings leave orders out (UPVEST_CAPABILITIES). */
  readonly mayTrade: () => boolean;
  /** Seconds after its acceptance within which an order must reach the broker. */
  readonly submitWithin: number;
}
