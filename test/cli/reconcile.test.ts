import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcileCommand } from '../../src/commands/reconcile.ts';
import { createUpvest } from '../../src/datasources/upvest/index.ts';
import { decimal } from '../../src/domain/decimal.ts';
import { parseAccountGroupId, parseBrokerageUserId } from '../../src/domain/ids.ts';
import { seedMovement, seedPortfolio } from '../../src/standins/index.ts';
import { getWorkflow, type WorkflowRow } from '../../src/store/index.ts';
import { runCommand, upstreamSettings } from '../helpers/command.ts';
import { eventually } from '../helpers/gateway.ts';
import { gatewaySettings, startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'reconcile/one', manager: 'USER_MANAGED', holdings: { $EUR: '5000.00' } });
const two = seedPortfolio({ key: 'reconcile/two' });
const group = parseAccountGroupId(one.broker.accountGroupId ?? '') ?? expect.fail('no group');

const dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [one, two], gateway: { store: { dataDir } } });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(async () => {
  await world.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  runCommand(reconcileCommand, args, { ...upstreamSettings(world), DATA_DIR: dataDir });

const SHAPES = {
  registerDeposit: ['RegisterDepositInput', '... on RegisterDepositSuccess { made: deposit { id } }'],
  requestWithdrawal: ['RequestWithdrawalInput', '... on RequestWithdrawalSuccess { made: withdrawal { id } }'],
  increaseVirtualCash: ['VirtualCashInput', '... on IncreaseVirtualCashSuccess { made: virtualCashMovement { id } }'],
  decreaseVirtualCash: ['VirtualCashInput', '... on DecreaseVirtualCashSuccess { made: virtualCashMovement { id } }'],
} as const;

/** Asks for money to be moved and waits until it has been. */
async function move(mutation: keyof typeof SHAPES, portfolioId: string, amount: string): Promise<WorkflowRow> {
  const [input, success] = SHAPES[mutation];
  const document = `mutation ($input: ${input}!) { result: ${mutation}(input: $input) { __typename ${success} } }`;
  const variables = { input: { portfolioId, amount, currency: 'EUR', idempotencyKey: randomUUID() } };
  const answer = await world.ask(document, variables);
  const { result } = answer.data as { result: { made?: { id: string } } };
  const id = result.made?.id ?? expect.fail(answer.text);
  return await eventually(async () => {
    const row = await world.gateway.store.read((reading) => getWorkflow(reading, id));
    expect(['COMPLETED', 'CONFIRMED']).toContain(row?.state);
    return row ?? expect.fail('no row');
  });
}

const findings = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('reconcile', () => {
  let deposit: WorkflowRow;

  it('finds nothing where all is in order, beside a running gateway', async () => {
    deposit = await move('registerDeposit', one.portfolioId, '100.50');
    await move('registerDeposit', one.portfolioId, '100.50');
    await move('requestWithdrawal', one.portfolioId, '40.00');
    await move('increaseVirtualCash', one.portfolioId, '7.00');
    await move('decreaseVirtualCash', one.portfolioId, '3.00');
    await move('registerDeposit', two.portfolioId, '25.00');
    expect(await run()).toEqual({
      code: 0,
      stdout: '',
      stderr: 'compared 6 workflows of 2 portfolios: nothing differs\n',
    });
  });

  it('shows on a terminal how far it is, and leaves nothing of that behind', async () => {
    const settings = { ...upstreamSettings(world), DATA_DIR: dataDir };
    const { code, stderr } = await runCommand(reconcileCommand, [], settings, { isTTY: true });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^\r\S+compared \d of 6 workflows/);
    expect(stderr.endsWith('\r\u001b[Kcompared 6 workflows of 2 portfolios: nothing differs\n')).toBe(true);
  });

  it('names a withdrawal made behind our back', async () => {
    const { upvest } = gatewaySettings(world);
    const other = createUpvest({ ...upvest, baseUrl: upvest.url, privateKeyPem: upvest.privateKey });
    const made = await other.createWithdrawal({
      accountGroupId: group,
      brokerageUserId: parseBrokerageUserId(one.broker.userId) ?? null,
      referenceAccountId: one.broker.referenceAccountIds[0] ?? '',
      amount: decimal('12.34'),
      currency: 'EUR',
      remittanceInformation: null,
      idempotencyKey: randomUUID(),
    });
    await other.close();
    const id = made.kind === 'accepted' ? made.value.id : expect.fail(made.kind);
    const { code, stdout } = await run('--json');
    expect(code).toBe(1);
    expect(findings(stdout)).toEqual([
      expect.objectContaining({
        kind: 'not-ours',
        system: 'UPVEST',
        portfolioId: one.portfolioId,
        accountGroupId: group,
        workflow: null,
        upstreamIds: [id],
        amount: '12.34',
        currency: 'EUR',
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        message: expect.stringContaining(`withdrawal ${id} of 12.34 EUR`),
      }),
    ]);
    expect(await run('--ours-only')).toMatchObject({ code: 0, stdout: '' });
  });

  it('names a deposit that is booked twice in InvestSuite', async () => {
    const now = new Date().toISOString();
    const twice = world.investSuite.book(two.portfolioId, {
      movements: [seedMovement({ units: '25.0', datetime: now })],
    });
    const { code, stdout } = await run('--json', '--ours-only');
    expect(code).toBe(1);
    expect(findings(stdout)).toEqual([
      expect.objectContaining({
        kind: 'double',
        system: 'INVESTSUITE',
        portfolioId: two.portfolioId,
        workflow: expect.objectContaining({ kind: 'deposit', state: 'COMPLETED' }),
        upstreamIds: [expect.any(String), expect.any(String)],
      }),
    ]);
    expect(stdout).toContain(twice.id);
  });

  it('names a deposit that is COMPLETED where the upstreams have nothing', async () => {
    const missing = 'dep_01JZZZZZZZZZZZZZZZZZZZZZZZ';
    const increase = randomUUID();
    const copy = {
      ...deposit,
      id: missing,
      amount: decimal('99.00'),
      subject: `upvest:virtual-cash-increase:${increase}`,
    };
    await world.gateway.store.write((writing) => writing.db.insertInto('workflows').values(copy).execute());
    const { code, stdout, stderr } = await run('--ours-only');
    expect(code).toBe(1);
    const lines = stdout.split('\n').filter((line) => line.includes(missing));
    expect(lines).toEqual([
      expect.stringContaining(`COMPLETED here, but Upvest has no virtual cash increase ${increase} of 99.00 EUR`),
      expect.stringContaining('COMPLETED here, but InvestSuite has no deposit of 99.00 EUR'),
    ]);
    expect(lines.every((line) => line.startsWith('missing '))).toBe(true);
    expect(stderr).toMatch(/: 3 to look at\n$/);
    await world.gateway.store.write((writing) =>
      writing.db.deleteFrom('workflows').where('id', '=', missing).execute(),
    );
  });

  it('names a workflow of any kind with an unknown outcome', async () => {
    const change = (set: Partial<Pick<WorkflowRow, 'state' | 'reason'>> & { kind?: string }) =>
      world.gateway.store.write((writing) =>
        writing.db
          .updateTable('workflows')
          .set(set as never)
          .where('id', '=', deposit.id)
          .execute(),
      );
    await change({ kind: 'order-change', state: 'IN_DOUBT', reason: 'the answer was lost' });
    const { stdout, stderr } = await run('--ours-only', '--since', new Date(deposit.created_at).toISOString());
    expect(stdout).toContain(`outcome-unknown ${deposit.id} ${one.portfolioId} IN_DOUBT: the answer was lost`);
    expect(stderr).toContain("1 of kind order-change can't be compared");
    await change({ kind: 'deposit', state: 'COMPLETED', reason: null });
  });

  it('reports nothing from before the given time', async () => {
    const { code, stdout } = await run('--since', new Date(Date.now() + 600_000).toISOString());
    expect([code, stdout]).toEqual([0, '']);
  });

  it('reports where an upstream does not allow a comparison', async () => {
    world.investSuite.settings.transactionsList = false;
    const { code, stdout } = await run();
    world.investSuite.settings.transactionsList = true;
    expect(code).toBe(1);
    expect(stdout.match(/^not-compared /gm)).toHaveLength(2);
    expect(stdout).toContain('InvestSuite refused the comparison: it refused to list (404)');
  });

  it.each([[['--since', 'yesterday']], [['--fast']], [['everything']]])('refuses %j with exit code 2', async (args) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: invest-gateway reconcile');
  });

  it('reports a missing database, and makes none', async () => {
    const nowhere = join(dataDir, 'nowhere');
    const { code, stderr } = await runCommand(reconcileCommand, [], { ...upstreamSettings(world), DATA_DIR: nowhere });
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no database in ${nowhere}`);
    expect(await runCommand(reconcileCommand, [], {})).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no upstream'),
    });
  });
});
