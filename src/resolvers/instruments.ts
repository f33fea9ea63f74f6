import { type Instrument, isinOfId, parseIsin } from '../domain/instrument.ts';
import { cashCurrency } from '../domain/portfolio.ts';
import { BadUserInputError } from '../errors.ts';
import type { Place } from '../instruments/index.ts';
import type { RequestContext } from './context.ts';
import { type Connection, connection, cursorOf, emptyPage, LazyEdge, type PageArguments, pageSize } from './cursors.ts';

/** Characters of a search; the names of the broker have at most 100. */
const MAX_SEARCH = 200;

/** The instrument that an object of the graph names; null for cash, and for one that the broker does not have. */
export function instrumentOf(context: RequestContext, instrumentId: string | null): Promise<Instrument | null> | null {
  const isin = instrumentId === null || cashCurrency(instrumentId) !== undefined ? undefined : parseIsin(instrumentId);
  return isin === undefined ? null : context.loaders.instrument.load(isin);
}

/** An instrument by an ISIN of the client's; null where there is none. */
export async function instrumentByIsin(context: RequestContext, text: string): Promise<Instrument | null> {
  const isin = parseIsin(text);
  if (isin === undefined) return null;
  const { services, patience, lookups } = context;
  return await lookups.look(`ins_${isin}`, () => services.instruments.byIsin(isin, patience.forOneCall()));
}

/** By the graph's own id, `ins_` and the ISIN. */
export async function instrumentById(context: RequestContext, id: string): Promise<Instrument | null> {
  const isin = isinOfId(id);
  return isin === undefined ? null : await instrumentByIsin(context, isin);
}

export interface InstrumentsArguments extends PageArguments {
  readonly search?: string | null | undefined;
  readonly tradable?: boolean | null | undefined;
}

/** A page of the directory: best match first, or by name. Throws BadUserInputError. */
export async function listInstruments(
  context: RequestContext,
  { search, tradable, ...page }: InstrumentsArguments,
): Promise<Connection<Instrument>> {
  const size = pageSize(page.first);
  const text = search?.trim() || null;
  if (text !== null && text.length > MAX_SEARCH) {
    throw new BadUserInputError(`search must have at most ${MAX_SEARCH} characters; got ${text.length}.`);
  }
  const { cursors, instruments } = context.services;
  const list = `instruments ${JSON.stringify([text, tradable ?? null])}`;
  const cursor = cursorOf(page.after);
  const after = cursor === null ? null : placeOf(cursors.decode(list, cursor));
  const limit = Math.max(size, 1) + 1;
  const places = await instruments.search({ text, tradable: tradable ?? null, after, limit });
  if (places.length === 0 && after === null && text !== null) return await foundByIsin(context, text, tradable, list);
  const shown = places.slice(0, Math.max(size, 1));
  const found = await Promise.all(shown.map(({ isin }) => instrumentOf(context, isin)));
  const edges = shown.flatMap((place, at) => {
    const node = found[at];
    return node == null ? [] : [new LazyEdge(node, () => cursors.encode(list, placeText(place)))];
  });
  const result = connection(edges, { before: after !== null, after: places.length > shown.length });
  return size === 0 ? emptyPage(result) : result;
}

/** An ISIN that the copy lacks. */
async function foundByIsin(
  context: RequestContext,
  text: string,
  tradable: boolean | null | undefined,
  list: string,
): Promise<Connection<Instrument>> {
  const node = await instrumentByIsin(context, text);
  const fits = node !== null && (tradable == null || node.tradable === tradable);
  const place = { rank: 0, name: '', isin: node?.isin ?? '' };
  const cursor = (): string => context.services.cursors.encode(list, placeText(place));
  return connection(fits ? [new LazyEdge(node, cursor)] : [], { before: false, after: false });
}

const placeText = ({ rank, name, isin }: Place): readonly [number, string, string] => [rank, name, isin];

function placeOf(decoded: unknown): Place {
  if (Array.isArray(decoded)) {
    const [rank, name, isin] = decoded;
    if (typeof rank === 'number' && typeof name === 'string' && typeof isin === 'string') return { rank, name, isin };
  }
  throw new BadUserInputError('after is not a cursor of this list.');
}
