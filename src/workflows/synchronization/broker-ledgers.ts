import { type Rows, unreadableLine } from '../../datasources/upvest/index.ts';
import type { OpenDayRange } from '../../domain/calendar-day.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import { type BrokerLine, type Ledger, lineOfCash, type UnreadableLine } from '../../domain/synchronization/line.ts';
import type { SynchronizationPorts } from './ports.ts';

/** The broker's ledgers of a portfolio, as far as they can be read. */
export interface BrokerLedgers {
  readonly lines: readonly BrokerLine[];
  readonly unreadable: readonly UnreadableLine[];
}

const NOTHING: BrokerLedgers = { lines: [], unreadable: [] };

/** Both ledgers of a group within days. Rejects with an UpstreamError where one can't be read. */
export async function brokerLedgers(
  ports: Pick<SynchronizationPorts, 'upvest'>,
  accountGroupId: AccountGroupId,
  days: OpenDayRange = {},
): Promise<BrokerLedgers> {
  const [cash, securities] = await Promise.all([
    brokerLedger(ports, 'cash', accountGroupId, days),
    brokerLedger(ports, 'securities', accountGroupId, days),
  ]);
  return {
    lines: [...cash.lines, ...securities.lines],
    unreadable: [...cash.unreadable, ...securities.unreadable],
  };
}

/** One of them; empty where the broker knows no such group, or the capability is off. */
export async function brokerLedger(
  { upvest: { listings } }: Pick<SynchronizationPorts, 'upvest'>,
  ledger: Ledger,
  accountGroupId: AccountGroupId,
  days: OpenDayRange = {},
): Promise<BrokerLedgers> {
  const asked = { accountGroupId, days };
  if (ledger === 'securities') {
    const found = await listings.securitiesLedger(asked, { fresh: true });
    return found === null ? NOTHING : { lines: found.rows, unreadable: unreadableOf(ledger, found) };
  }
  const found = await listings.cashLedger(asked, { fresh: true });
  return found === null ? NOTHING : { lines: found.rows.map(lineOfCash), unreadable: unreadableOf(ledger, found) };
}

const unreadableOf = (ledger: Ledger, { unreadable }: Rows<unknown>): readonly UnreadableLine[] =>
  unreadable.map(({ row, error }) => unreadableLine(ledger, row, error.detail));
