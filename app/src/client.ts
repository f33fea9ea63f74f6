import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { liveClient } from './live/connection.ts';
import { authorization, refuseToken } from './token.ts';

/** Queries and mutations go by HTTP, subscriptions by the one WebSocket. */
export const client = new Client({
  url: '/graphql',
  preferGetMethod: false,
  // Cached data is shown at once and fetched again.
  requestPolicy: 'cache-and-network',
  fetchOptions: () => {
    const value = authorization();
    return value === undefined ? {} : { headers: { authorization: value } };
  },
  exchanges: [
    cacheExchange,
    mapExchange({
      onResult: ({ error }) => {
        const { status } = Object(error?.response) as { status?: unknown };
        if (status === 401) refuseToken();
      },
    }),
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: liveClient.subscribe(
            { query, variables: { ...variables } },
            { ...sink, next: ({ data = null, errors = [] }) => sink.next({ data, errors: [...errors] }) },
          ),
        }),
      }),
    }),
  ],
});
