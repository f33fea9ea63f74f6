import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { runCommand, upstreamSettings } from '../helpers/command.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

const self = seedPortfolio({
  key: 'reviews/self',
  manager: 'USER_MANAGED',
  brokerCash: '1000',
  holdings: { $EUR: '1000' },
});
const dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [self], gateway: { store: { dataDir }, pollMs: 50 } });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(async () => {
  await world.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const invoke = (name: string, ...args: string[]) => {
  const command = commands.find((each) => each.name === name) ?? expect.fail(`no command ${name}`);
  return runCommand(command.run, args, { ...upstreamSettings(world), DATA_DIR: dataDir });
};

const READ = 'query ($id: ID!) { withdrawal(id: $id) { state reason history { state reason note } } }';
interface Read {
  readonly withdrawal: { readonly state: string; readonly history: readonly { readonly note: string | null }[] };
}
const read = async (id: string) => (await world.ask(READ, { id })).data as Read;

/** A withdrawal that was paid, and whose booking InvestSuite refuses. */
async function inReview(key: string): Promise<string> {
  world.investSuite.faults.add({ kind: 'status', status: 422, match: { method: 'POST', path: '/events/withdraw' } });
  const { data } = await world.ask(
    `mutation ($input: RequestWithdrawalInput!) { result: requestWithdrawal(input: $input) {
      ... on RequestWithdrawalSuccess { withdrawal { id } } } }`,
    { input: { portfolioId: self.portfolioId, amount: '5.00', currency: 'EUR', idempotencyKey: key } },
  );
  const { id } = (data as { result: { withdrawal: { id: string } } }).result.withdrawal;
  await expect.poll(async () => (await read(id)).withdrawal.state, { timeout: 30_000 }).toBe('NEEDS_REVIEW');
  world.investSuite.faults.clear();
  return id;
}

describe('what needs a person', () => {
  it('is an error line in the log, is listed, shown, and resolved beside the running gateway', async () => {
    expect((await invoke('reviews', 'list')).stdout).toBe('nothing needs a person\n');
    const id = await inReview('done');
    const line = world.log.find((each) => each.includes('a person is needed')) ?? expect.fail('no line');
    expect(JSON.parse(line)).toMatchObject({ level: 'error', id, kind: 'withdrawal', step: 'tell' });

    const listed = await invoke('reviews', 'list');
    expect(listed.code).toBe(0);
    expect(listed.stdout).toContain(`${id} Withdrawal 5.00 EUR of ${self.portfolioId}`);
    expect(listed.stdout).toContain('1 to look at');
    const asJson = await invoke('reviews', 'list', '--json');
    expect(JSON.parse(asJson.stdout)).toMatchObject({ type: 'Withdrawal', id, state: 'NEEDS_REVIEW' });

    const shown = await invoke('reviews', 'show', id);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('Paid by the broker, but InvestSuite refused step tell (422).');
    expect(shown.stdout).toMatch(/^refusal .* tell INVESTSUITE 422/m);
    expect(shown.stdout).toContain(`invest-gateway reviews resolve ${id} --outcome DONE --note`);

    const note = 'Booked by hand, ticket 4711';
    const resolved = await invoke('reviews', 'resolve', id, '--outcome', 'done', '--note', note, '--key', 'k1');
    expect(resolved).toMatchObject({ code: 0, stderr: '' });
    expect(resolved.stdout).toContain(`${id} is resolved`);
    await eventually(async () => expect((await read(id)).withdrawal.state).toBe('COMPLETED'), 20_000);
    expect((await read(id)).withdrawal.history.map((entry) => entry.note)).toContain(note);
    expect((await invoke('reviews', 'show', id)).stdout).toContain(`(${note})`);
    // Again, as by somebody who did not see the answer.
    const again = await invoke('reviews', 'resolve', id, '--outcome', 'done', '--note', note, '--key', 'k1');
    expect(again.code).toBe(0);

    const audit = await invoke('audit', 'show', id);
    expect(audit.code).toBe(0);
    expect(audit.stdout).toContain('tell refused by INVESTSUITE 422');
    expect(audit.stdout).toContain(`note: ${note}`);
    expect(audit.stdout).toContain(userInfo().username);
    expect((await invoke('audit', 'verify')).code).toBe(0);
  });

  it('RETRY answers that it is being tried, in the command and in the graph', async () => {
    const id = await inReview('retry');
    const { stdout, code } = await invoke(
      'reviews',
      'resolve',
      id,
      '--outcome',
      'RETRY',
      '--note',
      'InvestSuite is well again',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('it is being tried again');
    await eventually(async () => expect((await read(id)).withdrawal.state).toBe('COMPLETED'), 20_000);
    expect(JSON.stringify(await read(id))).toContain('Tried again at the request of an operator.');
  });

  it('says what is wrong with a command', async () => {
    expect(await invoke('reviews', 'show', 'wdr_none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('wdr_none'),
    });
    expect(await invoke('reviews', 'resolve', 'wdr_none', '--outcome', 'DONE', '--note', 'x')).toMatchObject({
      code: 1,
    });
    expect(await invoke('audit', 'show', 'wdr_none')).toMatchObject({ code: 1 });
    for (const args of [
      ['resolve', 'x'],
      ['resolve', 'x', '--outcome', 'MAYBE', '--note', 'x'],
      ['show'],
      ['other'],
      ['list', '--note', 'x'],
    ])
      expect((await invoke('reviews', ...args)).code, args.join(' ')).toBe(2);
    expect((await invoke('audit', 'show')).code).toBe(2);
  });
});
