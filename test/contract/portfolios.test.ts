import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WriteOutcome } from '../../src/datasources/upstream/outcome.ts';
import { dateTime } from '../../src/domain/datetime.ts';
import { decimal } from '../../src/domain/decimal.ts';
import type { Movement } from '../../src/domain/transaction.ts';
import { ADVISERS, type Adviser, type PlayedPortfolio, type PortfolioSetup } from './advisers.ts';

/*
 * How portfolios, transactions and cash events behave at InvestSuite (docs/upstream-contract.md, "Portfolios"), asked of
 * all that play it, through the datasource's own interface.
 */

const AT = dateTime(new Date('2026-02-01T10:00:00Z'));

describe.each(Object.entries(ADVISERS))('portfolios, played by %s', (_name, start) => {
  let adviser: Adviser;
  beforeAll(async () => {
    adviser = await start();
  });
  afterAll(() => adviser.stop());

  const made = <T>(outcome: WriteOutcome<T>): T => {
    if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
    return outcome.value;
  };
  const open = async (setup: PortfolioSetup = {}) => new Opened(await adviser.portfolio(setup));

  /** A portfolio and what the tests ask of it. */
  class Opened {
    readonly #of: PlayedPortfolio;
    constructor(of: PlayedPortfolio) {
      this.#of = of;
    }
    get played(): PlayedPortfolio {
      return this.#of;
    }
    async read() {
      const portfolio = await this.#of.port.portfolioFresh(this.#of.id, {});
      if (portfolio === null) throw new Error('not there');
      return portfolio;
    }
    async cash(): Promise<number> {
      return Number((await this.read()).holdings.find(({ instrumentId }) => instrumentId === '$EUR')?.quantity);
    }
    async booked() {
      const all = await this.#of.port.transactionsFresh(this.#of.id, {});
      return all.flatMap(({ movements }) =>
        movements.map(({ type, status, instrumentId, quantity }) => ({
          type,
          status,
          instrumentId,
          quantity: Number(quantity),
        })),
      );
    }
    /** Keys are the tenant's, not the portfolio's. */
    event(kind: 'deposit' | 'withdraw', amount: string, key: string) {
      const { port, id: portfolioId } = this.#of;
      const idempotencyKey = `${portfolioId}-${key}`;
      const event = { portfolioId, amount: decimal(amount), currency: 'EUR', idempotencyKey };
      return kind === 'deposit' ? port.sendDepositEvent(event, {}) : port.sendWithdrawEvent(event, {});
    }
    divest(divestAmount: string | 'everything' | null) {
      const amount = divestAmount === null || divestAmount === 'everything' ? divestAmount : decimal(divestAmount);
      return this.#of.port.patchPortfolio(this.#of.id, { divestAmount: amount }, {});
    }
  }

  const deposit = (quantity: string): Movement => ({
    externalId: null,
    referenceExternalId: null,
    type: 'CASH_DEPOSIT',
    status: 'SETTLED',
    datetime: AT,
    instrumentId: '$EUR',
    quantity: decimal(quantity),
    unitPrice: null,
    unitPriceCurrency: null,
    tradeType: null,
    description: null,
    referenceInstrumentId: null,
  });

  describe('a PATCH', () => {
    it('replaces the whole map of holdings: what is left out counts as sold', async () => {
      const portfolio = await open();
      const before = await portfolio.read();
      const holdings = [{ instrumentId: '$EUR', quantity: decimal('1000.5') }];
      const answer = made(await portfolio.played.port.patchPortfolio(before.id, { holdings }, {}));
      const after = await portfolio.read();
      expect(after.holdings).toEqual(holdings);
      expect(answer.holdings).toEqual(after.holdings);
    });

    it('changes nothing that it does not name, and counts the version up by one', async () => {
      const portfolio = await open();
      const before = await portfolio.read();
      const answer = made(await portfolio.divest('40'));
      const after = await portfolio.read();
      expect(after).toEqual({
        ...before,
        divestment: { kind: 'exactly', amount: '40' },
        version: (before.version ?? 0) + 1,
      });
      expect(answer.version).toBe(after.version);
      expect(after.manager).toBe('ROBO_ADVISOR_DISCRETIONARY');
    });

    it('sets the total that is reserved: 1e100 is everything, null and 0 are nothing', async () => {
      const portfolio = await open();
      const seen = [];
      for (const amount of ['40', '55', 'everything', '0', '7', null]) {
        made(await portfolio.divest(amount));
        portfolio.played.settle();
        seen.push((await portfolio.read()).divestment);
      }
      expect(seen).toEqual([
        { kind: 'exactly', amount: '40' },
        { kind: 'exactly', amount: '55' },
        { kind: 'everything' },
        null,
        { kind: 'exactly', amount: '7' },
        null,
      ]);
    });

    it('sets the date of the first funding', async () => {
      const portfolio = await open();
      made(await portfolio.played.port.patchPortfolio(portfolio.played.id, { fundedSince: AT }, {}));
      expect(Date.parse((await portfolio.read()).fundedSince ?? '')).toBe(Date.parse(AT));
    });
  });

  describe('a transaction', () => {
    it('is made with its own id and the external id that it is given, and moves no holding', async () => {
      const portfolio = await open();
      const { port, id } = portfolio.played;
      const first = made(await port.createTransaction(id, { externalId: 'one', movements: [deposit('500.5')] }, {}));
      const second = made(await port.createTransaction(id, { externalId: 'two', movements: [deposit('3')] }, {}));
      expect(first.id).not.toBe(second.id);
      expect(await portfolio.booked()).toMatchObject([{ quantity: 500.5 }, { quantity: 3 }]);
      expect(await portfolio.cash()).toBe(1_000);
    });

    it('is found by exactly its external id', async () => {
      const portfolio = await open();
      const { port, id } = portfolio.played;
      const first = made(await port.createTransaction(id, { externalId: 'dep_1', movements: [deposit('1')] }, {}));
      made(await port.createTransaction(id, { externalId: 'dep_11', movements: [deposit('2')] }, {}));
      const found = async (externalId: string) =>
        (await port.findTransactionsByExternalId(id, externalId, {})).map((each) => each.id);
      expect(await found('dep_1')).toEqual([first.id]);
      expect(await found('dep_2')).toEqual([]);
    });

    it('has no key: the same external id again is another transaction, or a conflict', async () => {
      const portfolio = await open();
      const { port, id } = portfolio.played;
      const draft = { externalId: 'twice', movements: [deposit('1')] };
      made(await port.createTransaction(id, draft, {}));
      const again = await port.createTransaction(id, draft, {});
      const found = await port.findTransactionsByExternalId(id, 'twice', {});
      if (again.kind === 'accepted') expect(found).toHaveLength(2);
      else expect([again, found.length]).toMatchObject([{ kind: 'refused', status: 409 }, 1]);
    });

    it('is listed whole, however many there are', async () => {
      const portfolio = await open();
      const { port, id } = portfolio.played;
      const quantities = Array.from({ length: 21 }, (_, at) => at + 1);
      for (const quantity of quantities)
        await port.createTransaction(id, { movements: [deposit(String(quantity))] }, {});
      const booked = await portfolio.booked();
      expect(booked.map(({ quantity }) => quantity).sort((a, b) => a - b)).toEqual(quantities);
    });
  });

  describe('a cash event', () => {
    it('of a deposit raises the cash, makes the transaction and dates the first funding', async () => {
      const portfolio = await open();
      expect(made(await portfolio.event('deposit', '40.5', 'k'))).toBeNull();
      expect(await portfolio.cash()).toBe(1_040.5);
      expect(await portfolio.booked()).toEqual([
        { type: 'CASH_DEPOSIT', status: 'SETTLED', instrumentId: '$EUR', quantity: 40.5 },
      ]);
      const { fundedSince } = await portfolio.read();
      expect(fundedSince).not.toBeNull();
      made(await portfolio.event('deposit', '1', 'k2'));
      expect((await portfolio.read()).fundedSince).toBe(fundedSince);
    });

    it('of a withdrawal lowers the cash, makes the transaction and takes the reservation away', async () => {
      const portfolio = await open();
      made(await portfolio.divest('40'));
      portfolio.played.settle();
      made(await portfolio.event('withdraw', '40', 'k'));
      expect(await portfolio.cash()).toBe(960);
      expect(await portfolio.booked()).toEqual([
        { type: 'CASH_WITHDRAWAL', status: 'SETTLED', instrumentId: '$EUR', quantity: -40 },
      ]);
      expect((await portfolio.read()).divestment).toBeNull();
    });

    it.each([
      ['deposit', 1_040],
      ['withdraw', 960],
    ] as const)('of a %s is taken once for each key', async (kind, cash) => {
      const portfolio = await open();
      for (let times = 0; times < 3; times += 1) made(await portfolio.event(kind, '40', 'k'));
      expect([await portfolio.cash(), (await portfolio.booked()).length]).toEqual([cash, 1]);
      portfolio.played.settle();
      made(await portfolio.event(kind, '40', 'k2'));
      expect((await portfolio.booked()).length).toBe(2);
    });

    it('under a key that was used for another amount has no second effect', async () => {
      const portfolio = await open();
      made(await portfolio.event('deposit', '40', 'k'));
      await portfolio.event('deposit', '50', 'k');
      expect([await portfolio.cash(), (await portfolio.booked()).length]).toEqual([1_040, 1]);
    });

    it('only notifies where the gateway books', async () => {
      const portfolio = await open({ booking: 'gateway' });
      const before = await portfolio.read();
      made(await portfolio.event('deposit', '40', 'k'));
      made(await portfolio.event('withdraw', '10', 'k2'));
      expect([await portfolio.read(), await portfolio.booked()]).toEqual([before, []]);
    });

    it('may be answered before it is booked, and is booked once all the same', async ({ skip }) => {
      const portfolio = await open();
      const book = portfolio.played.bookLater?.();
      if (book === undefined) return skip('books before it answers, always');
      for (const kind of ['withdraw', 'deposit'] as const) {
        made(await portfolio.event(kind, '40', kind));
        made(await portfolio.event(kind, '40', kind));
      }
      expect([await portfolio.cash(), await portfolio.booked()]).toEqual([1_000, []]);
      book();
      expect([await portfolio.cash(), (await portfolio.booked()).length]).toEqual([1_000, 2]);
      book();
      expect((await portfolio.booked()).length).toBe(2);
    });
  });

  describe('while an optimization is computed', () => {
    it('a withdrawal is refused with 409, and its key is free for later', async () => {
      const portfolio = await open();
      portfolio.played.rebalance(true);
      expect(await portfolio.event('withdraw', '40', 'k')).toMatchObject({ kind: 'refused', status: 409 });
      expect([await portfolio.cash(), await portfolio.booked()]).toEqual([1_000, []]);
      portfolio.played.rebalance(false);
      made(await portfolio.event('withdraw', '40', 'k'));
      expect(await portfolio.cash()).toBe(960);
    });

    it('no more can be reserved: 409', async () => {
      const portfolio = await open();
      portfolio.played.rebalance(true);
      expect(await portfolio.divest('40')).toMatchObject({ kind: 'refused', status: 409 });
      expect((await portfolio.read()).divestment).toBeNull();
    });
  });

  it('what is not there is null', async () => {
    const { played } = await open();
    expect(await played.port.portfolioFresh('P00000000000000000000000ZZZ' as typeof played.id, {})).toBeNull();
  });
});
