import { LOCAL_OPERATOR } from '../../src/domain/viewer.ts';
import type { Slot } from './gateways.ts';
import type { Random } from './random.ts';
import type { Operation as AnyOperation, MoneyKind } from './scenario.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';
import { CUSTOMERS, optimizationIdOf } from './wire.ts';

/** Operations that are no client's request. */
type Others = 'advise' | 'reconnect' | 'line' | 'take-back' | 'trade' | 'sweep';
type Operation = Exclude<AnyOperation, { readonly do: Others }>;

/** A client's request, as it was first sent and as it was last answered. */
export interface Asked {
  readonly key: string;
  readonly mutation: Mutation;
  readonly input: Readonly<Record<string, unknown>>;
  /** The kind of money, where it is about money. */
  readonly money: MoneyKind | null;
  readonly customer: number;
  /** The object that was made; undefined while that is not known, or where the request was refused. */
  id: string | undefined;
  /** The name of the last answer's type; undefined while there is none. */
  answer: string | undefined;
  readonly violations: string[];
}

type Mutation = keyof typeof DOCUMENTS;

const objectMutation = (name: string, type: string, field: string): string =>
  `mutation M($input: ${type}!) { ${name}(input: $input) { __typename ... on ${name[0]?.toUpperCase()}${name.slice(1)}Success { replayed ${field} } ... on Error { code retryable } } }`;

const DOCUMENTS = {
  registerDeposit: objectMutation('registerDeposit', 'RegisterDepositInput', 'deposit { id state }'),
  requestWithdrawal: objectMutation('requestWithdrawal', 'RequestWithdrawalInput', 'withdrawal { id state }'),
  increaseVirtualCash: objectMutation('increaseVirtualCash', 'VirtualCashInput', 'virtualCashMovement { id }'),
  decreaseVirtualCash: objectMutation('decreaseVirtualCash', 'VirtualCashInput', 'virtualCashMovement { id }'),
  cancelWithdrawal: objectMutation('cancelWithdrawal', 'CancelWithdrawalInput', 'withdrawal { id state }'),
  cancelVirtualCashDecrease: objectMutation(
    'cancelVirtualCashDecrease',
    'CancelVirtualCashDecreaseInput',
    'virtualCashMovement { id }',
  ),
  placeOrder: objectMutation('placeOrder', 'PlaceOrderInput', 'order { id state }'),
  cancelOrder: objectMutation('cancelOrder', 'CancelOrderInput', 'order { id state }'),
  executeOptimization: objectMutation('executeOptimization', 'ExecuteOptimizationInput', 'rebalancing { id state }'),
  recordTransaction: objectMutation('recordTransaction', 'RecordTransactionInput', 'transaction { id }'),
  synchronizePortfolio: objectMutation('synchronizePortfolio', 'SynchronizePortfolioInput', 'portfolio { id }'),
  updateHoldings: objectMutation('updateHoldings', 'UpdateHoldingsInput', 'portfolio { id }'),
  resolveReview: `mutation M($input: ResolveReviewInput!) { resolveReview(input: $input) { __typename ... on Error { code retryable } } }`,
} as const;

const MUTATION_OF: Readonly<Record<MoneyKind, Mutation>> = {
  deposit: 'registerDeposit',
  withdraw: 'requestWithdrawal',
  increase: 'increaseVirtualCash',
  decrease: 'decreaseVirtualCash',
  buy: 'placeOrder',
};

/** How long a client waits for an answer. */
const PATIENCE_MS = 12_000;
/** Beyond it something is wrong with the gateways. */
const MOST_TRIES = 60;

interface ClientsWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly trace: Trace;
  readonly slots: readonly Slot[];
}

/** Those who ask. Each asks again, with the same key and at any gateway, until it has an answer that it need not ask for again. */
export class Clients {
  readonly asked: Asked[] = [];
  readonly #byOperation = new Map<number, Asked>();
  /** Started when an operation's request is answered. */
  readonly #onAnswer = new Map<number, (() => void)[]>();
  readonly #world: ClientsWorld;
  #open = 0;

  constructor(world: ClientsWorld) {
    this.#world = world;
  }

  /** Requests without a final answer. */
  get open(): number {
    return this.#open;
  }

  perform(operation: Operation): void {
    if (operation.do === 'cancel' && operation.after !== undefined) {
      this.#performSoon(operation, operation.after);
      return;
    }
    this.#perform(operation);
  }

  /** Cancels so many milliseconds after what it cancels was answered, or not at all. */
  #performSoon(operation: Operation & { readonly do: 'cancel' }, ms: number): void {
    const perform = (): void => void this.#world.timeline.after(ms, () => this.#perform(operation));
    if (this.#byOperation.get(operation.what)?.id !== undefined) perform();
    else this.#onAnswer.set(operation.what, [...(this.#onAnswer.get(operation.what) ?? []), perform]);
  }

