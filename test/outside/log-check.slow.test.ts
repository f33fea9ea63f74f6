import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePosition } from '../../src/store/index.ts';
import { type RunningGateway, startGateway } from '../helpers/gateway.ts';
import { LOG_BEGINNING } from '../helpers/log.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { gatewaySettings, startWorld, type World } from '../helpers/world.ts';
import { follow, webhookEvent } from '../live/following.ts';
import { runTool } from './programs.ts';

const EVENTS = 400;
const CUTS = 25;
const folder = mkdtempSync(join(tmpdir(), 'gateway-histories-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type History = readonly string[];

/** The histories of three subscribers that are cut again and again, on any gateway, while events come in. */
async function historiesOf(world: World, gateways: readonly RunningGateway[]): Promise<readonly History[]> {
  const urls = gateways.map(({ url }) => url);
  let turn = 0;
  const url = (): string => {
    turn += 1;
    return urls[turn % urls.length] ?? '';
  };
  const following = ['a', 'b', 'c'].map(async (subscriber) => {
    const lines: string[] = [];
    const onHistory = (line: object): unknown => lines.push(JSON.stringify({ subscriber, ...line }));
    await follow({ url, after: encodePosition(LOG_BEGINNING), until: EVENTS, cuts: CUTS, onHistory });
    return lines;
  });
  for (let from = 0; from < EVENTS; from += 20) {
    const events = Array.from({ length: 20 }, (_, index) => webhookEvent(from + index));
    const { status } = await world.upvest.webhooks.emit({ url: `${url()}/webhooks/upvest`, events });
    expect(status).toBe(200);
  }
  return await Promise.all(following);
}

function check(histories: readonly History[]) {
  const files = histories.map((lines, index) => {
    const file = join(folder, `${index}.jsonl`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  });
  return runTool('log-check', files);
}

const isEvent = (line: string): boolean => 'cursor' in JSON.parse(line);

/** A fault in the history of the second subscriber, at two events that it saw one after the other. */
function planted([first = [], second = [], ...rest]: readonly History[], fault: (two: readonly string[]) => string[]) {
  const at = second.findIndex((line, index) => index > 50 && isEvent(line) && isEvent(second[index + 1] ?? '{}'));
  return [first, [...second.slice(0, at), ...fault(second.slice(at, at + 2)), ...second.slice(at + 2)], ...rest];
}

const FAULTS: readonly [string, (two: readonly string[]) => string[]][] = [
  ['gap', ([, later = '']) => [later]],
  ['repeat', ([earlier = '', later = '']) => [earlier, later, later]],
  ['other order', ([earlier = '', later = '']) => [later, earlier]],
  [
    'other payload',
    ([earlier = '', later = '']) => [earlier.replace('"payload":', '"payload":["forged"],"was":'), later],
  ],
];

function expectPromise(histories: readonly History[]): void {
  const whole = check(histories);
  expect(whole).toEqual({ code: 0, stdout: `ok    ${3 * EVENTS} events of 3 subscribers\n`, stderr: '' });
  for (const [what, fault] of FAULTS) expect(check(planted(histories, fault)).code, what).toBe(1);
}

describe('histories of subscribers that were cut are as promised, by a program that is not ours', {
  timeout: 180_000,
}, () => {
  it('on the embedded store', async () => {
    const world = await startWorld({ standins: { portfolios: 1 } });
    expectPromise(await historiesOf(world, [world]));
    await world.stop();
  });

  describe.skipIf(!hasPostgres)('with PostgreSQL', () => {
    let server: TestPostgres;
    beforeAll(async () => {
      server = await startPostgres();
    }, 60_000);
    afterAll(() => server.stop(), 60_000);

    it('on two gateways', async () => {
      const databaseUrl = await server.createDatabase();
      const one = await startWorld({ standins: { portfolios: 1 }, gateway: { store: { databaseUrl } } });
      const two = await startGateway({ ...gatewaySettings(one), auth: 'local-operator', store: { databaseUrl } });
      expectPromise(await historiesOf(one, [one, two]));
      await two.stop();
      await one.stop();
    });
  });
});
