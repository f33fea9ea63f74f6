import type { BrokerOrder } from './broker.ts';
import type { BrokerExecution, BrokerExecutionStatus } from './broker-payments.ts';
import { type CalendarDay, readDay } from './calendar-day.ts';
import type { DateTime } from './datetime.ts';
import { type Decimal, sum } from './decimal.ts';
import { idOf, type Shown, type UnreadableRow } from './listing.ts';

/** An execution of a broker's order that says how much was traded and for what. */
export interface Execution {
  readonly id: string;
  readonly status: BrokerExecutionStatus;
  readonly quantity: Decimal;
  readonly price: Decimal | null;
  readonly cashAmount: Decimal;
  readonly currency: string;
  /** 0 where the broker reports none. */
  readonly taxes: Decimal;
  readonly tradedAt: DateTime | null;
  readonly settlesOn: CalendarDay | null;
}

type Executed = Pick<BrokerOrder, 'executions' | 'currency'>;

/** The executions of an order; one without quantity, amount or currency can't be shown. */
export function executionsOf({ executions, currency }: Executed): Shown<readonly Execution[]> {
  const value: Execution[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const each of executions) {
    const execution = executionOf(each, currency);
    if (execution === undefined) unreadable.push({ system: 'UPVEST', resource: 'execution', id: idOf(each.id) });
    else value.push(execution);
  }
  return { value, unreadable };
}

function executionOf(execution: BrokerExecution, currencyOfOrder: string | null): Execution | undefined {
  const { id, status, quantity, price, cashAmount, transactionTime, settlementDate } = execution;
  const currency = execution.currency ?? currencyOfOrder;
  if (quantity === null || cashAmount === null || currency === null) return undefined;
  const settlesOn = readDay(settlementDate ?? '') ?? null;
  return {
    id,
    status,
    quantity,
    price,
    cashAmount,
    currency,
    taxes: taxesOf(execution),
    tradedAt: transactionTime,
    settlesOn,
  };
}

/** The `TOTAL`, else the sum of all types. */
export function taxesOf({ taxes }: Pick<BrokerExecution, 'taxes'>): Decimal {
  const total = taxes.find(({ type }) => type === 'TOTAL');
  return total?.amount ?? sum(taxes.map(({ amount }) => amount));
}

/** Units of the executions that stand; null where one of them does not say, or has a status that is not known. */
export function filledQuantity({ executions }: Executed): Decimal | null {
  const standing = executions.filter(({ status }) => status !== 'CANCELLED');
  const quantities = standing.flatMap(({ status, quantity }) => (status === 'UNKNOWN' ? [] : (quantity ?? [])));
  return quantities.length === standing.length ? sum(quantities) : null;
}
