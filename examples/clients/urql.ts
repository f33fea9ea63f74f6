// urql with the kit: list, withdraw, follow. Run it with the address of a gateway: node urql.js http://localhost:4000/graphql
import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';
import { attempt, type Followed, follow, formatMoney, memoryStorage } from 'invest-gateway/client';

interface Portfolios {
  readonly notificationsEnd: string;
  readonly portfolios: { readonly edges: readonly { readonly node: Portfolio }[] };
}
interface Portfolio {
  readonly id: string;
  readonly name: string | null;
  readonly manager: string;
  readonly cashBalance: { readonly availableForWithdrawal: string; readonly currency: string } | null;
}
const PORTFOLIOS = gql`query Portfolios { notificationsEnd portfolios(first: 20) { edges { node {
  id name manager cashBalance { availableForWithdrawal currency } } } } }`;

interface Withdrawn {
  readonly requestWithdrawal:
    | {
        readonly __typename: 'RequestWithdrawalSuccess';
        readonly withdrawal: { readonly id: string; readonly state: string };
      }
    | { readonly __typename: `${string}Error`; readonly code: string; readonly message: string };
}
const WITHDRAW = gql`mutation Withdraw($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) {
  __typename ... on RequestWithdrawalSuccess { withdrawal { id state } } ... on Error { code message retryable } } }`;

interface Notified {
  readonly notifications: { readonly __typename: string; readonly portfolioId: string | null };
}
const NOTIFICATIONS = 'subscription Live($after: ID) { notifications(after: $after) { __typename portfolioId } }';

const url = process.argv[2] ?? 'http://localhost:4000/graphql';
const client = new Client({ url, preferGetMethod: false, exchanges: [cacheExchange, fetchExchange] });
/** In a browser: localStorage. */
const storage = memoryStorage();

// The end of the log is read with the state: what happens from here on is followed.
const { data } = await client.query<Portfolios>(PORTFOLIOS, {}).toPromise();
const portfolios = data?.portfolios.edges.map(({ node }) => node) ?? [];
for (const { name, cashBalance } of portfolios)
  if (cashBalance !== null) console.log(name, formatMoney(cashBalance.availableForWithdrawal, cashBalance.currency));

const portfolioId =
  portfolios.find(({ manager, cashBalance }) => manager === 'USER_MANAGED' && cashBalance !== null)?.id ?? '';
const outcome = await attempt({
  ...{ storage, name: `withdrawal/${portfolioId}`, input: { portfolioId, amount: '5.00', currency: 'EUR' } },
  send: (variables) => client.mutation<Withdrawn>(WITHDRAW, variables).toPromise(),
});
console.log(outcome.kind, outcome.kind === 'done' ? outcome.result.withdrawal.id : outcome);

const log: AsyncIterable<Followed<Notified>> = follow({ url, document: NOTIFICATIONS, after: data?.notificationsEnd });
for await (const event of log) {
  // Read again what the event may have changed.
  if (event.isGap || event.data?.notifications.portfolioId === portfolioId)
    await client.query<Portfolios>(PORTFOLIOS, {}, { requestPolicy: 'network-only' }).toPromise();
  console.log('followed', event.data?.notifications.__typename);
  if (event.data?.notifications.__typename === 'WithdrawalNotification') break;
}
