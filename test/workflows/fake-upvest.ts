import type { WriteOutcome } from '../../src/datasources/upstream/outcome.ts';
import type { UpvestEvent } from '../../src/datasources/upvest/index.ts';
import type { ReferenceAccount } from '../../src/domain/broker.ts';
import {
  type BrokerMoney,
  type BrokerVirtualCash,
  type BrokerVirtualCashStatus,
  type BrokerWithdrawal,
  type BrokerWithdrawalStatus,
  type CashTransaction,
  isSameMoney,
  type MoneyOfGroup,
} from '../../src/domain/broker-payments.ts';
import type { DateTime } from '../../src/domain/datetime.ts';
import { add, compare, type Decimal, decimal, negative, subtract, ZERO } from '../../src/domain/decimal.ts';
import type { AccountGroupId } from '../../src/domain/ids.ts';
import { UpstreamUnavailableError } from '../../src/errors.ts';
import type { UpvestPort } from '../../src/workflows/index.ts';
import { Faults } from './faults.ts';

const problem = { type: null, title: null, detail: null, requestId: null } as const;
export const refused = (status: number) => ({ kind: 'refused', status, problem }) as const;

const WEBHOOK_ID = '9df39835-be87-4243-9018-f2500b39cee6';

interface Movement extends BrokerVirtualCash {
  readonly direction: 'INCREASE' | 'DECREASE';
}

/** The answer to a known key: the first answer, which may be about another payment. */
const replayed = <T extends BrokerMoney>(first: T, order: MoneyOfGroup): WriteOutcome<T> =>
  isSameMoney(first, order)
    ? { kind: 'accepted', value: first }
    : { kind: 'unknown', reason: 'other-answer', made: `${first.id} over ${first.amount} ${first.currency}` };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Upvest in memory: keeps keys, balances, payments; its webhooks wait in `events` until the test delivers them. */
export class FakeUpvest implements UpvestPort {
  readonly faults = new Faults();
  readonly events: UpvestEvent[] = [];
  readonly withdrawals = new Map<string, BrokerWithdrawal>();
  readonly movements = new Map<string, Movement>();
  readonly bookings: CashTransaction[] = [];
  readonly accounts: ReferenceAccount[] = [{ id: 'ref-1', name: null, owner: null, iban: null }];
  /** Set to keep webhooks from being made. */
  silent = false;
  /** False: lists of an account group are not known, as of a business that has no users. */
  knowsGroups = true;
  /** False: a withdrawal leaves what is available only when it is CONFIRMED. */
  showsNew = true;
  balance: Decimal = decimal('0');
  available: Decimal = decimal('0');
  /** The first answer to each key. */
  readonly #withdrawalKeys = new Map<string, BrokerWithdrawal>();
  readonly #movementKeys = new Map<string, BrokerVirtualCash>();
  readonly #now: () => number;
  #counter = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The object created under an idempotency key. */
  madeUnder(key: string): BrokerWithdrawal | BrokerVirtualCash | undefined {
    const id = (this.#withdrawalKeys.get(key) ?? this.#movementKeys.get(key))?.id ?? '';
    return this.withdrawals.get(id) ?? this.movements.get(id);
  }

  #id(): string {
    this.#counter += 1;
    return `00000000-0000-4000-8000-${String(this.#counter).padStart(12, '0')}`;
  }

  #time(): DateTime {
    return new Date(this.#now()).toISOString() as DateTime;
  }

  fund(amount: string): void {
    this.balance = add(this.balance, decimal(amount));
    this.available = add(this.available, decimal(amount));
    this.#tellBalance('group-1');
  }

