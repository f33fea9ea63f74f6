import { isSameMoney, type MoneyOfGroup } from '../../domain/broker-payments.ts';
import type { WorkflowRow } from '../../store/index.ts';
import {
  DEPOSIT,
  moneyOf,
  VIRTUAL_CASH_DECREASE,
  VIRTUAL_CASH_INCREASE,
  WITHDRAWAL,
  withdrawalInputOf,
} from './rows.ts';

/** The effect of a row at the broker: its step, and the prefix of its event types. */
export interface BrokerEffect {
  readonly step: string;
  readonly noun: 'WITHDRAWAL' | 'VIRTUAL_CASH_INCREASE' | 'VIRTUAL_CASH_DECREASE';
}

/** Undefined for kinds that make nothing at the broker. */
export function brokerEffectOf(row: WorkflowRow): BrokerEffect | undefined {
  switch (row.kind) {
    case DEPOSIT:
      return { step: 'fund', noun: 'VIRTUAL_CASH_INCREASE' };
    case VIRTUAL_CASH_INCREASE:
      return { step: 'issue', noun: 'VIRTUAL_CASH_INCREASE' };
    case VIRTUAL_CASH_DECREASE:
      return { step: 'issue', noun: 'VIRTUAL_CASH_DECREASE' };
    case WITHDRAWAL: {
      const virtual = withdrawalInputOf(row).payout === 'virtual-cash';
      return { step: 'submit', noun: virtual ? 'VIRTUAL_CASH_DECREASE' : 'WITHDRAWAL' };
    }
    default:
      return undefined;
  }
}

/** Whether what a row has sent and got no answer to may have made this at the broker: the same sort of thing over the same money. */
export function mayHaveMade(row: WorkflowRow, noun: BrokerEffect['noun'] | undefined, money: MoneyOfGroup): boolean {
  const effect = brokerEffectOf(row);
  return effect !== undefined && effect.noun === noun && effect.step === row.step && isSameMoney(moneyOf(row), money);
}
