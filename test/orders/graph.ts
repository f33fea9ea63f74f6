import type { Call, InvestSuiteEntities } from '../../src/standins/index.ts';
import type { World } from '../helpers/world.ts';

/** Operations of the order tests; their results are compared as they are. */

const TRANSACTION = `id externalId status orderType optimizationId version
  movements { externalId referenceExternalId type status datetime instrumentId quantity unitPrice unitPriceCurrency }`;
const FAILURES = `... on Error { code message retryable } ... on InvalidInputError { field }
  ... on UpstreamRefusedError { system status } `;

export const RECORD = `mutation ($input: RecordTransactionInput!) { result: recordTransaction(input: $input) { __typename
  ... on RecordTransactionSuccess { replayed transaction { ${TRANSACTION} } } ${FAILURES} } }`;
export const PLACE = `mutation ($input: RecordOrderInput!) { result: recordOrder(input: $input) { __typename
  ... on RecordOrderSuccess { replayed transaction { ${TRANSACTION} } } ${FAILURES} } }`;
export const MOVE = `mutation ($input: UpdateOrderStatusInput!) { result: updateOrderStatus(input: $input) { __typename
  ... on UpdateOrderStatusSuccess { replayed warnings transaction { ${TRANSACTION} } } ${FAILURES}
  ... on IllegalStatusChangeError { from to } } }`;
export const HOLD = `mutation ($input: UpdateHoldingsInput!) { result: updateHoldings(input: $input) { __typename
  ... on UpdateHoldingsSuccess { replayed warnings portfolio { id version holdings { instrumentId quantity } } } ${FAILURES} } }`;

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes; each test says what it expects of one.
export type Result = any;

let keys = 0;
export const newKey = (): string => `key-${++keys}`;

/** Sends a mutation with a key of its own, unless the input has one, and answers what the field answered. */
export async function mutate(
  world: Pick<World, 'ask'>,
  document: string,
  input: Readonly<Record<string, unknown>>,
  headers: Record<string, string> = {},
): Promise<Result> {
  const answer = await world.ask(document, { input: { idempotencyKey: newKey(), ...input } }, headers);
  const { result } = (answer.data ?? {}) as { result?: Result };
  if (result == null) throw new Error(answer.text);
  return result;
}

/** The writes that InvestSuite got, oldest first. */
export const writes = (world: Pick<World, 'investSuite'>): readonly Call[] =>
  world.investSuite.calls.list({ path: /^\/portfolios\// }).filter(({ method }) => method !== 'GET');

/** The body of the last write, as its JSON says. */
export function lastBody(world: Pick<World, 'investSuite'>): Result {
  const last = writes(world).at(-1);
  if (last === undefined) throw new Error('nothing was written');
  return JSON.parse(last.requestBody);
}

export function movementsOf(
  world: Pick<World, 'investSuite'>,
  portfolioId: string,
  transactionId: string,
): readonly InvestSuiteEntities.Movement[] {
  const found = world.investSuite.transactions(portfolioId).find(({ id }) => id === transactionId);
  if (found === undefined) throw new Error(`no transaction ${transactionId}`);
  return found.movements;
}
