import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STANDINS_FILE, sandbox } from '../../src/commands/sandbox/index.ts';
import { type Standins, startStandins } from '../../src/standins/index.ts';
import { type Finished, runCommand, upstreamSettings } from '../helpers/command.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { parseSettings } from '../helpers/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
let standins: Standins;
beforeAll(async () => {
  standins = await startStandins({ seed: 'empty', settleDelayMs: 'manual' });
});
afterAll(async () => {
  await standins.stop();
  rmSync(folder, { recursive: true });
});

const run = (line: string, environment = upstreamSettings(standins)): Promise<Finished> =>
  runCommand(sandbox, line === '' ? [] : line.split(' '), environment);
const printed = async (line: string): Promise<Record<string, string>> => {
  const { code, stdout, stderr } = await run(line);
  expect([code, stderr]).toEqual([0, '']);
  return parseSettings(stdout);
};

describe('the sandbox', () => {
  it.each([
    ['in production', { NODE_ENV: 'production' }, 'NODE_ENV=production'],
    ['on another machine', { INVESTSUITE_URL: 'https://api.investsuite.com' }, 'is not on this machine'],
  ])('does nothing %s', async (_name, settings, why) => {
    const before = standins.upvest.calls.total;
    const { code, stdout, stderr } = await run('clock 30d', { ...upstreamSettings(standins), ...settings });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(why);
    expect(standins.upvest.calls.total).toBe(before);
  });

  it('says how to start stand-ins where it finds none, and that nobody answers', async () => {
    const none = await run('clock', { DATA_DIR: folder });
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('npm start')]);
    const dead = await run('clock', { INVESTSUITE_URL: 'http://127.0.0.1:9', UPVEST_URL: 'http://127.0.0.1:9' });
    expect([dead.code, dead.stderr]).toEqual([1, expect.stringContaining('is it still running?')]);
  });

  it('tells a server that is no stand-in', async () => {
    const { url, stop } = await listenOnLoopback(createServer((_, response) => response.writeHead(404).end()));
    const { code, stderr } = await run('clock', { INVESTSUITE_URL: url, UPVEST_URL: url });
    await stop();
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not a stand-in')]);
  });

  it('finds the stand-ins of a running gateway by their file', async () => {
    const urls = { investsuite: standins.investSuite.url, upvest: standins.upvest.url };
    writeFileSync(join(folder, STANDINS_FILE), JSON.stringify(urls));
    const { code, stdout } = await run('settings', { DATA_DIR: folder });
    const upstreams = upstreamSettings(standins);
    const key = upstreams['UPVEST_PRIVATE_KEY']?.trim().replaceAll('\n', '\\n');
    expect([code, parseSettings(stdout)]).toEqual([0, { ...upstreams, UPVEST_PRIVATE_KEY: key }]);
  });

  it.each(['', 'fly', 'force deposit', 'clock 1d 2d', 'cut upvest --speed fast'])('refuses "%s"', async (line) => {
    const { code, stdout, stderr } = await run(line);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: invest-gateway sandbox');
  });

  it.each([
    ['clock tomorrow', '36h, or 30d'],
    ['clock 500d', 'between 0 and 400 days'],
    ['force deposit mistrade', 'refuse, refuse-late, lose, stay'],
    ['force luck lose', 'deposit, withdrawal'],
    ['book dividend --amount 1.00', '--portfolio is missing'],
    ['book split --portfolio P01F8ZSNV0J45R9DFZ3D7D8C26F --amount 1', 'no such portfolio'],
    ['cut everything', 'investsuite or upvest'],
    ['portfolio --kind golden', 'self, robo'],
    ['set upvest luck=1', 'no setting "luck"'],
    ['cancel-line nothing', 'there is no line nothing'],
  ])('says what is wrong with "%s"', async (line, why) => {
    const { code, stderr } = await run(line);
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  });

  it('books, takes back, trades elsewhere and corrects by hand', async () => {
    const {
      PORTFOLIO = '',
      GROUP = '',
      ACCOUNT = '',
    } = await printed('portfolio --cash 50.00 --holding US0378331005=4');
    const of = `--portfolio ${PORTFOLIO}`;
    await printed(`book dividend ${of} --isin US0378331005 --amount 7.36 --taxes 2.64`);
    await printed(`book fee ${of} --amount 1.00`);
    const { LINE = '' } = await printed(`book split ${of} --isin US0378331005 --amount 4`);
    await printed(`cancel-line ${LINE}`);
    const lines = standins.upvest.cashTransactions(GROUP).map(({ type, delta }) => [type, delta.amount]);
    expect(lines).toEqual([
      ['CASH_DIVIDEND', '7.36'],
      ['FEE_COLLECTION', '-1.00'],
    ]);
    expect(standins.upvest.balance(GROUP).balance).toBe('56.36');
    expect(standins.upvest.positions(ACCOUNT)[0]?.quantity).toBe('4');
    await printed(`order ${of} --side SELL --isin US0378331005 --quantity 1 --flow SAVINGS_PLAN`);
    expect(standins.upvest.orders(ACCOUNT)).toMatchObject([{ side: 'SELL', initiation_flow: 'SAVINGS_PLAN' }]);
    await printed(`hold ${of} --holding US0378331005=3`);
    expect(standins.investSuite.holdings(PORTFOLIO)).toEqual({ $EUR: '50.00', US0378331005: '3' });
  });

  it('sends events of both, again, and signed with a new key', async () => {
    const { PORTFOLIO = '', GROUP = '' } = await printed('portfolio');
    await printed(`trigger CASH_BALANCE.UPDATED --portfolio ${PORTFOLIO}`);
    await printed('trigger TOPUP.NEW --object {"id":"1"}');
    const events = standins.upvest.webhooks.events().slice(-2);
    expect(events).toMatchObject([{ object: { account_group_id: GROUP } }, { type: 'TOPUP.NEW', object: { id: '1' } }]);
    await printed(`trigger portfolios/status-update --portfolio ${PORTFOLIO}`);
    expect(standins.investSuite.busEvents().at(-1)).toMatchObject({ action: 'status-update', data: { id: PORTFOLIO } });
    expect((await run('resend --last 2')).stdout).toBe('2 sent again\n');
    expect((await printed('rotate-keys drop-old'))['KEY']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes both away and brings them back', async () => {
    await run('cut investsuite --how 503');
    await run('cut upvest');
    await run('cut webhooks');
    expect([standins.investSuite.faults.list(), standins.upvest.faults.list()]).toMatchObject([
      [{ rule: { kind: 'status', status: 503 } }],
      [{ rule: { kind: 'reset-before' } }],
    ]);
    await run('restore');
    expect([...standins.investSuite.faults.list(), ...standins.upvest.faults.list()]).toEqual([]);
  });

  it('does what the page begins with', async () => {
    const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(readFileSync('docs/sandbox.md', 'utf8')) ?? [];
    const lines = block.trim().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) await printed(line.replace('npx invest-gateway sandbox ', ''));
  });

  it('sets both clocks forward', async () => {
    const time = async () => Date.parse((await run('clock')).stdout.trim());
    const before = await time();
    const { code, stdout } = await run('clock 30d');
    expect([code, stdout]).toEqual([0, expect.stringContaining('30 nights')]);
    expect(Math.round(((await time()) - before) / 86_400_000)).toBe(30);
    const { OPTIMIZATION = '' } = await printed(
      `recommend --portfolio ${(await printed('portfolio --kind robo'))['PORTFOLIO']} --isin US0378331005 --quantity -2`,
    );
    expect(OPTIMIZATION).toMatch(/^O/);
  });
});
