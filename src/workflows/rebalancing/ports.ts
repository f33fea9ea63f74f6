import type { Decimal } from '../../domain/decimal.ts';
import type { Price } from '../../domain/prices.ts';
import type { OrderPorts } from '../order/ports.ts';
import type { OrderingServices } from '../placed-order/ports.ts';
import type { InvestSuitePort } from '../ports.ts';

/** The settings under which an optimization is carried out. */
export interface RebalancingSettings {
  /** Percent by which the newest price may be worse than the expected one. */
  readonly priceTolerance: Decimal;
  /** Whether InvestSuite's holdings are written at the end. */
  readonly writesHoldings: boolean;
  /** Seconds after its beginning within which an order must reach the broker. */
  readonly submitWithin: number;
}

/** Ports of rebalancings besides the engine's. */
export interface RebalancingPorts extends OrderPorts, Pick<OrderingServices, 'accountsOf'> {
  readonly optimization: InvestSuitePort['optimization'];
  readonly instrument: OrderingServices['market']['instrument'];
  /** Null where there is none, or where the tenant has no prices. Throws an UpstreamError where it can't be read. */
  readonly price: (isin: string) => Promise<Price | null>;
}

/** Dependencies of the command; one per gateway. */
export interface RebalancingServices extends OrderingServices {
  readonly rebalancing: RebalancingPorts;
  readonly rebalancingSettings: RebalancingSettings;
}
