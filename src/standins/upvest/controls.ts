import { type PortfolioOverrides, seedPortfolio } from '../seed/builders.ts';
import type { UpvestSeed } from '../seed/seed-data.ts';
import { adminBody, adminText, asPlainValue, ok, plain, route } from '../server/admin.ts';
import { Refusal } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import type { Calendar, Clock } from '../values/clock.ts';
import type { Json, JsonObject } from '../values/json.ts';
import type { TokenAuth } from './auth.ts';
import { serveBacklog } from './backlog.ts';
import { type Passed, passTime } from './calendar.ts';
import { balanceOf, bookCash, changeBalance } from './cash.ts';
import { enterLedger, type UpvestContext } from './context.ts';
import { type Emission, type EmitContext, type Emitted, emitNow } from './emitting.ts';
import type {
  Account,
  CashBalance,
  CashTransaction,
  Execution,
  InstrumentDetails,
  Order,
  Position,
  SecuritiesTransaction,
  VirtualCash,
  Withdrawal,
} from './entities.ts';
import { cancelExecution, type Fill, fillOrder, settleExecution } from './executions.ts';
import { putInstrument } from './instruments.ts';
import { bookCashLine, bookUnitsLine, type CashLine, cancelLine, type UnitsLine } from './ledger-lines.ts';
import { cancelOrder, newOrder } from './orders.ts';
import type { ForcedOutcome } from './outcomes.ts';
import type { SavingsPlan } from './plans.ts';
import { known } from './reads.ts';
import { sandboxRoutes } from './sandbox-routes.ts';
import type { UpvestLedgerEntry } from './store.ts';
import { currentValuation } from './valuations.ts';
import type { WebhookKeys } from './webhook-keys.ts';
import { newWebhook } from './webhook-operations.ts';
import type { Delivery, Webhook, WebhookDispatcher, WebhookEvent } from './webhooks.ts';
import { cancelWithdrawal } from './withdrawals.ts';

/** Webhooks, beyond what the API offers. */
export interface WebhookControls {
  /** Adds an enabled webhook; for all events unless categories are given. */
  register(url: string, categories?: readonly string[]): Webhook;
  list(): readonly Webhook[];
  /** Every event that was made, sent or not, oldest first. */
  events(): readonly WebhookEvent[];
  /** Called for each event as it is made; returns how to stop that. */
  onEvent(listener: (event: WebhookEvent) => void): () => void;
  /** Every attempt to deliver, oldest first. */
  deliveries(): readonly Delivery[];
  /** Sends one delivery now, past the queue, optionally a wrong one. */
  emit(emission: Emission): Promise<Emitted>;
  /** Makes an event as if something had happened, and queues it for all webhooks. */
  enqueue(type: string, object: JsonObject): WebhookEvent;
  /** Sends the newest events again, with the ids that they had. */
  resend(which: { readonly type?: string | undefined; readonly last: number }): readonly WebhookEvent[];
  /** Holds deliveries back until `resume`. */
  pause(): void;
  resume(): void;
  /** How many events wait. */
  readonly waiting: number;
  /** No event waits, and no delivery is in progress. */
  readonly idle: boolean;
  /** Returns the new key id. */
  rotateKey(options?: { readonly dropOld?: boolean }): string;
}

