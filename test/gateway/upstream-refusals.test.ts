import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { exportAudit } from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type RewrittenWorld, startRewrittenWorld } from '../helpers/rewritten-world.ts';

const alice = seedUser({ key: 'refused-alice' });
const self = seedPortfolio({ key: 'refused-self', owner: alice, manager: 'USER_MANAGED', brokerCash: '1000' });
const robo = seedPortfolio({ key: 'refused-robo', owner: alice, brokerCash: '1000' });

let issuer: TestIssuer;
let world: RewrittenWorld;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startRewrittenWorld([self, robo], { auth: issuer.settings, pollMs: 50 });
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

const OPERATOR = { sub: 'an-operator', scope: 'operator' };
const ALICE = { sub: alice.id, scope: 'portfolios:read cash:withdraw' };
async function ask(claims: { sub: string; scope: string }, query: string, variables: Record<string, unknown> = {}) {
  const answer = await world.ask(query, variables, { authorization: `Bearer ${await issuer.token(claims)}` });
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

/** Upvest's answer to the next payment: problem+json, whose detail repeats the request. */
function upvestRefuses(status: number, problem: (sent: Record<string, string>) => object): void {
  world.standins.upvest.faults.clear();
  const match = { method: 'POST', path: '^/payments/withdrawals' };
  world.standins.upvest.faults.add({ kind: 'status', status, match });
  world.rewrite({
    upvest: (body, path) =>
      path.startsWith('/payments/withdrawals') ? JSON.stringify({ ...JSON.parse(body), ...problem({}) }) : body,
  });
}

const FIELDS =
  'id state reason reasonCode refusals { step system status code message requestId at } history { state reason note }';
async function withdraw(portfolioId: string, key: string, remittanceInformation = 'Rent for Annabel') {
  const data = await ask(
    ALICE,
    `mutation ($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) {
      ... on RequestWithdrawalSuccess { withdrawal { id } } ... on Error { code message } } }`,
    { input: { portfolioId, amount: '25.50', currency: 'EUR', remittanceInformation, idempotencyKey: key } },
  );
  const { id } = (data as { requestWithdrawal: { withdrawal: { id: string } } }).requestWithdrawal.withdrawal;
  return id;
}
const read = (claims: { sub: string; scope: string }, id: string) =>
  ask(claims, `query ($id: ID!) { withdrawal(id: $id) { ${FIELDS} } }`, { id });

async function auditOf(id: string): Promise<string> {
  const lines: string[] = [];
  await world.gateway.store.read((reading) =>
    exportAudit(reading, (row) => {
      if ('subject_id' in row && row.subject_id === id) lines.push(row.content);
    }),
  );
  return lines.join('\n');
}

describe.each([
  ['a self-investor', self],
  ['a robo portfolio, which has a reservation to release first', robo],
])('why Upvest refused to pay: %s', (_name, portfolio) => {
  it('is in a field for operators, the audit and the log, without data of the request; customers get a code', async () => {
    upvestRefuses(400, () => ({
      type: 'https://docs.upvest.co/errors/bad_request',
      detail:
        "The reference account 5a1d5ab2-0000-4000-8000-000000000001 ('Annabel Doe', DE89 3704 0044 0532 0130 00) can't take 25.50 EUR \"Rent for Annabel\": reference_account_id is not confirmed",
      request_id: 'afcd3c2f-6965-4e1b-bb3e-87a3b481ce29',
    }));
    const id = await withdraw(portfolio.portfolioId, `refused-${portfolio.portfolioId}`);
    const explained = {
      step: 'submit',
      system: 'UPVEST',
      status: 400,
      code: 'bad_request',
      requestId: 'afcd3c2f-6965-4e1b-bb3e-87a3b481ce29',
    };
    await eventually(async () =>
      expect(await read(OPERATOR, id)).toMatchObject({
        withdrawal: {
          state: 'FAILED',
          reason: 'Upvest refused to pay (400).',
          reasonCode: 'BANK_ACCOUNT_NOT_USABLE',
          refusals: [explained],
        },
      }),
    );
    const { withdrawal } = (await read(OPERATOR, id)) as { withdrawal: { refusals: [{ message: string }] } };
    const { message } = withdrawal.refusals[0];
    expect(message).toContain('reference_account_id is not confirmed');
    expect(await read(ALICE, id)).toMatchObject({
      withdrawal: { reasonCode: 'BANK_ACCOUNT_NOT_USABLE', refusals: null },
    });
    const audit = await auditOf(id);
    expect(audit).toContain('reference_account_id is not confirmed');
    const logged = world.log.filter((line) => line.includes('an upstream refused a call')).join('\n');
    expect(logged).toContain('reference_account_id is not confirmed');
    for (const text of [message, logged]) {
      for (const secret of ['Annabel', 'Doe', 'DE89', '3704', '25.50', '5a1d5ab2', 'Rent'])
        expect(text, secret).not.toContain(secret);
    }
  });
});

it('a refusal that speaks of the gateway is told while the withdrawal waits', async () => {
  upvestRefuses(403, () => ({
    type: 'https://docs.upvest.co/errors/forbidden',
    title: 'Forbidden',
    detail: 'The scope payments:admin is missing',
  }));
  const id = await withdraw(self.portfolioId, 'refused-403', 'x');
  await eventually(async () =>
    expect(await read(OPERATOR, id)).toMatchObject({
      withdrawal: {
        state: 'AWAITING_CASH',
        reasonCode: null,
        refusals: [{ status: 403, code: 'forbidden', message: 'The scope payments:admin is missing' }],
      },
    }),
  );
  world.standins.upvest.faults.clear();
  world.rewrite({});
});