  #perform(operation: Operation): void {
    const asked = this.#requestOf(operation);
    if (asked === undefined) return;
    this.#byOperation.set(operation.n, asked);
    this.ask(asked, operation.gateway);
  }

  ask(asked: Asked, gateway: number): void {
    if (!this.asked.includes(asked)) this.asked.push(asked);
    this.#open += 1;
    this.#try(asked, gateway, 1);
  }

  request(mutation: Mutation, key: string, input: Readonly<Record<string, unknown>>, rest: Partial<Asked> = {}): Asked {
    const whole = { ...input, idempotencyKey: key };
    return {
      key,
      mutation,
      input: whole,
      money: null,
      customer: 0,
      id: undefined,
      answer: undefined,
      violations: [],
      ...rest,
    };
  }

  #requestOf(operation: Operation): Asked | undefined {
    const key = `key-${operation.n}`;
    switch (operation.do) {
      case 'synchronize': {
        const { customer, dryRun } = operation;
        const input = { portfolioId: CUSTOMERS[customer]?.portfolio, dryRun };
        return this.request('synchronizePortfolio', key, input, { customer });
      }
      case 'execute': {
        const input = { portfolioId: CUSTOMERS[0]?.portfolio, optimizationId: optimizationIdOf(operation.what) };
        return this.request('executeOptimization', key, input);
      }
      case 'cancel': {
        const what = this.#byOperation.get(operation.what);
        if (what?.id === undefined) return undefined;
        if (what.money === 'withdraw') return this.request('cancelWithdrawal', key, { id: what.id });
        if (what.money === 'buy') return this.request('cancelOrder', key, { id: what.id });
        return what.money === 'decrease' ? this.request('cancelVirtualCashDecrease', key, { id: what.id }) : undefined;
      }
      case 'repeat':
        return this.#byOperation.get(operation.what);
      case 'record': {
        const movement = {
          type: 'OTHER_FEE',
          status: 'SETTLED',
          datetime: '2026-02-01T08:00:00Z',
          instrumentId: '$EUR',
          quantity: operation.amount,
        };
        const portfolioId = CUSTOMERS[operation.customer]?.portfolio;
        return this.request('recordTransaction', key, { portfolioId, movements: [movement] }, operation);
      }
      case 'hold': {
        const portfolioId = CUSTOMERS[operation.customer]?.portfolio;
        const holdings = [{ instrumentId: 'US0378331005', quantity: operation.quantity }];
        return this.request('updateHoldings', key, { portfolioId, holdings }, { customer: operation.customer });
      }
      default: {
        const { customer, amount } = operation;
        const portfolioId = CUSTOMERS[customer]?.portfolio;
        const order = operation.do === 'buy' ? { side: 'BUY', isin: 'US0378331005' } : {};
        const input = { portfolioId, amount, currency: 'EUR', ...order };
        return this.request(MUTATION_OF[operation.do], key, input, { money: operation.do, customer });
      }
    }
  }

  #try(asked: Asked, gateway: number, tries: number): void {
    const { timeline, random, slots } = this.#world;
    let isOver = false;
    const again = (ms: number): void => {
      if (isOver) return;
      isOver = true;
      if (tries >= MOST_TRIES) {
        asked.violations.push(`${asked.key} had no answer after ${tries} tries`);
        this.#open -= 1;
        return;
      }
      timeline.after(ms, () => this.#try(asked, gateway + 1, tries + 1));
    };
    const operations = slots[gateway % slots.length]?.assembly?.operations;
    if (operations === undefined) {
      again(random.between(200, 1_000));
      return;
    }
    timeline.after(PATIENCE_MS, () => again(random.between(10, 1_000)));
    const exchange = { requestId: `${asked.key}.${tries}`, viewer: LOCAL_OPERATOR, signal: () => NEVER };
    operations.run({ query: DOCUMENTS[asked.mutation], variables: { input: asked.input } }, exchange).then(
      (outcome) => {
        if (isOver || outcome.kind !== 'result') return;
        const answer = answerIn(asked.mutation, outcome.data);
        const what = answer?.__typename ?? outcome.errors.map((error) => String(error.extensions['code'])).join();
        this.#world.trace.tell('client', `${asked.key} ${asked.mutation} is answered ${what}`);
        if (what.includes('VALIDATION')) throw new TypeError(`${asked.mutation}: ${outcome.errors.map(String).join()}`);
        // The orders of a rebalancing take their time.
        if (answer?.__typename === 'RebalancingInProgressError') return again(random.between(2_000, 8_000));
        if (answer === undefined || isToBeAskedAgain(answer)) return again(random.between(100, 1_500));
        isOver = true;
        this.#open -= 1;
        this.#take(asked, answer);
      },
      () => again(random.between(100, 1_500)),
    );
  }

  #take(asked: Asked, answer: ClientAnswer): void {
    const { deposit, withdrawal, virtualCashMovement, order, rebalancing, transaction } = answer;
    const id = (deposit ?? withdrawal ?? virtualCashMovement ?? order ?? rebalancing ?? transaction)?.id;
    const isSuccess = answer.__typename.endsWith('Success');
    if (asked.id !== undefined && isSuccess && id !== asked.id)
      asked.violations.push(`${asked.key} was answered with ${asked.id}, then with ${id}`);
    if (asked.answer?.endsWith('Success') === true && !isSuccess)
      asked.violations.push(`${asked.key} was answered ${asked.answer}, then ${answer.__typename}`);
    asked.id ??= id;
    asked.answer = answer.__typename;
    for (const [operation, begin] of this.#onAnswer) {
      if (this.#byOperation.get(operation) !== asked) continue;
      this.#onAnswer.delete(operation);
      for (const each of begin) each();
    }
  }
}

const NEVER = new AbortController().signal;

interface ClientAnswer {
  readonly __typename: string;
  readonly code?: string;
  readonly retryable?: boolean;
  readonly deposit?: { readonly id: string };
  readonly withdrawal?: { readonly id: string };
  readonly virtualCashMovement?: { readonly id: string };
  readonly order?: { readonly id: string };
  readonly rebalancing?: { readonly id: string };
  readonly transaction?: { readonly id: string };
}

function answerIn(mutation: Mutation, data: string | undefined): ClientAnswer | undefined {
  const parsed = JSON.parse(data ?? 'null') as Readonly<Record<string, ClientAnswer>> | null;
  return parsed?.[mutation] ?? undefined;
}

const isToBeAskedAgain = ({ __typename: type, retryable }: ClientAnswer): boolean =>
  retryable === true || type === 'OutcomePendingError';