/** The stand-in's state and controls, for tests. */
export interface UpvestControls {
  readonly webhooks: WebhookControls;
  balance(accountGroupId: string, currency?: string): CashBalance;
  accounts(accountGroupId: string): readonly Account[];
  positions(accountId: string): readonly Position[];
  withdrawal(id: string): Withdrawal | undefined;
  withdrawals(accountGroupId: string): readonly Withdrawal[];
  virtualCash(id: string): VirtualCash | undefined;
  order(id: string): Order | undefined;
  orders(accountId: string): readonly Order[];
  cashTransactions(accountGroupId: string): readonly CashTransaction[];
  /** Every effect since the start, oldest first. */
  ledger(): readonly UpvestLedgerEntry[];
  add(seed: Partial<UpvestSeed>): void;
  /** Replaces fields of a balance without an event; payments that wait for the money continue. */
  setBalance(accountGroupId: string, fields: Partial<CashBalance>): CashBalance;
  /** Money comes in (or goes, when negative): balance, events and cash transaction. */
  cashArrives(accountGroupId: string, amount: string, currency?: string): CashBalance;
  /** A CONFIRMED one is returned by the bank; an earlier one is ended by Upvest. */
  cancelWithdrawal(id: string, reason?: string): Withdrawal;
  /** Places an order; it takes its steps like any other. */
  placeOrder(accountId: string, order: Partial<Order>): Order;
  fillOrder(id: string, fill: Fill): Execution;
  settleExecution(orderId: string, executionId: string): Execution | undefined;
  cancelExecution(orderId: string, executionId: string): Execution | undefined;
  cancelOrder(id: string, reason?: string): Order;
  /** Books a line of the cash ledger, with the money that it moves: a dividend with its tax, a fee, a correction. */
  bookCashLine(line: CashLine): CashTransaction;
  /** The same of the ledger of units: a split, a transfer. */
  bookUnitsLine(line: UnitsLine): SecuritiesTransaction;
  /** Takes a line of either ledger back. */
  cancelLine(id: string): CashTransaction | SecuritiesTransaction;
  securitiesTransactions(accountId: string): readonly SecuritiesTransaction[];
  /** Values an account now, as the broker does at the end of a day, and emits the event. */
  valueAccount(accountId: string, event?: 'ACCOUNT_VALUATION' | 'INTRADAY_ACCOUNT_VALUATION'): JsonObject;
  /** Changes an instrument of the directory, or adds one; webhooks are told. */
  putInstrument(instrument: Partial<InstrumentDetails> & { readonly isin: string }): InstrumentDetails;
  instruments(): readonly InstrumentDetails[];
  /** Decides how the next payment or order ends. */
  force(outcome: ForcedOutcome): void;
  /** Forgets what was forced and has not happened. */
  forget(): void;
  /** A savings plan: it is carried out when the clock is set forward. */
  addPlan(plan: SavingsPlan): SavingsPlan;
  /** Of the calendar. */
  now(): Date;
  /** Sets the clock forward: what is due happens. */
  passTime(ms: number): Passed;
  /** Invalidates all tokens. */
  expireTokens(): void;
}

export interface ControlParts {
  /** Of signatures; the context's is the calendar's. */
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly dispatcher: WebhookDispatcher;
  readonly keys: WebhookKeys;
  readonly auth: TokenAuth;
}

export function createControls(context: UpvestContext, parts: ControlParts): UpvestControls {
  const { store } = context;
  return {
    webhooks: createWebhookControls({ ...parts, settings: context.settings, calendar: context.clock }),
    balance: (groupId, currency = 'EUR') => balanceOf(context, groupId, currency),
    accounts: (groupId) => store.accounts.of(groupId),
    positions: (accountId) => store.positions(accountId),
    withdrawal: (id) => store.withdrawals.get(id),
    withdrawals: (groupId) => store.withdrawals.of(groupId),
    virtualCash: (id) => store.increases.get(id) ?? store.decreases.get(id),
    order: (id) => store.orders.get(id),
    orders: (accountId) => store.orders.of(accountId),
    cashTransactions: (groupId) => store.cashTransactions.of(groupId),
    ledger: () => [...store.ledger],
    add: (seed) => store.add(seed),
    setBalance(groupId, fields) {
      const currency = fields.currency ?? 'EUR';
      const after = store.putBalance({ ...balanceOf(context, groupId, currency), ...fields });
      serveBacklog(context, groupId, currency);
      return after;
    },
    cashArrives: (groupId, amount, currency = 'EUR') => cashArrives(context, groupId, amount, currency),
    cancelWithdrawal(id, reason) {
      const returned = store.withdrawals.get(id)?.status === 'CONFIRMED';
      return cancelWithdrawal(context, id, reason ?? (returned ? 'CANCELLED_BY_BANK' : 'CANCELLED_BY_UPVEST'));
    },
    placeOrder: (accountId, order) => newOrder(context, known(store.accounts, 'Account', accountId), order),
    fillOrder: (id, fill) => fillOrder(context, id, fill),
    settleExecution: (orderId, executionId) => settleExecution(context, orderId, executionId),
    cancelExecution: (orderId, executionId) => cancelExecution(context, orderId, executionId),
    cancelOrder: (id, reason = 'CANCELLED_BY_UPVEST_OPERATIONS') => cancelOrder(context, id, reason),
    bookCashLine: (line) => bookCashLine(context, line),
    bookUnitsLine: (line) => bookUnitsLine(context, line),
    cancelLine: (id) => cancelLine(context, id),
    securitiesTransactions: (accountId) => store.securitiesTransactions.of(accountId),
    valueAccount(accountId, event = 'ACCOUNT_VALUATION') {
      const account = known(store.accounts, 'Account', accountId);
      const quality = event === 'ACCOUNT_VALUATION' ? 'EOD' : 'HIGHEST_AVAILABLE';
      const valuation = currentValuation(context, account, quality);
      context.emit(`${event}.CREATED`, valuation);
      return valuation;
    },
    putInstrument: (instrument) => putInstrument(context, instrument),
    instruments: () => store.instruments.all(),
    force: (outcome) => store.outcomes.force(outcome),
    forget: () => store.outcomes.clear(),
    addPlan: (plan) => store.plans.put(plan),
    now: context.clock,
    passTime: (ms) => passTime(context, parts.calendar, ms),
    expireTokens: () => parts.auth.expireTokens(),
  };
}

