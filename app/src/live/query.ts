import { useEffect, useState } from 'react';
import { type AnyVariables, type CombinedError, type UseQueryArgs, useQuery } from 'urql';
import { useRefetch } from './refetch.ts';

export interface LiveQuery<Data> {
  readonly data: Data | undefined;
  readonly error: CombinedError | undefined;
  readonly fetching: boolean;
}

/** Delay before a query is repeated after a temporary error. */
const RETRY_MS = 5_000;

const mayPass = ({ networkError, graphQLErrors }: CombinedError): boolean =>
  networkError !== undefined || graphQLErrors.some(({ extensions }) => extensions['retryable'] === true);

/**
 * A query that is read again when something happens to the portfolios that it is about. What was read last stays on the
 * screen while nothing newer can be had. A component is for one set of variables: give it a key.
 */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  query: UseQueryArgs<Variables, Data>,
  portfolioIdsOf: (data: Data | undefined) => readonly string[],
): LiveQuery<Data> {
  const [{ data, error, fetching }, refetch] = useQuery<Data, Variables>(query);
  const [last, setLast] = useState(data);
  if (data != null && data !== last) setLast(data);
  const shown = data ?? last;
  useRefetch(portfolioIdsOf(shown), refetch);
  useEffect(() => {
    if (error === undefined || !mayPass(error)) return undefined;
    const timer = setTimeout(() => refetch({ requestPolicy: 'network-only' }), RETRY_MS);
    return () => clearTimeout(timer);
  }, [error, refetch]);
  return { data: shown, error, fetching };
}
