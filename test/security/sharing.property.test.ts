import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, readAnswer } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { cashEvent } from '../helpers/log.ts';
import { ALL, CALLERS, leaksIn, marksOf, PORTFOLIOS } from '../helpers/marked-people.ts';
import { startWorld, type World } from '../helpers/world.ts';

/**
 * Requests at the same moment may share one upstream call. Here many callers ask for the same and for different
 * things at random moments, upstreams are slow at random, some callers go away in between: nobody ever gets to see a
 * mark of somebody else's, and everybody gets all of their own.
 */
const EVERYTHING = `id name holdings { quantity } transactions { edges { node { externalId portfolio { name } } } }
  cashBalance { balance } owner { firstName }`;
/** A query, and the portfolios of its answer. */
const QUESTIONS: readonly ((portfolio: number) => { readonly query: string; readonly about: readonly number[] })[] = [
  (index) => ({ query: `{ portfolio(id: "${PORTFOLIOS[index]?.portfolioId}") { ${EVERYTHING} } }`, about: [index] }),
  (index) => ({
    query: `{ node(id: "${PORTFOLIOS[index]?.portfolioId}") { ... on Portfolio { ${EVERYTHING} } } }`,
    about: [index],
  }),
  () => ({ query: `{ portfolios { edges { node { ${EVERYTHING} } } } }`, about: ALL }),
  () => ({
    query: `{ nodes(ids: ${JSON.stringify(PORTFOLIOS.map((each) => each.portfolioId))}) { ... on Portfolio { ${EVERYTHING} } } }`,
    about: ALL,
  }),
  (index) => ({
    query: `{ transaction(portfolioId: "${PORTFOLIOS[index]?.portfolioId}", id: "${PORTFOLIOS[index]?.transactionIds[0]}") { externalId portfolio { ${EVERYTHING} } } }`,
    about: [index],
  }),
  () => ({ query: `{ viewer { user { firstName } portfolios { edges { node { ${EVERYTHING} } } } } }`, about: ALL }),
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

interface Step {
  readonly caller: number;
  readonly question: number;
  readonly portfolio: number;
  readonly afterMs: number;
  /** The client goes away after so long. */
  readonly leavesMs: number | null;
}

const steps = fc.array(
  fc.record<Step>({
    caller: fc.nat(CALLERS.length - 1),
    question: fc.nat(QUESTIONS.length - 1),
    // Few of them, so that many ask for the same.
    portfolio: fc.constantFrom(0, 2, 5, 5),
    afterMs: fc.nat(15),
    leavesMs: fc.option(fc.integer({ min: 1, max: 25 }), { freq: 6 }),
  }),
  { minLength: 4, maxLength: 20 },
);
const slowness = fc.array(
  fc.record({
    upstream: fc.constantFrom('investSuite', 'upvest'),
    ms: fc.integer({ min: 1, max: 40 }),
    skip: fc.nat(6),
    times: fc.integer({ min: 1, max: 6 }),
  }),
  { maxLength: 4 },
);

async function take(step: Step): Promise<void> {
  const caller = CALLERS[step.caller];
  const asked = QUESTIONS[step.question]?.(step.portfolio);
  if (caller === undefined || asked === undefined) throw new Error('no such step');
  await new Promise((resolve) => setTimeout(resolve, step.afterMs));
  const response = fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[step.caller]}` },
    body: JSON.stringify({ query: asked.query }),
    signal: step.leavesMs === null ? null : AbortSignal.timeout(step.leavesMs),
  });
  const answer = await response.then(readAnswer).catch((error: unknown) => {
    if (step.leavesMs === null) throw error;
    return undefined;
  });
  if (answer === undefined) return;
  const what = `${caller.who}: ${asked.query}`;
  expect(leaksIn(answer.text, caller), what).toEqual([]);
  if (caller.who.includes('without')) return;
  expect(answer.errors, what).toBeUndefined();
  const due = asked.about.filter((index) => caller.portfolios.includes(index)).flatMap(marksOf);
  expect(
    due.filter((mark) => !answer.text.includes(mark)),
    what,
  ).toEqual([]);
}

describe('what callers share', () => {
  it('never shows another customer’s data, and always shows the viewer’s own', async () => {
    world.investSuite.calls.reset();
    let asked = 0;
    await fc.assert(
      fc
        .asyncProperty(steps, slowness, async (scenario, slow) => {
          for (const { upstream, ms, skip, times } of slow) {
            world[upstream === 'upvest' ? 'upvest' : 'investSuite'].faults.add({ kind: 'delay', ms, skip, times });
          }
          asked += scenario.length;
          await Promise.all(scenario.map(take));
        })
        .afterEach(() => {
          world.investSuite.faults.clear();
          world.upvest.faults.clear();
        }),
      { numRuns: 25, endOnFailure: true },
    );
    // It was about sharing: many questions needed several calls each, and there were fewer than questions times two.
    expect(world.investSuite.calls.total).toBeLessThan(asked * 3);
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    expect(
      Number(/gateway_upstream_reads_shared_total\{system="INVESTSUITE"\} (\d+)/.exec(metrics)?.[1]),
    ).toBeGreaterThan(asked * 0.25);
  });

  it('live: events reach those whose portfolio it is, however many listen to the same', async () => {
    const streams = CALLERS.map((caller, index) => ({ caller, ...listen(tokens[index] ?? '') }));
    const listening = streams.filter(({ caller }) => caller.people.length > 0 || caller.who === 'a stranger');
    await eventually(() => expect(listening.filter(({ text }) => text() === '')).toEqual([]));
    const url = `${world.url}/webhooks/upvest`;
    for (let round = 0; round < 5; round += 1) {
      const events = ALL.map((index) => cashEvent(PORTFOLIOS[index]?.broker.accountGroupId ?? '', `70000${index}.25`));
      for (const event of events) expect((await world.upvest.webhooks.emit({ url, events: [event] })).status).toBe(200);
    }
    await eventually(() => {
      for (const { caller, text } of listening) {
        for (const index of caller.portfolios) expect(text().split(`70000${index}.25`).length - 1, caller.who).toBe(5);
      }
    });
    for (const { caller, text } of streams) expect(leaksIn(text(), caller), caller.who).toEqual([]);
    for (const { stop } of streams) stop();
  });
});

/** Follows everything that the caller may follow. */
function listen(token: string): { text: () => string; stop: () => void } {
  const controller = new AbortController();
  let text = '';
  const query = `subscription { notifications { __typename id portfolioId ... on CashBalanceNotification { cashBalance { balance } }
    ... on OtherNotification { payload } ... on PortfolioNotification { portfolio { name owner { firstName } } } } }`;
  const run = async (): Promise<void> => {
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
      signal: controller.signal,
    });
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  };
  run().catch(() => undefined);
  return { text: () => text, stop: () => controller.abort() };
}