function createWebhookControls(context: EmitContext): WebhookControls {
  const { dispatcher, keys, calendar } = context;
  return {
    register: (url, categories = ['ALL']) =>
      dispatcher.webhooks.put(newWebhook(calendar, url, { type: categories, enabled: true })),
    list: () => dispatcher.webhooks.all(),
    events: () => dispatcher.events,
    onEvent(listener) {
      dispatcher.listeners.add(listener);
      return () => dispatcher.listeners.delete(listener);
    },
    deliveries: () => dispatcher.deliveries,
    emit: (emission) => emitNow(context, emission),
    enqueue: (type, object) => dispatcher.emit(type, object),
    resend: (which) => dispatcher.resend(which),
    pause: () => dispatcher.pause(),
    resume: () => dispatcher.resume(),
    get waiting() {
      return dispatcher.waiting;
    },
    get idle() {
      return dispatcher.idle;
    },
    rotateKey: (options) => keys.rotate(options),
  };
}

function cashArrives(context: UpvestContext, groupId: string, amount: string, currency: string): CashBalance {
  const change = { balance: amount, available_for_withdrawal: amount, available_for_trading: amount };
  const after = changeBalance(context, groupId, currency, change);
  const { id } = bookCash(context, { type: 'CREDIT_FUNDING', groupId, currency, amount, references: [] });
  enterLedger(context, { kind: 'cash-arrived', accountGroupId: groupId, amount, currency, id });
  serveBacklog(context, groupId, currency);
  return after;
}

export function controlRoutes(controls: UpvestControls, credentials: () => Json): readonly Route[] {
  const { webhooks } = controls;
  return [
    route('GET', 'credentials', () => ok(credentials())),
    route('GET', 'ledger', () => ok(plain(controls.ledger()))),
    route('GET', 'groups/:id', (_, { id = '' }) => ok(plain(groupState(controls, id)))),
    route('GET', 'virtual-cash/:id', (_, { id = '' }) => ok(controls.virtualCash(id) ?? null)),
    route('POST', 'portfolios', (exchange) => {
      const body = adminBody(exchange);
      adminText(body, 'key');
      // The overrides are those of InvestSuite's stand-in; this one adds the broker's part.
      const { upvest, investSuite: _, ...ids } = seedPortfolio(asPlainValue(body) as PortfolioOverrides);
      controls.add(upvest ?? {});
      return ok(plain(ids));
    }),
    route('PATCH', 'balances/:id', (exchange, { id = '' }) =>
      ok(controls.setBalance(id, asPlainValue(adminBody(exchange)) as Partial<CashBalance>)),
    ),
    route('POST', 'cash', (exchange) => {
      const body = adminBody(exchange);
      const currency = typeof body['currency'] === 'string' ? body['currency'] : 'EUR';
      return ok(controls.cashArrives(adminText(body, 'accountGroupId'), adminText(body, 'amount'), currency));
    }),
    route('POST', 'cash-lines', (exchange) =>
      ok(plain(controls.bookCashLine(asPlainValue(adminBody(exchange)) as CashLine))),
    ),
    route('POST', 'units-lines', (exchange) =>
      ok(plain(controls.bookUnitsLine(asPlainValue(adminBody(exchange)) as UnitsLine))),
    ),
    route('POST', 'lines/:id/cancel', (_, { id = '' }) => ok(plain(controls.cancelLine(id)))),
    route('PATCH', 'instruments/:isin', (exchange, { isin = '' }) =>
      ok(controls.putInstrument({ ...(asPlainValue(adminBody(exchange)) as Partial<InstrumentDetails>), isin })),
    ),
    ...orderAndWithdrawalRoutes(controls),
    ...webhookRoutes(webhooks),
    ...sandboxRoutes(controls),
    route('POST', 'expire-tokens', () => {
      controls.expireTokens();
      return { status: 204 };
    }),
  ];
}

