import { describe, expect, it } from 'vitest';
import { type Capability, parseInstrumentKey } from '../../../src/datasources/upvest/index.ts';
import { systemRuntime } from '../../../src/domain/runtime.ts';
import { type FakeUpvest, problem } from './fake-upvest.ts';
import { connect, groupId, setUp } from './harness.ts';

const KEY = key('isin:US0378331005');
const PATH = `/instruments/${KEY}`;
const APPLE = { id: '1', isin: 'US0378331005', name: 'Apple', trading_status: 'ACTIVE', fractional_trading: true };
const GROUP = groupId('d0fc0305-97b7-4e3b-bddf-66d3c434898c');
const TEN_MINUTES = 600_000;

function key(text: string) {
  const parsed = parseInstrumentKey(text);
  if (parsed === undefined) throw new Error('no key');
  return parsed;
}

const scopesAsked = (fake: FakeUpvest): readonly (string | null)[] =>
  fake.tokenCalls.map(({ body }) => new URLSearchParams(body).get('scope'));

/** Refuses the token of the capability, as one of the documented ways. */
function refuseToken(fake: FakeUpvest, answer: ReturnType<typeof problem>): void {
  const grant = fake.grantToken.bind(fake);
  fake.tokenAnswer = (call) => (/instruments/.test(call.body) ? answer : grant(call));
}

describe('a capability', () => {
  it('is asked for with a token of its own scope, which no other call uses', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', PATH, () => ({ body: APPLE }));
    fake.on('GET', `/account_groups/${GROUP}`, () => ({ body: { id: GROUP, status: 'ACTIVE', users: [] } }));
    expect(upvest.capabilities.stateOf('instruments')).toBe('unknown');
    expect(await upvest.instrument(KEY)).toMatchObject({ name: 'Apple' });
    await upvest.accountGroup(GROUP);
    expect(fake.callsTo('GET', PATH)[0]?.scope).toBe('instruments:read');
    expect(fake.callsTo('GET', `/account_groups/${GROUP}`)[0]?.scope).not.toMatch(/instruments/);
    expect(upvest.capabilities.stateOf('instruments')).toBe('granted');
    expect(fake.refused).toEqual([]);
  });

  it('that is off is null, without a call', async () => {
    const { fake, upvest } = await setUp({ capabilities: ['prices'] });
    expect(await upvest.instrument(KEY)).toBeNull();
    expect(await upvest.instruments({ order: 'created_at ASC', offset: 0 })).toBeNull();
    expect(upvest.capabilities.stateOf('instruments')).toBe('off');
    expect(fake.calls).toEqual([]);
  });

  it('that there is not is refused where it is set, with the names that there are', async () => {
    const { fake } = await setUp();
    // As an embedder in JavaScript may write it.
    const capabilities: readonly Capability[] = JSON.parse('["prices", "names"]');
    expect(() => connect({ ...fake.options, capabilities })).toThrow(/names; there are valuations, .*ledger/);
  });

  it.each([
    ['400', problem(400, 'invalid_scope', 'The requested scope is invalid')],
    ['401', problem(401, 'unauthorised', 'Client authentication failed')],
    ['403', problem(403, 'forbidden', 'Access denied')],
  ])('whose token is refused by %s costs one token call in ten minutes and nothing else', async (_status, answer) => {
    let now = 0;
    const { fake, upvest } = await setUp({ runtime: { ...systemRuntime, monotonicMs: () => now } });
    refuseToken(fake, answer);
    fake.on('GET', PATH, () => ({ body: APPLE }));
    fake.on('GET', `/account_groups/${GROUP}`, () => ({ body: { id: GROUP, status: 'ACTIVE', users: [] } }));
    const refusals = () => scopesAsked(fake).filter((scope) => scope === 'instruments:read').length;
    const manyReads = () => Promise.allSettled(Array.from({ length: 30 }, () => upvest.instrument(KEY)));

    for (const read of await manyReads()) {
      expect(read).toMatchObject({ status: 'rejected', reason: { code: 'CAPABILITY_NOT_GRANTED', retryable: false } });
    }
    expect(upvest.capabilities.stateOf('instruments')).toBe('not-granted');
    now = TEN_MINUTES - 1;
    await manyReads();
    expect(refusals()).toBe(1);
    expect(await upvest.accountGroup(GROUP)).not.toBeNull();
    expect(upvest.circuitOpen).toBe(false);

    now = TEN_MINUTES;
    fake.tokenAnswer = undefined;
    expect(await upvest.instrument(KEY)).toMatchObject({ name: 'Apple' });
    expect(refusals()).toBe(2);
  });

  it('whose calls are answered 403 is not called again for ten minutes, then with a new token', async () => {
    let now = 0;
    const { fake, upvest } = await setUp({
      runtime: { ...systemRuntime, monotonicMs: () => now },
      maxConcurrentCalls: 4,
    });
    let granted = false;
    fake.on('GET', PATH, () => (granted ? { body: APPLE } : problem(403, 'forbidden', 'Access denied')));
    // More reads than calls fit at once: those that waited for a place do not fetch a new token.
    const keys = Array.from({ length: 40 }, (_, at) => key(`isin:DE00000000${String(at).padStart(2, '0')}`));
    for (const each of keys) fake.on('GET', `/instruments/${each}`, () => problem(403, 'forbidden', 'Access denied'));
    const ends = await Promise.allSettled(keys.map((each) => upvest.instrument(each)));
    for (const end of ends) expect(end).toMatchObject({ reason: { code: 'CAPABILITY_NOT_GRANTED' } });
    expect(fake.tokenCalls).toHaveLength(1);
    const called = fake.calls.length;
    granted = true;
    now = TEN_MINUTES - 1;
    await expect(upvest.instrument(KEY)).rejects.toMatchObject({ code: 'CAPABILITY_NOT_GRANTED' });
    expect(fake.calls).toHaveLength(called);
    now = TEN_MINUTES;
    expect(await upvest.instrument(KEY)).toMatchObject({ name: 'Apple' });
    expect(fake.tokenCalls).toHaveLength(2);
  });

  it('whose token is refused for the signature is asked for again soon: the scope is not at fault', async () => {
    let now = 0;
    const { fake, upvest } = await setUp({ runtime: { ...systemRuntime, monotonicMs: () => now } });
    refuseToken(fake, problem(401, 'unauthorised', 'Signature is incorrect'));
    await expect(upvest.instrument(KEY)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    now = 1_000;
    fake.tokenAnswer = undefined;
    fake.on('GET', PATH, () => ({ body: APPLE }));
    expect(await upvest.instrument(KEY)).toMatchObject({ name: 'Apple' });
  });
});
