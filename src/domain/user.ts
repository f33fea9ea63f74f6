import type { UserId } from './ids.ts';

/** The bank account that withdrawals are paid to (InvestSuite's `counter_account`). Bank data: never logged. */
export interface BankAccount {
  readonly bankAccountNumber: string;
  readonly bankAccountNumberType: string | null;
  readonly bankId: string | null;
  readonly bankIdType: string | null;
}

export interface User {
  readonly id: UserId;
  readonly externalId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly language: string | null;
  readonly status: string | null;
  readonly counterAccount: BankAccount | null;
}
