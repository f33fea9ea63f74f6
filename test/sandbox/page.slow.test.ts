import { readFileSync } from 'node:fs';
import { buildSchema, isEnumType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTS } from '../../src/commands/sandbox/acts.ts';
import { USAGES } from '../../src/commands/usages.ts';
import { ERRORS, FAILURES } from '../../src/domain/codes.ts';
import { actsOnPage, type Line, linesOf } from './page.ts';
import { Place } from './runner.ts';

const STATES = linesOf('states');
const FAILED = linesOf('failures');
const ERRONEOUS = linesOf('errors');
const ALL = [...STATES, ...FAILED, ...ERRONEOUS];

describe('the page', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

  it.each(['Deposit', 'Withdrawal', 'VirtualCash', 'Order', 'Rebalancing', 'Synchronization'])(
    'has every state of %s',
    (noun) => {
      const type = schema.getType(`${noun}State`) ?? schema.getType(`${noun}Status`);
      if (!isEnumType(type)) throw new Error(`no states of ${noun}`);
      const known = type.getValues().map(({ name }) => name);
      const lines = STATES.filter(({ reached }) => reached.startsWith(`${type.name} `));
      const reached = new Set(lines.flatMap((line) => line.reached.replace(/[()]/g, '').split(' ').slice(1)));
      expect([...reached].sort()).toEqual(known.sort());
    },
  );

  it('has every error', () => {
    const failures = Object.entries(FAILURES).map(([code, { type }]) => `${type} ${code}`);
    expect(FAILED.map(({ reached }) => reached).sort()).toEqual([...failures].sort());
    expect(ERRONEOUS.map(({ reached }) => reached).sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it('has every act of the command, and so has its help', () => {
    const acts = Object.keys(ACTS).sort();
    expect([...actsOnPage()].sort()).toEqual(acts);
    expect([...USAGES.sandbox.matchAll(/^ {2}([a-z-]+) /gm)].map(([, act]) => act).sort()).toEqual(acts);
  });
});

/** Lines that concern every portfolio, or need a gateway of their own. */
const isAlone = ({ steps, settings, reached }: Line): boolean =>
  settings.length > 0 ||
  reached === 'STORE_UNAVAILABLE' ||
  steps.some((step) => /^sandbox (cut|set|clock|restore)|^sandbox fault [^$]*$/.test(step));

const placeOf = (line: Line): string => {
  if (line.reached === 'STORE_UNAVAILABLE') return line.reached;
  return isAlone(line) ? `alone ${line.settings.join(' ')}` : 'shared';
};

/** Lines run at once: a stand-in that answers after seconds on a busy machine would be an outage. */
const AT_ONCE = 4;

describe('each line of the page', () => {
  /** The outcome of each: an error, or undefined. */
  const ends = new Map<Line, (error: unknown) => void>();
  const done = new Map(ALL.map((line) => [line, new Promise<unknown>((resolve) => ends.set(line, resolve))]));
  let running: Promise<unknown>;

  const reach = async (place: Place, line: Line): Promise<void> => {
    const error = await place.reach(line).catch((problem: unknown) => problem);
    ends.get(line)?.(error);
  };
  const alone = (lines: readonly Line[]) => async (): Promise<void> => {
    const place = await Place.start(lines[0]?.settings);
    for (const line of lines) {
      await reach(place, line);
      await place.act('sandbox restore');
    }
    await place.stop();
  };

  beforeAll(async () => {
    // Most lines are run with upstreams whose date is ahead of the gateway's.
    const shared = await Place.start();
    await shared.act('sandbox clock 40d');
    const names = [...new Set(ALL.map(placeOf))].filter((name) => name !== 'shared');
    const jobs = [
      ...names.map((name) => alone(ALL.filter((line) => placeOf(line) === name))),
      ...ALL.filter((line) => !isAlone(line)).map((line) => () => reach(shared, line)),
    ];
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
    });
    running = Promise.all(workers).finally(() => shared.stop());
  });
  afterAll(() => running);

  it.each(ALL)('reaches $reached: $steps', async (line) => {
    const error = await done.get(line);
    if (error !== undefined) throw error;
  });
});
