import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ExactJson } from '../../../src/datasources/upstream/exact-json.ts';
import { VerifyKeys } from '../../../src/datasources/upvest/verify-keys.ts';
import { systemRuntime } from '../../../src/domain/runtime.ts';

function row(kid: string): { readonly [key: string]: ExactJson } {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey.export({ format: 'jwk' });
  return { kid, kty: 'EC', crv: 'P-521', x, y };
}

/** A key server and a clock, both in our hands. */
function setUp(...kids: string[]) {
  const state = {
    now: 0,
    calls: 0,
    answer: async (): Promise<ExactJson> => ({ keys: kids.map(row) }),
    invalid: [] as string[],
  };
  const keys = new VerifyKeys({
    runtime: { ...systemRuntime, monotonicMs: () => state.now },
    onInvalidKeys: (places) => state.invalid.push(...places),
    fetch: async () => {
      state.calls += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return await state.answer();
    },
  });
  return { state, keys };
}

describe("Upvest's public keys", () => {
  it('are fetched once for all who wait, and then kept', async () => {
    const { state, keys } = setUp('a', 'b');
    const found = await Promise.all(Array.from({ length: 50 }, (_, at) => keys.get(at % 2 === 0 ? 'a' : 'b')));
    expect(found.every((key) => key?.asymmetricKeyType === 'ec')).toBe(true);
    await keys.get('a');
    expect(state.calls).toBe(1);
  });

  it('are fetched again on an unknown id: that is how a new key is found', async () => {
    const { state, keys } = setUp('a');
    await keys.get('a');
    state.answer = async () => ({ keys: [row('a'), row('b')] });
    expect(await keys.get('b')).toBeDefined();
    expect(state.calls).toBe(2);
    state.answer = async () => ({ keys: [row('b'), row('c')] });
    expect(await keys.get('c')).toBeDefined();
    expect(state.calls).toBe(3);
    expect(await keys.get('b')).toBeDefined();
  });

  it('are asked for once for all unknown ids that come together', async () => {
    const { state, keys } = setUp('a');
    const bad = Array.from({ length: 100 }, (_, at) => keys.get(`bad-${at}`));
    expect(await Promise.all(bad)).toEqual(bad.map(() => undefined));
    expect(state.calls).toBe(1);
  });

  it('are asked for five times at once for unknown ids, then once in two seconds, and found by those calls', async () => {
    const { state, keys } = setUp('a');
    for (let at = 0; at < 5; at += 1) expect(await keys.get(`bad-${at}`)).toBeUndefined();
    expect(state.calls).toBe(5);
    const startedAt = performance.now();
    const bad = keys.get('bad');
    state.answer = async () => ({ keys: [row('a'), row('b')] });
    expect((await keys.get('b'))?.type).toBe('public');
    // A lower bound only.
    expect(performance.now() - startedAt).toBeGreaterThan(1_900);
    expect(await bad).toBeUndefined();
    expect(state.calls).toBe(6);
  });

  it('are not asked for again at once for an id that was not among them', async () => {
    const { state, keys } = setUp('a');
    for (let times = 0; times < 10; times += 1) expect(await keys.get('bad')).toBeUndefined();
    expect(state.calls).toBe(1);
    state.now = 2_000;
    expect(await keys.get('bad')).toBeUndefined();
    expect(state.calls).toBe(2);
  });

  it('let only so many deliveries wait for them; known ones never wait', async () => {
    const { state, keys } = setUp('a');
    await keys.get('a');
    let answer = (_: ExactJson): void => undefined;
    const held = new Promise<ExactJson>((resolve) => (answer = resolve));
    state.answer = () => held;
    const waiting = Array.from({ length: 4_096 }, (_, at) => keys.get(`bad-${at}`));
    await expect(keys.get('one-too-many')).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect(await keys.get('a')).toBeDefined();
    answer({ keys: [row('a'), row('b')] });
    await Promise.all(waiting);
    expect(await keys.get('b')).toBeDefined();
  });

  it('of a good id that comes while a bad one is asked for are found by the same call', async () => {
    const { state, keys } = setUp('a');
    const [bad, good] = await Promise.all([keys.get('bad'), keys.get('a')]);
    expect([bad, good?.type]).toEqual([undefined, 'public']);
    expect(state.calls).toBe(1);
  });

  it('that can not be had are an error, not a refusal, and not asked for in a loop', async () => {
    const { state, keys } = setUp('a');
    const down = new Error('down');
    state.answer = () => Promise.reject(down);
    await expect(Promise.all([keys.get('a'), keys.get('a')])).rejects.toBe(down);
    await expect(keys.get('a')).rejects.toBe(down);
    expect(state.calls).toBe(1);
    state.now = 2_000;
    state.answer = async () => ({ keys: [row('a')] });
    expect(await keys.get('a')).toBeDefined();
  });

  it('known ones serve while Upvest is down', async () => {
    const { state, keys } = setUp('a');
    await keys.get('a');
    state.answer = () => Promise.reject(new Error('down'));
    state.now = 10 * 3_600_000;
    expect(await keys.get('a')).toBeDefined();
    expect(await keys.get('a')).toBeDefined();
    expect(state.calls).toBe(2);
  });

  it('that were withdrawn end an hour later', async () => {
    const { state, keys } = setUp('a');
    await keys.get('a');
    state.answer = async () => ({ keys: [row('b')] });
    state.now = 3_600_000;
    await keys.get('a');
    await expect.poll(async () => await keys.get('a')).toBeUndefined();
    expect(await keys.get('b')).toBeDefined();
  });

  it('include the documented example; one that can not be read spoils only itself', async () => {
    const { state, keys } = setUp();
    const documented = {
      kid: '9ed77463-c18e-4794-ab5c-17423f9b801a',
      kty: 'EC',
      crv: 'P-521',
      x: 'AcYAf5Ou0UvtehpeRvyhnvvrUQvjI4B3VCxfSmxK4gqKJGxO_jTB-nTdrHbBfmZpwmwYR86DppMg43E579K5MQ54',
      y: 'ALkrId77iD0Ye2vBS5bTkLqPH-bo8urTpTXiNc6Ub-VOFbXfJrR0tQ8COvVXXu58BTu8jWV-1mtbjfJpDl3ISbcK',
    };
    const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const okp = { kid: 'ed', kty: 'OKP', crv: 'Ed25519', x: ed25519.x ?? '', use: 'sig' };
    state.answer = async () => ({ keys: [{ ...documented, kid: 'off', x: 'AAAA' }, 'no', documented, okp] });
    expect(await keys.get(documented.kid)).toBeDefined();
    expect((await keys.get('ed'))?.asymmetricKeyType).toBe('ed25519');
    expect(await keys.get('off')).toBeUndefined();
    expect(state.invalid).toContain('keys.0');
    expect(state.invalid).toContain('keys.1');
  });

  it('in an answer of another shape are an error', async () => {
    const { state, keys } = setUp();
    state.answer = async () => ({ data: [] });
    await expect(keys.get('a')).rejects.toMatchObject({ code: 'UPSTREAM_INVALID_ANSWER' });
  });
});
