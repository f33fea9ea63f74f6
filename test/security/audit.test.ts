import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { appendAudit, type Store, verifyAudit } from '../../src/store/index.ts';
import { describeStores } from '../helpers/stores.ts';
import { startWorld, type World } from '../helpers/world.ts';

/** Five rows in one chain, and one in another. */
async function filled(store: Store): Promise<number> {
  for (const action of ['one', 'two', 'three', 'four', 'five']) {
    await store.write((writing) =>
      appendAudit(writing, { actor: 'somebody', action, subjectId: 'dep_1', content: { amount: '1.00' } }),
    );
  }
  await store.write((writing) =>
    appendAudit(writing, { actor: 'somebody', action: 'other', subjectId: 'wdr_7', content: {} }),
  );
  const { chain } = await store.read(({ db }) =>
    db.selectFrom('audit').select('chain').where('action', '=', 'one').executeTakeFirstOrThrow(),
  );
  return chain;
}

/** Manual changes to the database and the finding for each; N is the chain. */
const TAMPERING: readonly (readonly [what: string, statements: readonly string[], said: readonly string[]])[] = [
  ...(['at', 'actor', 'action', 'subject_id', 'content', 'previous_hash'] as const).map(
    (column) =>
      [
        `${column} of a row altered`,
        [`update audit set ${column} = ${column === 'at' ? '7' : "'x'"} where chain = N and sequence = 3`],
        ['3 altered'],
      ] as const,
  ),
  ['a hash altered', ["update audit set hash = 'x' where chain = N and sequence = 3"], ['3 altered', '4 inserted']],
  ['the first row removed', ['delete from audit where chain = N and sequence = 1'], ['1 removed']],
  ['a row removed', ['delete from audit where chain = N and sequence = 3'], ['3 removed']],
  ['two rows removed', ['delete from audit where chain = N and sequence in (2, 3)'], ['2 removed', '3 removed']],
  ['the last row removed', ['delete from audit where chain = N and sequence = 5'], ['5 cut off']],
  ['the last two removed', ['delete from audit where chain = N and sequence >= 4'], ['4 cut off']],
  ['all rows of a chain removed', ['delete from audit where chain = N'], ['1 cut off']],
  [
    'everything removed',
    ['delete from audit', 'delete from audit_heads'],
    Array.from({ length: 16 }, () => '0 removed'),
  ],
  [
    'a chain removed with its head',
    ['delete from audit where chain = N', 'delete from audit_heads where chain = N'],
    ['0 removed'],
  ],
  ['only a head removed', ['delete from audit_heads where chain = N'], ['0 removed']],
  [
    'a row put in at the end',
    [
      'insert into audit select chain, 6, at, actor, action, subject_id, content, hash, hash from audit where chain = N and sequence = 5',
    ],
    ['6 altered', '6 inserted'],
  ],
  [
    'rows swapped',
    [
      'update audit set sequence = 99 where chain = N and sequence = 2',
      'update audit set sequence = 2 where chain = N and sequence = 3',
      'update audit set sequence = 3 where chain = N and sequence = 99',
    ],
    ['2 altered', '3 altered', '4 inserted'],
  ],
  [
    'a row moved to another chain',
    [
      'update audit set chain = 99, sequence = 1 where chain = N and sequence = 5',
      "insert into audit_heads values (99, 1, 'x')",
    ],
    ['5 cut off', '1 altered', '1 altered', '0 inserted'],
  ],
  [
    'the head turned back',
    [
      'update audit_heads set sequence = 4, hash = (select hash from audit where chain = N and sequence = 4) where chain = N',
    ],
    ['5 inserted'],
  ],
];

describeStores('the audit', (kind) => {
  it('is valid when it was not edited', async () => {
    const store = await kind.open();
    await filled(store);
    expect(await store.read((reading) => verifyAudit(reading))).toMatchObject({ rows: 6, findings: [] });
  });

  it.each(TAMPERING)('shows it: %s', async (_what, statements, said) => {
    const store = await kind.open();
    const chain = await filled(store);
    await store.write(async ({ db }) => {
      for (const statement of statements) await sql.raw(statement.replaceAll('= N', `= ${chain}`)).execute(db);
    });
    const { findings } = await store.read((reading) => verifyAudit(reading));
    expect(findings.map(({ sequence, problem }) => `${sequence} ${problem}`)).toEqual(said);
  });
});

/** Asks for a mutation and answers with what came of it, and the id of what was made where it tells one. */
async function mutate(world: World, name: string, input: string, key: string = name) {
  const made = { requestWithdrawal: 'withdrawal', decreaseVirtualCash: 'virtualCashMovement' }[name];
  const success = `${name[0]?.toUpperCase()}${name.slice(1)}Success`;
  const { text } = await world.ask(
    `mutation { ${name}(input: { ${input}, idempotencyKey: "${key}" }) { __typename ${made ? `... on ${success} { ${made} { id } }` : ''} } }`,
  );
  return { text, id: /"id":"(\w+)"/.exec(text)?.[1] ?? 'none' };
}

/** The requests of callers, oldest first, without the gateway's own steps. */
async function asked({ gateway }: World): Promise<readonly string[]> {
  const rows = await gateway.store.read(({ db }) =>
    db.selectFrom('audit').select(['actor', 'action']).orderBy('at').execute(),
  );
  const actor = JSON.stringify(['invest-gateway', 'local-operator']);
  return rows.filter((row) => row.actor === actor).map(({ action }) => action);
}

describe('what callers ask for', () => {
  it('is in the audit with who asked, once however often it is sent, and not where it was refused', async () => {
    const one = seedPortfolio({ key: 'audited', manager: 'USER_MANAGED', brokerCash: '500.00' });
    const world = await startWorld({ seed: [one] });
    const money = `portfolioId: "${one.portfolioId}", amount: "1", currency: "EUR"`;
    const withdrawal = await mutate(world, 'requestWithdrawal', money);
    await mutate(world, 'cancelWithdrawal', `id: "${withdrawal.id}"`);
    await mutate(world, 'registerDeposit', money);
    await mutate(world, 'registerDeposit', money);
    await mutate(world, 'increaseVirtualCash', money);
    const movement = await mutate(world, 'decreaseVirtualCash', money);
    await mutate(world, 'cancelVirtualCashDecrease', `id: "${movement.id}"`);
    const changes = 'holdings: [{ instrumentId: "US0378331005", quantity: "7" }]';
    const held = await mutate(world, 'updateHoldings', `portfolioId: "${one.portfolioId}", ${changes}`);
    const refused = await mutate(world, 'registerDeposit', money.replace('"1"', '"-1"'), 'refused');
    const done = await asked(world);
    const { findings } = await world.gateway.store.read((reading) => verifyAudit(reading));
    await world.stop();
    expect(held.text).toContain('UpdateHoldingsSuccess');
    expect(refused.text).toContain('InvalidInputError');
    const once = [
      'requestWithdrawal',
      'cancelWithdrawal',
      'registerDeposit',
      'increaseVirtualCash',
      'decreaseVirtualCash',
      'updateHoldings',
    ];
    for (const mutation of once)
      expect(
        done.filter((action) => action === mutation),
        mutation,
      ).toHaveLength(1);
    expect(findings).toEqual([]);
  });
});
