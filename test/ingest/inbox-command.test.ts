import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inbox } from '../../src/commands/inbox.ts';
import { openStore, parkedEvents, storeEvents } from '../../src/store/index.ts';
import { runCommand } from '../helpers/command.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
  const store = await openStore({ dataDir });
  const poison = (eventId: string) => ({
    source: 'UPVEST' as const,
    eventId,
    type: 'WITHDRAWAL.NEW',
    subject: null,
    payload: '{"id":"x"}',
    parkedBecause: 'no object',
  });
  await store.write((tx) => storeEvents(tx, [poison('first'), poison('second'), poison('third')]));
  await store.close();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const run = (...args: string[]) => runCommand(inbox, args, { DATA_DIR: dataDir });

it('lists what is parked, oldest first, with the reason', async () => {
  const { code, stdout } = await run('list');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^1 UPVEST WITHDRAWAL\.NEW first \S+Z: no object$/),
    expect.stringMatching(/^2 UPVEST WITHDRAWAL\.NEW second /),
    expect.stringMatching(/^3 UPVEST /),
    '3 parked',
    '',
  ]);
  const json = await run('list', '--json');
  expect(JSON.parse(json.stdout.split('\n')[0] ?? '')).toMatchObject({ id: 1, eventId: 'first', event: { id: 'x' } });
});

it('has some or all worked on again, beside a running gateway', async () => {
  const gateway = await openStore({ dataDir });
  expect(await run('replay', '2')).toEqual({ code: 0, stdout: '2 is worked on again\n', stderr: '' });
  expect(await gateway.read((r) => parkedEvents(r, 0, 10))).toMatchObject([{ id: 1 }, { id: 3 }]);
  expect(await run('replay', '2')).toMatchObject({ code: 1, stderr: expect.stringContaining('no parked event 2') });
  expect(await run('replay', '--all')).toMatchObject({ code: 0, stdout: expect.stringContaining('3 is worked') });
  await gateway.close();
  expect(await run()).toMatchObject({ code: 0, stdout: 'nothing is parked\n' });
});

it.each([['sing'], ['replay'], ['replay', 'x'], ['replay', '--all', '1'], ['list', '1'], ['--nonsense']])(
  'says how it is used: %j',
  async (...args) => {
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') });
  },
);