  #tellBalance(group: string): void {
    this.#tell('CASH_BALANCE.UPDATED', {
      account_group_id: group,
      currency: 'EUR',
      balance: this.balance,
      locked_for_trading: '0',
      pending_settlement: '0',
      available_for_withdrawal: this.available,
      available_for_trading: this.available,
    });
  }

  #book(of: BrokerMoney, type: string, amount: Decimal, reference: string): void {
    this.bookings.push({
      id: this.#id(),
      type,
      accountGroupId: of.accountGroupId,
      amount,
      currency: of.currency,
      references: [{ id: of.id, type: reference }],
      bookingDate: null,
      createdAt: this.#time(),
    });
  }

  #tell(type: string, object: Record<string, string | null>): void {
    if (this.silent) return;
    this.events.push({ id: this.#id(), createdAt: this.#time(), type, object, webhookId: WEBHOOK_ID });
  }

  #tellWithdrawal(withdrawal: BrokerWithdrawal): void {
    this.#tell(`WITHDRAWAL.${withdrawal.status}`, {
      id: withdrawal.id,
      account_group_id: withdrawal.accountGroupId,
      reference_account_id: withdrawal.referenceAccountId,
      amount: withdrawal.amount,
      currency: withdrawal.currency,
      status: withdrawal.status,
      cancellation_reason: withdrawal.cancellationReason,
      created_at: withdrawal.createdAt,
      updated_at: withdrawal.updatedAt,
    });
  }

  #tellMovement(movement: Movement): void {
    this.#tell(`VIRTUAL_CASH_${movement.direction}.${movement.status}`, {
      id: movement.id,
      account_group_id: movement.accountGroupId,
      amount: movement.amount,
      currency: movement.currency,
      status: movement.status,
      created_at: movement.createdAt,
      updated_at: movement.updatedAt,
    });
  }

  async cashBalance(accountGroupId: AccountGroupId, currency: string) {
    await this.faults.read('UPVEST', 'cashBalance');
    return {
      accountGroupId,
      currency,
      balance: this.balance,
      lockedForTrading: ZERO,
      pendingSettlement: ZERO,
      availableForWithdrawal: this.available,
      availableForTrading: this.available,
    };
  }

  readonly listings = {
    referenceAccounts: async () => {
      await this.faults.read('UPVEST', 'referenceAccounts');
      return { rows: this.accounts, unreadable: [] };
    },
  };

  async withdrawal(id: string) {
    await this.faults.read('UPVEST', 'withdrawal');
    return this.withdrawals.get(id) ?? null;
  }

  async withdrawalsOfGroup() {
    await this.faults.read('UPVEST', 'withdrawalsOfGroup');
    if (!this.knowsGroups) return null;
    return [...this.withdrawals.values()];
  }

  async cashTransactions() {
    await this.faults.read('UPVEST', 'cashTransactions');
    return this.bookings;
  }

  /** The worlds of these tests place no orders. */
  readonly orderKnowing = async () => null;
  readonly orders = async () => [];
  readonly positions = async () => [];
  readonly createOrder = async () => refused(404);
  readonly cancelOrder = async () => refused(404);

  createWithdrawal(order: Parameters<UpvestPort['createWithdrawal']>[0]): Promise<WriteOutcome<BrokerWithdrawal>> {
    return this.faults.write('createWithdrawal', (): WriteOutcome<BrokerWithdrawal> => {
      const first = this.#withdrawalKeys.get(keyOf(order));
      if (first) return replayed(first, order);
      if (compare(this.available, order.amount) < 0) return refused(400);
      const id = this.#id();
      const { accountGroupId, referenceAccountId, amount, currency } = order;
      const at = this.#time();
      const made = { id, accountGroupId, referenceAccountId, amount, currency, status: 'NEW' as const };
      const withdrawal = { ...made, cancellationReason: null, taxes: null, createdAt: at, updatedAt: at };
      if (this.showsNew) this.available = subtract(this.available, amount);
      this.withdrawals.set(id, withdrawal);
      this.#withdrawalKeys.set(order.idempotencyKey, withdrawal);
      this.#tellWithdrawal(withdrawal);
      if (this.showsNew) this.#tellBalance(accountGroupId);
      return { kind: 'accepted', value: withdrawal };
    });
  }

  /** Moves a withdrawal on, as the bank would. */
  advance(id: string, status: BrokerWithdrawalStatus, cancellationReason: string | null = null): void {
    const before = this.withdrawals.get(id);
    if (!before || before.status === status || before.status === 'CANCELLED') return;
    const withdrawal = { ...before, status, cancellationReason, updatedAt: this.#time() };
    this.withdrawals.set(id, withdrawal);
    const returned = before.status === 'CONFIRMED';
    this.#tellWithdrawal(withdrawal);
    if (status === 'CONFIRMED') {
      this.balance = subtract(this.balance, before.amount);
      if (!this.showsNew) this.available = subtract(this.available, before.amount);
      this.#book(before, 'WITHDRAWAL', negative(before.amount), 'WITHDRAWAL');
    }
    if (status === 'CANCELLED') {
      if (this.showsNew || returned) this.available = add(this.available, before.amount);
      if (returned) {
        this.balance = add(this.balance, before.amount);
        this.#book(before, 'WITHDRAWAL_CANCELLATION', before.amount, 'WITHDRAWAL');
      }
    }
    if (status !== 'PROCESSING') this.#tellBalance(before.accountGroupId);
  }

  cancelWithdrawal(id: string): Promise<WriteOutcome<null>> {
    return this.faults.write('cancelWithdrawal', (): WriteOutcome<null> => {
      const withdrawal = this.withdrawals.get(id);
      if (withdrawal?.status !== 'NEW') return refused(withdrawal ? 422 : 404);
      this.advance(id, 'CANCELLED', 'CANCELLED_BY_CLIENT');
      return { kind: 'accepted', value: null };
    });
  }

  createVirtualCashIncrease(order: Parameters<UpvestPort['createVirtualCashIncrease']>[0]) {
    return this.faults.write('createVirtualCashIncrease', () => this.#createMovement('INCREASE', order));
  }

  createVirtualCashDecrease(order: Parameters<UpvestPort['createVirtualCashDecrease']>[0]) {
    return this.faults.write('createVirtualCashDecrease', () => this.#createMovement('DECREASE', order));
  }

  #createMovement(
    direction: Movement['direction'],
    order: Parameters<UpvestPort['createVirtualCashIncrease']>[0],
  ): WriteOutcome<BrokerVirtualCash> {
    const first = this.#movementKeys.get(keyOf(order));
    if (first) return replayed(first, order);
    const { accountGroupId, amount, currency } = order;
    const id = this.#id();
    const at = this.#time();
    const made = {
      id,
      direction,
      accountGroupId,
      amount,
      currency,
      status: 'ISSUED' as const,
      createdAt: at,
      updatedAt: at,
    };
    this.movements.set(id, made);
    this.#movementKeys.set(order.idempotencyKey, made);
    this.#tellMovement(made);
    return { kind: 'accepted', value: made };
  }

  /** Moves virtual cash on, as Upvest would. */
  advanceMovement(id: string, status: BrokerVirtualCashStatus): void {
    const before = this.movements.get(id);
    if (!before || before.status === status || before.status === 'CANCELLED' || before.status === 'CONFIRMED') return;
    const movement = { ...before, status, updatedAt: this.#time() };
    this.movements.set(id, movement);
    this.#tellMovement(movement);
    if (status !== 'CONFIRMED') return;
    const signed = before.direction === 'INCREASE' ? before.amount : negative(before.amount);
    this.balance = add(this.balance, signed);
    this.available = add(this.available, signed);
    this.#tellBalance(before.accountGroupId);
    this.#book(before, `VIRTUAL_CASH_${before.direction}`, signed, `VIRTUAL_CASH_${before.direction}`);
  }

  cancelVirtualCashDecrease(id: string): Promise<WriteOutcome<null>> {
    return this.faults.write('cancelVirtualCashDecrease', (): WriteOutcome<null> => {
      const status = this.movements.get(id)?.status;
      if (status !== 'ISSUED' && status !== 'QUEUED') return refused(status === undefined ? 404 : 422);
      this.advanceMovement(id, 'CANCELLED');
      return { kind: 'accepted', value: null };
    });
  }

  /** One step of everything that is on its way at Upvest. */
  tick(): void {
    for (const [id, { status }] of this.withdrawals) {
      if (status === 'NEW') this.advance(id, 'PROCESSING');
      else if (status === 'PROCESSING') this.advance(id, 'CONFIRMED');
    }
    for (const [id, movement] of this.movements) {
      const covered = movement.direction === 'INCREASE' || compare(this.available, movement.amount) >= 0;
      if (movement.status === 'ISSUED' || movement.status === 'QUEUED') {
        this.advanceMovement(id, covered ? 'CONFIRMED' : 'QUEUED');
      }
    }
  }
}

/** Upvest's own datasource sends no other: what is no such key is a fault of the caller. */
function keyOf({ idempotencyKey }: { readonly idempotencyKey: string }): string {
  if (!UUID.test(idempotencyKey)) throw new TypeError('an idempotency key of Upvest is a UUID of version 1 to 5');
  return idempotencyKey;
}

export const down = (system: 'UPVEST' | 'INVESTSUITE'): UpstreamUnavailableError =>
  new UpstreamUnavailableError(system, 'connection');
