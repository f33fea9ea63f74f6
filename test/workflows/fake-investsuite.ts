import type { WriteOutcome } from '../../src/datasources/upstream/outcome.ts';
import type { DateTime } from '../../src/domain/datetime.ts';
import { add, type Decimal, decimal, subtract, ZERO } from '../../src/domain/decimal.ts';
import type { PortfolioId, TransactionId } from '../../src/domain/ids.ts';
import type { Optimization } from '../../src/domain/optimization.ts';
import type { Divestment, Portfolio } from '../../src/domain/portfolio.ts';
import type { Movement, Transaction } from '../../src/domain/transaction.ts';
import type { InvestSuitePort } from '../../src/workflows/index.ts';
import { Faults } from './faults.ts';

type Patch = Parameters<InvestSuitePort['patchPortfolio']>[1];
type CashEvent = Parameters<InvestSuitePort['sendDepositEvent']>[0];

/** InvestSuite in memory. Its cash events are kept once per key; transactions have no key, as in the real one. */
export class FakeInvestSuite implements InvestSuitePort {
  readonly faults = new Faults();
  readonly portfolios = new Map<PortfolioId, Portfolio>();
  readonly transactions: Transaction[] = [];
  readonly depositEvents = new Map<string, CashEvent>();
  readonly withdrawEvents = new Map<string, CashEvent>();
  /** Every total that was written, in order. */
  readonly totals: (string | null)[] = [];
  /** How many readings after each change of a portfolio still show it as it was before. */
  staleReads = 0;
  readonly #stale = new Map<PortfolioId, { left: number; readonly shown: Portfolio }>();
  rebalancing = false;
  optimizing = false;
  /** Not undefined: cash events are answered first, and booked when these are called. */
  later: (() => void)[] | undefined;
  /** False: what its events book does not show among the transactions, as for a tenant whose list leaves them out. */
  showsBookings = true;
  /** `gateway`: events only notify. */
  booking: 'investsuite' | 'gateway' = 'investsuite';

  add(portfolio: Partial<Portfolio> & Pick<Portfolio, 'id'>): Portfolio {
    const made: Portfolio = {
      externalId: null,
      name: null,
      ownerId: null,
      coOwnerIds: [],
      baseCurrency: 'EUR',
      moneyType: 'REAL_MONEY',
      manager: 'USER_MANAGED',
      status: 'ACTIVE',
      archived: false,
      fundedSince: null,
      version: 1,
      holdings: [
        { instrumentId: '$EUR', quantity: decimal('0') },
        { instrumentId: 'US0378331005', quantity: decimal('2.5') },
      ],
      divestment: null,
      brokerage: {
        brokeragePortfolioId: 'group-1',
        brokerageUserId: 'user-1',
        bankAccountNumber: null,
        paymentReference: null,
      },
      ...portfolio,
    };
    this.portfolios.set(made.id, made);
    return made;
  }

  get(id: PortfolioId): Portfolio {
    const portfolio = this.portfolios.get(id);
    if (!portfolio) throw new Error(`no portfolio ${id}`);
    return portfolio;
  }

  cash(id: PortfolioId): Decimal {
    return this.get(id).holdings.find((line) => line.instrumentId === '$EUR')?.quantity ?? ZERO;
  }

  divested(id: PortfolioId): string | null {
    const { divestment } = this.get(id);
    return divestment?.kind === 'exactly' ? divestment.amount : (divestment?.kind ?? null);
  }

  change(id: PortfolioId, change: Partial<Portfolio>): Portfolio {
    const before = this.get(id);
    const after = { ...before, ...change, version: (before.version ?? 0) + 1 };
    this.portfolios.set(id, after);
    if (this.staleReads > 0) this.#stale.set(id, { left: this.staleReads, shown: before });
    return after;
  }

  async portfolio(id: PortfolioId) {
    await this.faults.read('INVESTSUITE', 'portfolio');
    const stale = this.#stale.get(id);
    if (stale !== undefined && stale.left > 0) {
      stale.left -= 1;
      return stale.shown;
    }
    return this.portfolios.get(id) ?? null;
  }

  portfolioFresh(id: PortfolioId) {
    return this.portfolio(id);
  }

  async optimization(): Promise<Optimization | null> {
    await this.faults.read('INVESTSUITE', 'optimization');
    return this.optimizing ? { inProgress: true } : null;
  }

  patchPortfolio(id: PortfolioId, patch: Patch): Promise<WriteOutcome<Portfolio>> {
    const operation = patch.holdings === undefined ? 'patchDivest' : 'patchHoldings';
    return this.faults.write(operation, (): WriteOutcome<Portfolio> => {
      if (this.rebalancing) return refusal(409);
      if (patch.divestAmount !== undefined) this.totals.push(patch.divestAmount);
      const change: Partial<Portfolio> = {
        ...(patch.holdings !== undefined && { holdings: linesOf(patch.holdings) }),
        ...(patch.divestAmount !== undefined && { divestment: divestmentOf(patch.divestAmount) }),
        ...(patch.fundedSince !== undefined && { fundedSince: patch.fundedSince }),
      };
      return { kind: 'accepted', value: this.change(id, change) };
    });
  }

