import type { InvestSuite } from '../../datasources/investsuite/index.ts';
import type { Upvest, UpvestListings } from '../../datasources/upvest/index.ts';
import type { BrokerLine, MappedLine } from '../../domain/synchronization/line.ts';
import type { OrderPorts } from '../order/ports.ts';

/** Ports of the synchronization: docs/synchronization.md. */
export interface SynchronizationPorts extends OrderPorts {
  readonly investSuite: OrderPorts['investSuite'] & Pick<InvestSuite, 'transactionListing' | 'optimization'>;
  readonly upvest: OrderPorts['upvest'] &
    Pick<Upvest, 'orders'> & { readonly listings: Pick<UpvestListings, 'cashLedger' | 'securitiesLedger'> };
  /** PORTFOLIO_SYNC: where it is off, nothing of this is written. */
  readonly isOn: boolean;
  /** Maps a line by the embedder's function or by the gateway's own table. */
  readonly map: (line: BrokerLine) => MappedLine;
  /** How long nothing may have happened to a robo portfolio before its holdings are written, in milliseconds. */
  readonly quietMs: number;
}
