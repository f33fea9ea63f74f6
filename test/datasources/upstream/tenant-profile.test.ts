import { describe, expect, it } from 'vitest';
import {
  type ProfileEntry,
  parseProfileValues,
  TenantProfile,
} from '../../../src/datasources/upstream/tenant-profile.ts';

const BATCH = 'investsuite.users.batch';
const AN_HOUR_MS = 3_600_000;

function told() {
  const learned: ProfileEntry[] = [];
  const contradicted: ProfileEntry[] = [];
  const options = {
    onLearned: (entry: ProfileEntry) => learned.push(entry),
    onContradicted: (entry: ProfileEntry) => contradicted.push(entry),
  };
  return { learned, contradicted, options };
}

describe('a profile', () => {
  it('prefers the documented form where nothing is known', () => {
    const profile = new TenantProfile();
    expect(profile.prefers(BATCH, 'list')).toBe(true);
    expect(profile.hasSeen(BATCH, 'list')).toBe(false);
    expect(profile.names('investsuite.slash')).toEqual(new Set());
    expect(profile.isEmpty).toBe(true);
  });

  it('reports a new value once', () => {
    const { learned, options } = told();
    const profile = new TenantProfile(options);
    for (let time = 0; time < 3; time += 1) profile.learn(BATCH, 'single');
    expect(learned).toEqual([{ field: BATCH, value: 'single' }]);
    expect(profile.hasSeen(BATCH, 'single')).toBe(true);
  });

  it('tries the documented form again after a while', () => {
    const profile = new TenantProfile({ askAgainAfterMs: 0 });
    profile.learn(BATCH, 'single');
    expect(profile.prefers(BATCH, 'list')).toBe(true);
  });

  it('recalls what was kept, for the rest of its hour, and as a hint only', () => {
    const { learned, options } = told();
    const [young, old] = [new TenantProfile(options), new TenantProfile(options)];
    young.recall(BATCH, 'single', AN_HOUR_MS / 2);
    old.recall(BATCH, 'single', AN_HOUR_MS);
    expect([young.prefers(BATCH, 'single'), old.prefers(BATCH, 'single')]).toEqual([true, false]);
    expect(young.hasSeen(BATCH, 'single')).toBe(false);
    // By a clock that was set back meanwhile.
    const early = new TenantProfile(options);
    early.recall(BATCH, 'single', -AN_HOUR_MS);
    expect(early.prefers(BATCH, 'single')).toBe(true);
    expect(learned).toEqual([]);
  });

  it('ignores what another version has kept', () => {
    const profile = new TenantProfile();
    profile.recall('investsuite.colours', 'blue', 0);
    profile.recall(BATCH, 'by-post', 0);
    expect(profile.isEmpty).toBe(true);
  });

  it('does not let what was kept replace what it has learned since', () => {
    const profile = new TenantProfile();
    profile.learn(BATCH, 'list');
    profile.recall(BATCH, 'single', 0);
    expect(profile.prefers(BATCH, 'list')).toBe(true);
  });

  it('holds what is set before what is kept, until an answer contradicts it', () => {
    const { contradicted, options } = told();
    const profile = new TenantProfile({ ...options, set: { [BATCH]: 'single' }, askAgainAfterMs: 0 });
    profile.recall(BATCH, 'list', 0);
    expect(profile.prefers(BATCH, 'single')).toBe(true);
    profile.learn(BATCH, 'list');
    expect(profile.prefers(BATCH, 'list')).toBe(true);
    expect(contradicted).toEqual([{ field: BATCH, value: 'single' }]);
  });

  it('adds names to those that are set, and is contradicted only where one of these goes', () => {
    const { contradicted, options } = told();
    const profile = new TenantProfile({ ...options, set: { 'investsuite.slash': 'a b' } });
    profile.learnNames('investsuite.slash', ['a', 'b', 'c']);
    expect(contradicted).toEqual([]);
    profile.learnNames('investsuite.slash', ['b', 'c']);
    expect(contradicted).toEqual([{ field: 'investsuite.slash', value: 'a b' }]);
    expect(profile.names('investsuite.slash')).toEqual(new Set(['b', 'c']));
  });
});

describe('configured values', () => {
  it('are taken where fields and values are known', () => {
    const text = '{"upvest.cashBalances":"single","investsuite.transactions.readOnly":"sub_type other"}';
    expect(parseProfileValues(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['not JSON', '{', /not JSON/],
    ['a list', '[]', /object/],
    ['an unknown field', '{"investsuite.colours":"blue"}', /investsuite\.colours/],
    ['an unknown value', '{"upvest.cashBalances":"both"}', /upvest\.cashBalances/],
    ['names that are none', '{"investsuite.slash":"a,b;drop"}', /investsuite\.slash/],
  ])('are refused with the reason: %s', (_what, text, reason) => {
    const values = parseProfileValues(text);
    expect('wrong' in values ? values.wrong : '').toMatch(reason);
  });
});