function groupState(controls: UpvestControls, id: string) {
  return {
    accounts: controls.accounts(id),
    balances: ['EUR', 'GBP', 'USD'].map((currency) => controls.balance(id, currency)),
    withdrawals: controls.withdrawals(id),
    cashTransactions: controls.cashTransactions(id),
  };
}

function orderAndWithdrawalRoutes(controls: UpvestControls): readonly Route[] {
  return [
    route('POST', 'withdrawals/:id/cancel', (exchange, { id = '' }) => {
      const { reason } = adminBody(exchange);
      return ok(controls.cancelWithdrawal(id, typeof reason === 'string' ? reason : undefined));
    }),
    route('POST', 'accounts/:id/orders', (exchange, { id = '' }) =>
      ok(controls.placeOrder(id, asPlainValue(adminBody(exchange)) as Partial<Order>)),
    ),
    route('POST', 'accounts/:id/valuations', (_, { id = '' }) => ok(controls.valueAccount(id))),
    route('GET', 'orders/:id', (_, { id = '' }) => ok(controls.order(id) ?? null)),
    route('POST', 'orders/:id/fill', (exchange, { id = '' }) =>
      ok(controls.fillOrder(id, asPlainValue(adminBody(exchange)) as Fill)),
    ),
    route('POST', 'orders/:id/executions/:execution/settle', (_, { id = '', execution = '' }) =>
      ok(controls.settleExecution(id, execution) ?? null),
    ),
    route('POST', 'orders/:id/executions/:execution/cancel', (_, { id = '', execution = '' }) =>
      ok(controls.cancelExecution(id, execution) ?? null),
    ),
    route('POST', 'orders/:id/cancel', (_, { id = '' }) => ok(controls.cancelOrder(id))),
  ];
}

function webhookRoutes(webhooks: WebhookControls): readonly Route[] {
  return [
    route('GET', 'webhooks', () =>
      ok(plain({ webhooks: webhooks.list(), waiting: webhooks.waiting, idle: webhooks.idle })),
    ),
    route('POST', 'webhooks', (exchange) => ok(webhooks.register(adminText(adminBody(exchange), 'url')))),
    route('GET', 'events', () => ok(plain(webhooks.events()))),
    route('GET', 'deliveries', () => ok(plain(webhooks.deliveries()))),
    route('POST', 'emit', async (exchange) => {
      const body = adminBody(exchange);
      if (!Array.isArray(body['events'])) throw new Refusal({ status: 400, body: { error: '"events" is missing' } });
      // Written by tests of ours. The events' objects keep their numbers as they were written.
      const emission = body as JsonObject & Pick<Emission, 'events'>;
      return ok(plain(await webhooks.emit(emission)));
    }),
    route('POST', 'pause', () => {
      webhooks.pause();
      return { status: 204 };
    }),
    route('POST', 'resume', () => {
      webhooks.resume();
      return { status: 204 };
    }),
    route('POST', 'rotate-key', (exchange) =>
      ok({ keyId: webhooks.rotateKey({ dropOld: adminBody(exchange)['dropOld'] === true }) }),
    ),
  ];
}
