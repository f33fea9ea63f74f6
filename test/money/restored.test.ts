import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { backUpEmbedded } from '../../src/store/index.ts';
import type { MoneySettings } from '../../src/workflows/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { type RunningGateway, startGateway } from '../helpers/gateway.ts';
import { gatewaySettings } from '../helpers/world.ts';

let folder: string;
let standins: Standins;
let gateway: RunningGateway;
afterEach(async () => {
  await gateway.stop();
  await standins.stop();
  rmSync(folder, { recursive: true, force: true });
});

const portfolio = seedPortfolio({ key: 'restored', manager: 'USER_MANAGED', holdings: { $EUR: '1000.00' } });

async function start(dataDir: string, money: MoneySettings): Promise<void> {
  gateway = await startGateway({ ...gatewaySettings(standins), auth: 'local-operator', store: { dataDir }, money });
  standins.upvest.webhooks.register(`${gateway.url}/webhooks/upvest`);
}

async function ask(mutation: string, noun: string, amount: string): Promise<string> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  const inputType = mutation.endsWith('VirtualCash') ? 'VirtualCash' : type;
  const query = `mutation ($input: ${inputType}Input!) { result: ${mutation}(input: $input) {
    ... on ${type}Success { replayed object: ${noun} { id } } ... on Error { code message } } }`;
  const input = { portfolioId: portfolio.portfolioId, amount, currency: 'EUR', idempotencyKey: `${mutation}, May` };
  const { data, text } = await gateway.ask(query, { input });
  const id = (data as { result?: { object?: { id: string } } } | undefined)?.result?.object?.id;
  if (id === undefined) throw new Error(text);
  return id;
}

async function settled(ids: readonly string[]): Promise<void> {
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) {
    ... on Deposit { deposit: state } ... on Withdrawal { withdrawal: state } ... on VirtualCashMovement { moved: status } } }`;
  await eventually(async () => {
    const { data, text } = await gateway.ask(query, { ids });
    if (data === undefined) throw new Error(text);
    const { nodes } = data as { nodes: Record<string, string>[] };
    for (const node of nodes)
      for (const state of Object.values(node)) expect(['COMPLETED', 'CONFIRMED']).toContain(state);
  }, 30_000);
}

async function restart(money: MoneySettings): Promise<void> {
  await gateway.stop();
  mkdirSync(join(folder, 'second'), { recursive: true });
  copyFileSync(join(folder, 'copy.db'), join(folder, 'second', 'gateway.db'));
  await start(join(folder, 'second'), money);
}

it.each(['withdrawal', 'virtual-cash'] as const)(
  'a gateway on a copy of its database from before does the same requests once, with payout by %s',
  async (payout) => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-restored-'));
    const money: MoneySettings = { booking: 'investsuite', funding: 'virtual-cash', payout };
    standins = await startStandins({ seed: combineSeeds(portfolio), settleDelayMs: 5 });
    await start(join(folder, 'first'), money);
    backUpEmbedded(join(folder, 'first'), join(folder, 'copy.db'));
    const all = async (): Promise<string[]> => {
      const ids = [
        await ask('registerDeposit', 'deposit', '10.01'),
        await ask('increaseVirtualCash', 'virtualCashMovement', '20.02'),
        await ask('requestWithdrawal', 'withdrawal', '30.03'),
        await ask('decreaseVirtualCash', 'virtualCashMovement', '40.04'),
      ];
      await settled(ids);
      return ids;
    };
    const ids = await all();
    const ledgers = () =>
      [...standins.upvest.ledger(), ...standins.investSuite.ledger()].map(({ kind }) => kind).sort();
    const before = ledgers();
    await restart(money);
    expect(await all()).toEqual(ids);
    expect(ledgers()).toEqual(before);
    expect(standins.upvest.balance(portfolio.broker.accountGroupId ?? '', 'EUR').balance).toBe('959.96');
  },
  60_000,
);

/** The same key with another body is answered with what was made under it. */
const upvestSettings = { idempotencyConflict: 'replay' } as const;

const OTHER_AMOUNTS = [
  ['registerDeposit', 'deposit', 'withdrawal'],
  ['increaseVirtualCash', 'virtualCashMovement', 'withdrawal'],
  ['requestWithdrawal', 'withdrawal', 'withdrawal'],
  ['requestWithdrawal', 'withdrawal', 'virtual-cash'],
  ['decreaseVirtualCash', 'virtualCashMovement', 'withdrawal'],
] as const;

it.each(OTHER_AMOUNTS)(
  'after a restore %s of another amount under the same key needs a person (%s, payout by %s)',
  async (mutation, noun, payout) => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-restored-'));
    const money: MoneySettings = { booking: 'investsuite', funding: 'virtual-cash', payout };
    standins = await startStandins({ seed: combineSeeds(portfolio), settleDelayMs: 5, upvestSettings });
    await start(join(folder, 'first'), money);
    backUpEmbedded(join(folder, 'first'), join(folder, 'copy.db'));
    await settled([await ask(mutation, noun, '10.01')]);
    const before = standins.upvest.ledger();
    await restart(money);
    const id = await ask(mutation, noun, '20.02');
    const query = `query ($id: ID!) { node(id: $id) {
      ... on Deposit { deposit: state reason } ... on Withdrawal { withdrawal: state reason }
      ... on VirtualCashMovement { moved: status } } }`;
    await eventually(async () => {
      const { data, text } = await gateway.ask(query, { id });
      const node = (data as { node?: Record<string, string> } | undefined)?.node;
      if (node === undefined) throw new Error(text);
      if (noun === 'virtualCashMovement') return expect(node['moved']).toBe('UNKNOWN');
      expect(Object.values(node)).toContain('NEEDS_REVIEW');
      expect(node['reason']).toMatch(/^Upvest answered with \S+ over 10\.01 EUR/);
      expect(node['reason']).toContain(portfolio.broker.accountGroupId);
    }, 30_000);
    expect(standins.upvest.ledger()).toEqual(before);
  },
  60_000,
);