  createTransaction(portfolioId: PortfolioId, draft: Parameters<InvestSuitePort['createTransaction']>[1]) {
    return this.faults.write('createTransaction', (): WriteOutcome<Transaction> => {
      if (this.rebalancing) return refusal(409);
      return { kind: 'accepted', value: this.#keep(portfolioId, draft) };
    });
  }

  #keep(portfolioId: PortfolioId, draft: Parameters<InvestSuitePort['createTransaction']>[1]): Transaction {
    const [primaryMovement = null] = draft.movements;
    const transaction: Transaction = {
      id: `T${String(this.transactions.length).padStart(26, '0')}` as TransactionId,
      portfolioId,
      externalId: draft.externalId ?? null,
      type: 'CASH_TRANSFER',
      status: 'SETTLED',
      orderType: null,
      optimizationId: null,
      primaryMovement,
      movements: draft.movements,
      createdAt: null,
      version: 1,
    };
    this.transactions.push(transaction);
    return transaction;
  }

  async findTransactionsByExternalId(portfolioId: PortfolioId, externalId: string) {
    await this.faults.read('INVESTSUITE', 'findTransactions');
    return this.transactions.filter((each) => each.portfolioId === portfolioId && each.externalId === externalId);
  }

  lookedForTransactions(portfolioId: PortfolioId, externalId: string) {
    return this.findTransactionsByExternalId(portfolioId, externalId);
  }

  async transactionsFresh(portfolioId: PortfolioId) {
    await this.faults.read('INVESTSUITE', 'transactions');
    return this.transactions.filter((each) => each.portfolioId === portfolioId);
  }

  sendDepositEvent(event: CashEvent): Promise<WriteOutcome<null>> {
    return this.faults.write('depositEvent', (): WriteOutcome<null> => {
      if (this.rebalancing) return refusal(409);
      if (this.depositEvents.has(event.idempotencyKey)) return { kind: 'accepted', value: null };
      this.depositEvents.set(event.idempotencyKey, event);
      this.#bookNowOrLater(() => {
        this.#book(event, add(this.cash(event.portfolioId), event.amount));
        this.#show(event, 'CASH_DEPOSIT', event.amount);
        if (this.get(event.portfolioId).fundedSince === null) {
          this.change(event.portfolioId, { fundedSince: this.#time() });
        }
      });
      return { kind: 'accepted', value: null };
    });
  }

  sendWithdrawEvent(event: CashEvent): Promise<WriteOutcome<null>> {
    return this.faults.write('withdrawEvent', (): WriteOutcome<null> => {
      if (this.rebalancing) return refusal(409);
      if (this.withdrawEvents.has(event.idempotencyKey)) return { kind: 'accepted', value: null };
      this.withdrawEvents.set(event.idempotencyKey, event);
      this.#bookNowOrLater(() => {
        this.#book(event, subtract(this.cash(event.portfolioId), event.amount));
        this.#show(event, 'CASH_WITHDRAWAL', subtract(ZERO, event.amount));
        this.change(event.portfolioId, { divestment: null });
      });
      return { kind: 'accepted', value: null };
    });
  }

  #bookNowOrLater(book: () => void): void {
    if (this.booking === 'gateway') return;
    if (this.later === undefined) book();
    else this.later.push(book);
  }

  #time(): DateTime {
    return new Date(this.faults.now()).toISOString() as DateTime;
  }

  #show({ portfolioId, currency }: CashEvent, type: 'CASH_DEPOSIT' | 'CASH_WITHDRAWAL', quantity: Decimal): void {
    if (!this.showsBookings) return;
    const movement: Movement = {
      externalId: null,
      referenceExternalId: null,
      type,
      status: 'SETTLED',
      datetime: this.#time(),
      instrumentId: `$${currency}`,
      quantity,
      unitPrice: null,
      unitPriceCurrency: null,
      tradeType: null,
      description: null,
      referenceInstrumentId: null,
    };
    this.#keep(portfolioId, { movements: [movement] });
  }

  #book({ portfolioId }: CashEvent, cash: Decimal): void {
    const others = this.get(portfolioId).holdings.filter((line) => line.instrumentId !== '$EUR');
    this.change(portfolioId, { holdings: [{ instrumentId: '$EUR', quantity: cash }, ...others] });
  }
}

const refusal = (status: number) =>
  ({ kind: 'refused', status, problem: { type: null, title: null, detail: null, requestId: null } }) as const;

const linesOf = (holdings: NonNullable<Patch['holdings']>): Portfolio['holdings'] =>
  Array.isArray(holdings)
    ? holdings
    : [...(holdings as ReadonlyMap<string, Decimal>)].map(([instrumentId, quantity]) => ({ instrumentId, quantity }));

function divestmentOf(amount: Decimal | 'everything' | null): Divestment | null {
  if (amount === 'everything') return { kind: 'everything' };
  return amount === null || Number(amount) === 0 ? null : { kind: 'exactly', amount };
}
