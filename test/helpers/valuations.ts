import type { SeededPortfolio } from '../../src/standins/index.ts';
import type { BrokerWorld } from './broker-world.ts';
import type { GraphqlAnswer } from './gateway.ts';

export const APPLE = {
  instrument: { uuid: '123e4567-e89b-12d3-a456-426614174000', isin: 'US0378331005' },
  value: { amount: '104.81', currency: 'EUR', price_time: '2023-01-09T09:20:00Z' },
  quantity: '0.65',
  weight: '0.736595',
  price_quality: 'EOD',
};
export const CARMIGNAC = {
  instrument: { uuid: '48b798b7-3a62-4f30-8307-ee94d35b21b7', isin: 'FR0010524777' },
  value: { amount: '37.48', currency: 'EUR', price_time: '2023-01-09T09:20:00Z' },
  quantity: '1.00',
  weight: '0.263405',
  price_quality: 'EOD',
};
export const UNPRICED = {
  instrument: { uuid: '7499ccf8-6fa5-43ef-af9e-dd062e10ab59', isin: 'SE0019889775' },
  quantity: '5.00',
  value: null,
  weight: null,
  price_quality: 'NA',
};

/** The example of Upvest's reference. */
export const valuation = (account: string, more: object = {}) => ({
  id: '404b170a-9042-11ed-9a51-2eabd0c03f8a',
  created_at: '2023-01-10T14:15:22Z',
  updated_at: '2023-01-10T14:15:22Z',
  valuation_time: '2023-01-10T14:15:22Z',
  account_id: account,
  price_quality: 'EOD',
  total_security_value: { amount: '142.29', currency: 'EUR' },
  security_positions: [APPLE, CARMIGNAC, UNPRICED],
  ...more,
});

export const accountOf = ({ broker }: SeededPortfolio, index = 0): string => broker.accountIds[index] ?? '';
export const nowPath = (account: string): string => `/accounts/${account}/valuations/current`;

/** The broker's valuation of an account from now on. */
export const worthIs = ({ upvest }: Pick<BrokerWorld, 'upvest'>, account: string, more: object = {}): void =>
  upvest.on('GET', nowPath(account), () => ({ body: valuation(account, more) }));

export const askPortfolio = async (
  world: Pick<BrokerWorld, 'ask'>,
  { portfolioId }: SeededPortfolio,
  fields: string,
): Promise<GraphqlAnswer> => await world.ask(`{ portfolio(id: "${portfolioId}") { id ${fields} } }`);

/** Path and code of each error. */
export const codesOf = (answer: GraphqlAnswer) =>
  answer.errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']]);
