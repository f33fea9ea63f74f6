import { v5 } from 'uuid';
import type { Decimal } from '../../domain/decimal.ts';
import type { Ledger, UnreadableLine } from '../../domain/synchronization/line.ts';
import { type ExactJson, member } from '../upstream/exact-json.ts';
import { decimal } from './fields.ts';

/** Never changed: a line without an id is the same however often it is told. */
const NAMESPACE = '2f0a7b1e-6c55-4f0e-9b53-0a1c7d7a4b92';

const textOf = (value: ExactJson | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** The readable part of an unreadable line; `detail`: the fields with their faults. */
export function unreadableLine(ledger: Ledger, row: ExactJson, detail: string): UnreadableLine {
  const delta = member(row, 'delta');
  return {
    ledger,
    id: textOf(member(row, 'id')) ?? v5(JSON.stringify(row), NAMESPACE),
    type: textOf(member(row, 'type')) ?? 'UNKNOWN',
    amount: amountOf(member(delta, 'amount')),
    currency: currencyOf(member(delta, 'currency')),
    isin: textOf(member(member(row, 'instrument'), 'isin')),
    // Of a list it says which row of the page it was, which is another one the next time.
    unreadable: detail.replace(/^data\.\d+: /, ''),
  };
}

const amountOf = (value: ExactJson | undefined): Decimal | null => decimal.safeParse(value).data ?? null;

const currencyOf = (value: ExactJson | undefined): string | null => {
  const text = textOf(value);
  return text !== null && /^[A-Z]{3}$/.test(text) ? text : null;
};
