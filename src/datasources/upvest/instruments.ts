import { z } from 'zod';
import { type Instrument, instrumentId, parseIsin } from '../../domain/instrument.ts';
import { optionalText, optionalTime } from '../upstream/fields.ts';
import type { UpvestEvent } from './events.ts';
import type { OffsetPage, Read, UpvestReads } from './reads.ts';

/** Key of an instrument at Upvest: `isin:` and its ISIN, or `uuid:` and Upvest's own id. */
export type InstrumentKey = string & { readonly __brand: 'InstrumentKey' };

const KEY = /^(isin:[A-Z0-9]{12}|uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

const isKey = (text: string): text is InstrumentKey => KEY.test(text);

export const parseInstrumentKey = (text: string): InstrumentKey | undefined => (isKey(text) ? text : undefined);

/** The instrument that an event is about; undefined where it does not say. */
export function instrumentOfEvent({ object }: Pick<UpvestEvent, 'object'>): InstrumentKey | undefined {
  const { isin, id } = object;
  const byIsin = typeof isin === 'string' ? parseInstrumentKey(`isin:${isin.toUpperCase()}`) : undefined;
  return byIsin ?? (typeof id === 'string' ? parseInstrumentKey(`uuid:${id.toLowerCase()}`) : undefined);
}

/** Null for an instrument without ISIN, which Upvest may have: nothing in the graph could name it. */
const instrumentWire = z
  .object({
    isin: optionalText,
    name: optionalText,
    wkn: optionalText,
    fractional_trading: z.unknown().optional(),
    trading_status: optionalText,
    updated_at: optionalTime,
  })
  .transform((row): Instrument | null => {
    const isin = parseIsin(row.isin ?? '');
    if (isin === undefined) return null;
    return {
      id: instrumentId(isin),
      isin,
      name: row.name?.trim() || isin,
      wkn: row.wkn?.trim() || null,
      tradable: row.trading_status === 'ACTIVE',
      fractional: row.fractional_trading === true,
      updatedAt: row.updated_at,
    };
  });

/** An order of the directory in which it can be read page by page. */
export type InstrumentOrder = 'created_at ASC' | 'updated_at DESC';

export interface InstrumentsAsked {
  /** Null for the broker's own, where it does not take another. */
  readonly order: InstrumentOrder | null;
  readonly offset: number;
}

/** An instrument by itself; null where Upvest knows none, or it has no ISIN, or the capability is off. */
export const instrumentByKey = (reads: UpvestReads): Read<InstrumentKey, Instrument | null> =>
  reads.one({
    capability: 'instruments',
    operation: 'upvest.instruments.get',
    path: (key: InstrumentKey) => `/instruments/${key}`,
    schema: instrumentWire,
  });

/** A page of the directory; null where the capability is off. Not shared: only the copy reads it. */
export const instrumentsPage =
  (reads: UpvestReads): Read<InstrumentsAsked, OffsetPage<Instrument> | null> =>
  async ({ order, offset }, options = {}) => {
    const [sort, direction] = order?.split(' ') ?? [];
    const path = order === null ? '/instruments' : `/instruments?sort=${sort}&order=${direction}`;
    return await reads.page(path, DIRECTORY, offset, options);
  };

const DIRECTORY = {
  capability: 'instruments',
  resource: 'instrument',
  operation: 'upvest.instruments.list',
  schema: instrumentWire,
} as const;
