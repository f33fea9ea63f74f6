import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Instrument, type Isin, instrumentId, parseIsin } from '../../src/domain/instrument.ts';
import { SearchIndex } from '../../src/instruments/search-index.ts';

const isinOf = (at: number): Isin => {
  const isin = parseIsin(`DE${String(at).padStart(9, '0')}0`);
  if (isin === undefined) throw new Error('no ISIN');
  return isin;
};

const instrument = (at: number, name: string): Instrument => ({
  id: instrumentId(isinOf(at)),
  isin: isinOf(at),
  name,
  wkn: `W${at}`,
  tradable: true,
  fractional: true,
  updatedAt: null,
});

const ALL = { tradable: null, after: null, limit: 1_000 };
const found = (index: SearchIndex, text: string | null): readonly string[] =>
  index.search({ ...ALL, text }).map(({ isin }) => isin);

const noPause = async (): Promise<void> => undefined;

describe('the index of the search', () => {
  it('finds what was put last, whatever was put before, also while it is put', async () => {
    const words = fc.constantFrom('alpha', 'beta', 'gamma');
    const put = fc.array(fc.record({ at: fc.nat(30), word: words }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(put, { maxLength: 12 }), async (puts) => {
        const index = new SearchIndex();
        const known = new Map<number, string>();
        const check = async (): Promise<void> => {
          for (const word of ['alpha', 'beta', 'gam']) {
            const expected = [...known].filter(([, has]) => has.startsWith(word)).map(([at]) => isinOf(at));
            expect(found(index, word)).toEqual(expected.sort());
          }
          expect(found(index, null)).toHaveLength(known.size);
        };
        for (const each of puts) {
          for (const { at, word } of each) known.set(at, word);
          const instruments = each.map(({ at, word }) => instrument(at, word));
          await index.put(instruments, check);
        }
        await check();
      }),
      { numRuns: 60 },
    );
  });

  it('works in slices, and does not work on all of it for one change', async () => {
    const index = new SearchIndex();
    let pauses = 0;
    const pause = async (): Promise<void> => {
      pauses += 1;
    };
    const rows = Array.from({ length: 16_000 }, (_, at) => instrument(at, `same beginning ${at}`));
    await index.put(rows, pause);
    // Each of the 16 blocks is built, and merged four times on its way.
    expect(pauses).toBeGreaterThan(5 * 16);
    pauses = 0;
    await index.put([instrument(7, 'renamed')], pause);
    expect(pauses).toBe(1);
    expect(found(index, 'renamed')).toEqual([isinOf(7)]);
    expect(found(index, 'W7')[0]).toBe(isinOf(7));
    expect(found(index, 'beginning 7 same')).not.toContain(isinOf(7));
  });

  it('pages through blocks as through one list', async () => {
    const index = new SearchIndex();
    for (let at = 0; at < 40; at += 1) await index.put([instrument(at, `name ${(at * 7) % 40}`)], noPause);
    const all = index.search({ ...ALL, text: 'name' });
    const paged = [];
    for (let after = null; ; ) {
      const [place] = index.search({ ...ALL, text: 'name', after, limit: 1 });
      if (place === undefined) break;
      paged.push(place);
      after = place;
    }
    expect(paged).toEqual(all);
    expect(all).toHaveLength(40);
  });
});
