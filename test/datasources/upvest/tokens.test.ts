import { describe, expect, it } from 'vitest';
import { WireAnswer } from '../../../src/datasources/upstream/client.ts';
import { TokenSource } from '../../../src/datasources/upvest/tokens.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import { systemRuntime } from '../../../src/domain/runtime.ts';
import { CLIENT_ID, CLIENT_SECRET, problem } from './fake-upvest.ts';
import { connect, gate, groupId, setUp, verdictOn } from './harness.ts';

const GROUP = groupId('d0fc0305-97b7-4e3b-bddf-66d3c434898c');
const GROUP_PATH = `/account_groups/${GROUP}`;
const GROUP_BODY = { id: GROUP, status: 'ACTIVE', users: [] };

const increase = (amount = '1') => ({
  accountGroupId: GROUP,
  amount: decimal(amount),
  currency: 'EUR',
  idempotencyKey: '2f0d4c8e-5a53-4d0b-9c3c-0c9c1a2b3c4d',
});

describe('tokens', () => {
  it('are asked for with a signed form, one per set of scopes', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', GROUP_PATH, () => ({ body: GROUP_BODY }));
    fake.on('GET', '/auth/verify_keys', () => ({ body: { keys: [] } }));
    await upvest.accountGroup(GROUP);
    await upvest.createVirtualCashIncrease(increase());
    const delivery = { method: 'POST', path: '/', query: '', headers: {}, body: new Uint8Array() };
    await verdictOn(upvest, delivery);
    expect(fake.refused).toEqual([]);
    const forms = fake.tokenCalls.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
    expect(forms[0]).toEqual({
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      grant_type: 'client_credentials',
      scope: 'accounts:read positions:read orders:read payments:read reference_accounts:read transactions:read',
    });
    expect(forms[1]?.['scope']).toBe('payments:admin virtual_cash_balances:admin');
    expect(forms).toHaveLength(2);
    expect(fake.tokenCalls[0]?.headers.authorization).toBeUndefined();
    expect(fake.callsTo('GET', GROUP_PATH)[0]?.scope).toBe(forms[0]?.['scope']);
    expect(fake.callsTo('POST', '/virtual_cash_balances/increases')[0]?.scope).toBe(forms[1]?.['scope']);
  });

  it('have the scopes of the settings', async () => {
    const { fake } = await setUp();
    fake.on('GET', GROUP_PATH, () => ({ body: GROUP_BODY }));
    const upvest = connect({ ...fake.options, scopes: { read: 'accounts:read' } });
    await upvest.accountGroup(GROUP);
    expect(fake.callsTo('GET', GROUP_PATH)[0]?.scope).toBe('accounts:read');
  });

  it('are fetched once for all who wait', async () => {
    const { fake, upvest } = await setUp({ maxConcurrentCalls: 4 });
    const groups = Array.from({ length: 40 }, (_, at) => groupId(`g${at}`));
    for (const id of groups) fake.on('GET', `/account_groups/${id}`, () => ({ body: { ...GROUP_BODY, id } }));
    const found = await Promise.all(groups.map((id) => upvest.accountGroup(id)));
    expect(found.map((group) => group?.id)).toEqual(groups);
    expect(fake.tokenCalls).toHaveLength(1);
  });

  it('are renewed behind the calls before they end, and before the calls once they have ended', async () => {
    const answers: (() => void)[] = [];
    let now = 0;
    const read = (): Promise<WireAnswer> =>
      new Promise((resolve) => {
        const body = JSON.stringify({ access_token: `token-${answers.length + 1}`, expires_in: 100 });
        answers.push(() => resolve(new WireAnswer(200, {}, Buffer.from(body))));
      });
    const secret = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
    const tokens = new TokenSource({
      client: { read },
      secret,
      scope: 'a',
      runtime: { ...systemRuntime, monotonicMs: () => now },
    });
    const first = tokens.get({});
    answers[0]?.();
    expect(await first).toBe('token-1');
    now = 79_999;
    expect(await tokens.get({})).toBe('token-1');
    expect(answers).toHaveLength(1);
    now = 80_000;
    expect([await tokens.get({}), await tokens.get({})]).toEqual(['token-1', 'token-1']);
    expect(answers).toHaveLength(2);
    now = 95_000;
    const waiting = tokens.get({});
    answers[1]?.();
    expect(await waiting).toBe('token-2');
    expect(await tokens.get({})).toBe('token-2');
    expect(answers).toHaveLength(2);
  });

  it('that are refused with 401 are replaced once, and the call is made again', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', GROUP_PATH, () => ({ body: GROUP_BODY }));
    await upvest.accountGroup(GROUP);
    fake.revokeTokens();
    const [one, two] = await Promise.all([upvest.accountGroup(GROUP), upvest.withdrawalsOfGroup(GROUP)]);
    expect([one?.id, two]).toEqual([GROUP, null]);
    expect(fake.tokenCalls).toHaveLength(2);
  });

  it('do not help when calls are refused whatever the token: no loop', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', GROUP_PATH, () => problem(401, 'unauthorised', 'Signature is incorrect'));
    for (let at = 0; at < 5; at += 1) {
      await expect(upvest.accountGroup(GROUP)).rejects.toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        reason: 'unauthenticated',
        status: 401,
      });
    }
    expect(fake.tokenCalls).toHaveLength(2);
  });

  it('are not what a 403 is about', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', GROUP_PATH, () => problem(403, 'forbidden', 'scope'));
    await expect(upvest.accountGroup(GROUP)).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED', status: 403 });
    expect(fake.tokenCalls).toHaveLength(1);
  });

  it('that can not be had stop reads and writes, and are not asked for by each of them', async () => {
    const { fake } = await setUp();
    const upvest = connect({ ...fake.options, clientSecret: 'another' });
    const reads = Array.from({ length: 20 }, (_, at) =>
      upvest.accountGroup(groupId(`g${at}`)).catch((e: unknown) => e),
    );
    for (const error of await Promise.all(reads)) {
      expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', reason: 'unauthenticated' });
    }
    expect(fake.tokenCalls.length).toBeLessThanOrEqual(2);
    expect(await upvest.createVirtualCashIncrease(increase())).toMatchObject({
      kind: 'notSent',
      reason: 'unauthenticated',
    });
    expect(fake.calls.every(({ path }) => path === '/auth/token')).toBe(true);
  });

  it('are waited for no longer than a caller may wait, and serve the others', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', GROUP_PATH, () => ({ body: GROUP_BODY }));
    const issued = gate();
    const original = { access_token: 'ory_at_late', expires_in: 60, token_type: 'bearer', scope: '' };
    fake.tokenAnswer = async () => {
      await issued.passed;
      fake.tokenAnswer = undefined;
      return { body: original };
    };
    const patient = upvest.accountGroup(GROUP);
    const hurried = upvest.withdrawalsOfGroup(GROUP, { deadlineAt: performance.now() + 30 });
    await expect(hurried).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', reason: 'deadline' });
    const gone = new AbortController();
    const left = upvest.withdrawal('w1', { signal: gone.signal });
    gone.abort(new Error('the client left'));
    await expect(left).rejects.toThrow('the client left');
    issued.open();
    // The late token is not known to the fake, so that it is replaced as well.
    expect((await patient)?.id).toBe(GROUP);
  });

  it.each([
    ['no token', { expires_in: 60 }],
    ['a token that would be two headers', { access_token: 'a\r\nx-evil: 1', expires_in: 60 }],
    ['a lifetime that is none', { access_token: 'a', expires_in: 'soon' }],
    ['no JSON', 'token: a'],
    ['an empty body', ''],
  ])('in an answer with %s are none', async (_name, body) => {
    const { fake, upvest } = await setUp();
    fake.tokenAnswer = () => ({ body });
    await expect(upvest.accountGroup(GROUP)).rejects.toMatchObject({ reason: 'unauthenticated' });
    expect(fake.calls.every(({ path }) => path === '/auth/token')).toBe(true);
  });

  it('and the secret are in no error', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', GROUP_PATH, ({ headers }) => problem(400, 'bad_request', `you sent ${headers.authorization}`));
    const told: string[] = [];
    const tell = (error: unknown): void => {
      for (let each = error; each instanceof Error; each = each.cause)
        told.push(`${each.stack} ${JSON.stringify(each)}`);
    };
    await upvest.accountGroup(GROUP).catch(tell);
    const wrong = connect({ ...fake.options, clientSecret: 'another-secret' });
    await wrong.accountGroup(GROUP).catch(tell);
    expect(told.length).toBeGreaterThan(2);
    for (const secret of [...fake.issuedTokens, CLIENT_SECRET, 'another-secret', 'you sent']) {
      expect(told.join('\n')).not.toContain(secret);
    }
  });
});
