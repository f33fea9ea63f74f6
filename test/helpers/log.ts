import type { Gateway } from '../../src/gateway.ts';
import { type EventLogRow, type LogPosition, readEvents } from '../../src/store/index.ts';

export const LOG_BEGINNING: LogPosition = { generation: 0, xid: 0, sequence: 0 };

/** Everything in a gateway's log, oldest first. */
export async function wholeLog({ store }: Pick<Gateway, 'store'>): Promise<readonly EventLogRow[]> {
  const rows: EventLogRow[] = [];
  for (;;) {
    const after: LogPosition = rows.at(-1) ?? LOG_BEGINNING;
    const page = await store.read((reading) => readEvents(reading, { after, limit: 5_000 }));
    rows.push(...page);
    if (page.length < 5_000) return rows;
  }
}

/** An event of Upvest's about cash, as the stand-in sends it. */
export const cashEvent = (accountGroupId: string, balance = '100.25', more: object = {}) => ({
  type: 'CASH_BALANCE.UPDATED',
  object: {
    account_group_id: accountGroupId,
    currency: 'EUR',
    balance,
    locked_for_trading: '10',
    pending_settlement: '10',
    available_for_withdrawal: '80',
    available_for_trading: '80',
  },
  ...more,
});
