import type { OptimizationOrder } from '../investsuite/entities.ts';
import { investSuiteIdOf } from '../values/ids.ts';
import { num } from '../values/json.ts';
import { priceAt } from '../values/prices.ts';
import { type SeededPortfolio, seedPortfolio } from './builders.ts';

/**
 * A robo portfolio whose recommendation can be carried out (`executeOptimization`): two sells, two buys of what they bring, and a buy
 * that is skipped, since it was computed with a much lower price. InvestSuite has just computed it: its id is another one at each start,
 * because an optimization is carried out only once.
 */
export function recommendation(now: Date): SeededPortfolio {
  const priceOf = (isin: string): string => priceAt(isin, now);
  const order = (isin: string, given: Pick<OptimizationOrder, 'shares' | 'quantity_type' | 'quantity'>) => ({
    ...given,
    expected_share_price: num(priceOf(isin)),
    expected_transaction_cost: num('0.05'),
  });
  const units = (isin: string, quantity: string): OptimizationOrder =>
    order(isin, { shares: num(quantity), quantity_type: 'UNITS', quantity: num(quantity) });
  const money = (isin: string, amount: string): OptimizationOrder => {
    const shares = num((Number(amount) / Number(priceOf(isin))).toFixed(12));
    return order(isin, { shares, quantity_type: 'AMOUNT', quantity: num(amount) });
  };
  return seedPortfolio({
    key: 'demo/recommendation',
    name: 'Ready to be rebalanced',
    holdings: { $EUR: '250.00', IE00B4L5Y983: '60', DE0007164600: '18.5', IE00B3F81R35: '12' },
    optimization: {
      id: investSuiteIdOf('O', `demo/recommendation/${now.toISOString()}`),
      orders: {
        // The noise of an optimizer's binary fractions.
        DE0007164600: units('DE0007164600', '-7.3999999999999995'),
        IE00B4L5Y983: units('IE00B4L5Y983', '-4'),
        IE00BKM4GZ66: money('IE00BKM4GZ66', '900.00'),
        LU0290355717: units('LU0290355717', '20'),
        NL0010273215: {
          ...money('NL0010273215', '40.00'),
          expected_share_price: num((Number(priceOf('NL0010273215')) / 2).toFixed(2)),
        },
      },
    },
  });
}
