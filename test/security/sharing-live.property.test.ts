import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { readAnswer } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { cashEvent } from '../helpers/log.ts';
import { ALL, CALLERS, leaksIn, PEOPLE, PORTFOLIOS } from '../helpers/marked-people.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { rawSocket } from '../live/clients.ts';

/**
 * The same as in the other file for what is shared longer than a request: groups of live subscribers, and upstream calls
 * that fail for all who wait for them.
 */
const idOf = (index: number): string => PORTFOLIOS[index]?.portfolioId ?? '';

const BODY = `__typename id portfolioId ... on CashBalanceNotification { cashBalance { balance } }
  ... on PortfolioNotification { portfolio { name owner { firstName } } } ... on OtherNotification { payload }`;
/** Subscriptions: equal texts by many, and with variables that tell them apart. */
const FOLLOWING: readonly ((index: number) => { readonly query: string; readonly variables: object })[] = [
  () => ({ query: `subscription { notifications { ${BODY} } }`, variables: {} }),
  (index) => ({
    query: `subscription ($id: ID) { notifications(portfolioId: $id) { ${BODY} } }`,
    variables: { id: idOf(index) },
  }),
  (index) => ({
    query: 'subscription ($id: ID!) { cashBalanceUpdated(portfolioId: $id) { balance } }',
    variables: { id: idOf(index) },
  }),
];

let issuer: TestIssuer;
let world: World;
let tokens: readonly string[];
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: PORTFOLIOS, gateway: { auth: issuer.settings } });
  tokens = await Promise.all(CALLERS.map(({ claims }) => issuer.token(claims)));
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

interface Follower {
  readonly caller: number;
  readonly following: number;
  readonly portfolio: number;
  readonly transport: 'sse' | 'websocket';
}

const follower = fc.record<Follower>({
  caller: fc.nat(CALLERS.length - 1),
  following: fc.nat(FOLLOWING.length - 1),
  portfolio: fc.constantFrom(0, 2, 5),
  transport: fc.constantFrom('sse', 'websocket'),
});

interface Followed {
  readonly text: () => string;
  readonly stop: () => void;
}

async function follow({ caller, following, portfolio, transport }: Follower): Promise<Followed> {
  const operation = FOLLOWING[following]?.(portfolio);
  const authorization = `Bearer ${tokens[caller]}`;
  if (transport === 'websocket') {
    const socket = await rawSocket(world.url);
    socket.send({ type: 'connection_init', payload: { authorization } });
    socket.socket.once('message', () => socket.send({ id: '1', type: 'subscribe', payload: operation }));
    return { text: () => JSON.stringify(socket.messages), stop: () => socket.socket.terminate() };
  }
  const controller = new AbortController();
  let text = '';
  const run = async (): Promise<void> => {
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
      body: JSON.stringify(operation),
      signal: controller.signal,
    });
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  };
  run().catch(() => undefined);
  return { text: () => text, stop: () => controller.abort() };
}

async function happens(index: number): Promise<void> {
  const events = [cashEvent(PORTFOLIOS[index]?.broker.accountGroupId ?? '', `70000${index}.25`)];
  const { status } = await world.upvest.webhooks.emit({ url: `${world.url}/webhooks/upvest`, events });
  expect(status).toBe(200);
}

describe('live subscribers who share executions', () => {
  it('never get another customer’s events, over any transport', async () => {
    let shared = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(follower, { minLength: 3, maxLength: 12 }),
        fc.array(fc.constantFrom(...ALL), { minLength: 1, maxLength: 6 }),
        async (followers, happenings) => {
          const followed = await Promise.all(followers.map(follow));
          // An operator who follows everything tells when all has been handed out.
          const operator = await follow({ caller: PEOPLE.length, following: 0, portfolio: 0, transport: 'websocket' });
          await eventually(() => expect(operator.text()).toContain('connection_ack'));
          for (const index of happenings) await happens(index);
          await eventually(async () => {
            await happens(0);
            expect(operator.text()).toContain('700000.25');
          });
          for (const [at, { caller }] of followers.entries()) {
            const kind = CALLERS[caller];
            if (kind === undefined) throw new Error('no such caller');
            const text = followed[at]?.text() ?? '';
            if (text.includes('.25')) shared += 1;
            expect(leaksIn(text, kind), `${kind.who}: ${JSON.stringify(followers[at])}`).toEqual([]);
          }
          for (const { stop } of [...followed, operator]) stop();
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
    // About 24; else nothing was looked at.
    expect(shared).toBeGreaterThan(2);
  });
});

const QUERIES: readonly ((index: number) => string)[] = [
  (index) => `{ portfolio(id: "${idOf(index)}") { name owner { firstName } cashBalance { balance } } }`,
  () =>
    '{ portfolios { edges { node { name cashBalance { balance } transactions { edges { node { externalId } } } } } } }',
  () => `{ nodes(ids: ${JSON.stringify(ALL.map(idOf))}) { ... on Portfolio { name holdings { quantity } } } }`,
];
const trouble = fc.record({
  upstream: fc.constantFrom('investSuite' as const, 'upvest' as const),
  fault: fc.constantFrom(
    { kind: 'status', status: 500 } as const,
    { kind: 'status', status: 404 } as const,
    { kind: 'status', status: 403 } as const,
    { kind: 'garbage', form: 'not-json' } as const,
    { kind: 'garbage', form: 'wrong-shape' } as const,
    { kind: 'reset-before' } as const,
  ),
  skip: fc.nat(4),
  times: fc.integer({ min: 1, max: 4 }),
});

describe('callers whose upstream call fails for all of them', () => {
  it('get an error for their own query, and nothing of the others’', async () => {
    let failed = 0;
    const asked = fc.record({
      caller: fc.nat(CALLERS.length - 1),
      query: fc.nat(QUERIES.length - 1),
      portfolio: fc.constantFrom(0, 2, 5),
    });
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(asked, { minLength: 4, maxLength: 16 }),
          fc.array(trouble, { minLength: 1, maxLength: 3 }),
          async (all, troubles) => {
            for (const { upstream, fault, skip, times } of troubles)
              world[upstream].faults.add({ ...fault, skip, times });
            const answers = await Promise.all(
              all.map(async ({ caller, query, portfolio }) => {
                const response = await fetch(`${world.url}/graphql`, {
                  method: 'POST',
                  headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[caller]}` },
                  body: JSON.stringify({ query: QUERIES[query]?.(portfolio) }),
                });
                return { caller, query, answer: await readAnswer(response) };
              }),
            );
            for (const { caller, query, answer } of answers) {
              const kind = CALLERS[caller];
              if (kind === undefined) throw new Error('no such caller');
              if (answer.errors !== undefined) failed += 1;
              const what = `${kind.who}: ${query} ${answer.text}`;
              expect(leaksIn(answer.text, kind), what).toEqual([]);
              // Errors name places in the own answer, never an id, not even one that was asked for in the same call.
              const errors = JSON.stringify(answer.errors ?? []);
              for (const index of ALL) expect(errors, what).not.toContain(idOf(index));
              expect(errors, what).not.toMatch(/internal-host|It works|INTERNAL_SERVER_ERROR/);
            }
          },
        )
        .afterEach(() => {
          world.investSuite.faults.clear();
          world.upvest.faults.clear();
        }),
      { numRuns: 20, endOnFailure: true },
    );
    expect(failed).toBeGreaterThan(20);
  });
});
