// TanStack Query with the kit: list, withdraw, follow. Run it with the address of a gateway: node tanstack.js http://localhost:4000/graphql
import { MutationObserver, QueryClient } from '@tanstack/query-core';
import { attempt, type Followed, follow, formatMoney, memoryStorage, request } from 'invest-gateway/client';

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
const PORTFOLIOS = `query Portfolios { notificationsEnd portfolios(first: 20) { edges { node {
  id name manager cashBalance { availableForWithdrawal currency } } } } }`;

interface Withdrawn {
  readonly requestWithdrawal:
    | {
        readonly __typename: 'RequestWithdrawalSuccess';
        readonly withdrawal: { readonly id: string; readonly state: string };
      }
    | { readonly __typename: `${string}Error`; readonly code: string; readonly message: string };
}
const WITHDRAW = `mutation Withdraw($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) {
  __typename ... on RequestWithdrawalSuccess { withdrawal { id state } } ... on Error { code message retryable } } }`;

interface Notified {
  readonly notifications: { readonly __typename: string; readonly portfolioId: string | null };
}
const NOTIFICATIONS = 'subscription Live($after: ID) { notifications(after: $after) { __typename portfolioId } }';

const url = process.argv[2] ?? 'http://localhost:4000/graphql';
const client = new QueryClient();
const storage = memoryStorage(); // In a browser: localStorage.
// The end of the log is read with the state: what happens from here on is followed.
const list = request<Portfolios, object>({ url }, PORTFOLIOS);
const { data } = await client.fetchQuery({ queryKey: ['portfolios'], queryFn: ({ signal }) => list({}, signal) });
const portfolios = data?.portfolios.edges.map(({ node }) => node) ?? [];
for (const { name, cashBalance } of portfolios)
  if (cashBalance !== null) console.log(name, formatMoney(cashBalance.availableForWithdrawal, cashBalance.currency));

const portfolioId =
  portfolios.find(({ manager, cashBalance }) => manager === 'USER_MANAGED' && cashBalance !== null)?.id ?? '';
const input = { portfolioId, amount: '5.00', currency: 'EUR' };
const send = request<Withdrawn, object>({ url }, WITHDRAW);
// TanStack Query must not repeat it: the kit does, with the same key.
const mutationFn = () => attempt({ storage, name: `withdrawal/${portfolioId}`, input, send });
const outcome = await new MutationObserver(client, { retry: false, mutationFn }).mutate();
console.log(outcome.kind, outcome.kind === 'done' ? outcome.result.withdrawal.id : outcome);

const log: AsyncIterable<Followed<Notified>> = follow({ url, document: NOTIFICATIONS, after: data?.notificationsEnd });
for await (const event of log) {
  // Read again what the event may have changed.
  if (event.isGap || event.data?.notifications.portfolioId === portfolioId)
    await client.invalidateQueries({ queryKey: ['portfolios'] });
  console.log('followed', event.data?.notifications.__typename);
  if (event.data?.notifications.__typename === 'WithdrawalNotification') break;
}
