import type { CalendarDay } from '../domain/calendar-day.ts';
import { instantOfLine, type LedgerLine, newestLineFirst } from '../domain/cash-ledger.ts';
import { instantOfText, instantText } from '../domain/datetime.ts';
import type { Shown } from '../domain/listing.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { BadUserInputError, UpstreamRefusedReadError } from '../errors.ts';
import type { RequestContext } from './context.ts';
import { type Connection, connection, keysetPage, LazyEdge, type PageArguments, pageSize } from './cursors.ts';

interface LedgerArguments extends PageArguments {
  readonly from?: CalendarDay | null | undefined;
  readonly to?: CalendarDay | null | undefined;
}

/**
 * A page of the broker's cash ledger, newest first; null while the portfolio is not linked, empty where the capability is off.
 * Throws BadUserInputError for a bad page or range.
 */
export async function cashTransactionsOf(
  context: RequestContext,
  portfolio: Portfolio,
  { from, to, ...page }: LedgerArguments,
): Promise<Shown<Connection<LedgerLine> | null>> {
  const { services, patience } = context;
  if (from != null && to != null && to < from) throw new BadUserInputError('to must not be before from.');
  const link = services.link(portfolio);
  if (link === null) return { value: null, unreadable: [] };
  if (!services.upvest.capabilities.isOn('ledger')) {
    pageSize(page.first);
    return { value: connection([], { before: false, after: false }), unreadable: [] };
  }
  const asked = { accountGroupId: link.accountGroupId, days: { from: from ?? undefined, to: to ?? undefined } };
  const found = await services.upvest.listings.cashLedger(asked, patience.forOneField());
  if (found === null) throw new UpstreamRefusedReadError('UPVEST', 404);
  const rows = found.rows.map((line) => ({ line, id: line.id, at: instantOfLine(line) })).sort(newestLineFirst);
  const shown = keysetPage(rows, page, {
    codec: services.cursors,
    list: `cash transactions ${link.accountGroupId}`,
    keyOf: (row) => [instantText(row.at), row.id],
    compareToKey: (row, [at = '0', id = '']) => newestLineFirst(row, { at: instantOfText(at), id }),
  });
  const edges = shown.edges.map((edge) => new LazyEdge(edge.node.line, () => edge.cursor));
  return { value: { ...shown, edges }, unreadable: found.unreadable };
}
