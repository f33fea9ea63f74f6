import {
  numbers,
  type OptimizationOverrides,
  type PortfolioOverrides,
  seedOptimization,
  seedPortfolio,
} from '../seed/builders.ts';
import type { InvestSuiteSeed } from '../seed/seed-data.ts';
import { adminBody, adminText, asPlainValue, ok, plain, route } from '../server/admin.ts';
import { Refusal } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { newInvestSuiteId } from '../values/ids.ts';
import { isObject, type Json, NumberText } from '../values/json.ts';
import type { InvestSuiteAuth } from './auth.ts';
import type { InvestSuiteContext } from './context.ts';
import { cashKey, type Optimization, type Portfolio, type Transaction, type User } from './entities.ts';
import { choose, recommend, triggerOptimization } from './optimizations.ts';
import type { BusEvent, InvestSuiteLedgerEntry } from './store.ts';
import { add as addTransaction } from './transactions.ts';

/** How tests look into the stand-in and change its state behind the API's back: no version, no event, no optimization. */
export interface InvestSuiteControls {
  portfolio(id: string): Portfolio | undefined;
  user(id: string): User | undefined;
  /** In the order in which they were made. */
  transactions(portfolioId: string): readonly Transaction[];
  optimization(portfolioId: string): Optimization | undefined;
  /** Instrument id to number text. */
  holdings(portfolioId: string): Readonly<Record<string, string>>;
  /** The cash holding in the base currency, as number text; '0' where there is none. */
  cash(portfolioId: string): string;
  /** Number text; null where nothing is reserved. */
  divestAmount(portfolioId: string): string | null;
  /** Every effect since the start, oldest first. */
  ledger(): readonly InvestSuiteLedgerEntry[];
  /** Messages published on the bus, oldest first. */
  busEvents(): readonly BusEvent[];
  /** Called for each event as it is published; returns how to stop that. */
  onBusEvent(listener: (event: BusEvent) => void): () => void;
  add(seed: Partial<InvestSuiteSeed>): void;
  /** Adds a transaction as InvestSuite itself would; no holding changes. */
  book(portfolioId: string, transaction: Pick<Transaction, 'movements'> & Partial<Transaction>): Transaction;
  /** Replaces members of a portfolio. */
  change(portfolioId: string, changes: Partial<Portfolio>): void;
  setHoldings(portfolioId: string, holdings: Readonly<Record<string, string>>): void;
  /** Number text; null for nothing. */
  setDivestAmount(portfolioId: string, amount: string | null): void;
  /** Has a new optimization computed, as every PATCH does. */
  optimize(portfolioId: string): void;
  setOptimization(portfolioId: string, overrides: OptimizationOverrides): void;
  /** A new optimization is the latest, with its event; returns its id. */
  recommend(portfolioId: string, overrides: OptimizationOverrides): string;
  /** The owner answers the latest optimization, with its event. */
  choose(portfolioId: string, choice: NonNullable<Optimization['owner_choice']>): void;
  /** Invalidates all tokens. */
  expireTokens(): void;
}

export function createControls(context: InvestSuiteContext, auth: InvestSuiteAuth): InvestSuiteControls {
  const { store } = context;
  const known = (id: string): Portfolio => {
    const portfolio = store.portfolios.get(id);
    if (!portfolio) throw new Refusal({ status: 404, body: { error: 'no such portfolio' } }, `no portfolio ${id}`);
    return portfolio;
  };
  const holdings = (id: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(known(id).portfolio).map(([instrument, { text }]) => [instrument, text]));
  const change = (id: string, changes: Partial<Portfolio>): void => {
    store.portfolios.put({ ...known(id), ...changes });
  };
  return {
    portfolio: (id) => store.portfolios.get(id),
    user: (id) => store.users.get(id),
    transactions: (portfolioId) => store.transactions(portfolioId).all(),
    optimization: (portfolioId) => store.latestOptimization(portfolioId),
    holdings,
    cash: (id) => known(id).portfolio[cashKey(known(id).base_currency)]?.text ?? '0',
    divestAmount: (id) => known(id).config.manager_settings.divest_amount?.text ?? null,
    ledger: () => [...store.ledger],
    busEvents: () => [...store.busEvents],
    onBusEvent(listener) {
      context.busListeners.add(listener);
      return () => context.busListeners.delete(listener);
    },
    add: (seed) => store.add(seed),
    book: (id, transaction) => addTransaction(context, known(id), transaction),
    change,
    setHoldings: (id, texts) => change(id, { portfolio: numbers(texts) }),
    setDivestAmount(id, amount) {
      const { config } = known(id);
      const divest_amount = amount === null ? null : new NumberText(amount);
      change(id, { config: { ...config, manager_settings: { ...config.manager_settings, divest_amount } } });
    },
    optimize: (id) => triggerOptimization(context, id),
    setOptimization: (id, overrides) => store.putOptimization(seedOptimization(known(id), overrides)),
    recommend(id, overrides) {
      const optimization = seedOptimization(known(id), { id: newInvestSuiteId('O', context.clock()), ...overrides });
      recommend(context, optimization);
      return optimization.id;
    },
    choose(id, choice) {
      const optimization = store.latestOptimization(known(id).id);
      if (!optimization) throw new Refusal({ status: 404, body: { error: 'no optimization' } }, `none of ${id}`);
      choose(context, optimization, choice);
    },
    expireTokens: () => auth.expireTokens(),
  };
}

export function controlRoutes(
  { store }: InvestSuiteContext,
  controls: InvestSuiteControls,
  credentials: () => Json,
): readonly Route[] {
  const portfolioState = (id: string): Json => {
    const portfolio = controls.portfolio(id);
    if (!portfolio) throw new Refusal({ status: 404, body: { error: 'no such portfolio' } });
    return { portfolio, transactions: [...controls.transactions(id)], optimization: controls.optimization(id) ?? null };
  };
  return [
    route('GET', 'credentials', () => ok(credentials())),
    route('GET', 'ledger', () => ok(plain(controls.ledger()))),
    route('GET', 'bus-events', () => ok(plain(controls.busEvents()))),
    route('GET', 'state', () =>
      ok({ portfolios: store.portfolios.all().map(({ id }) => id), users: store.users.size }),
    ),
    route('GET', 'portfolios/:id', (_, { id = '' }) => ok(portfolioState(id))),
    route('POST', 'portfolios', (exchange) => {
      const body = adminBody(exchange);
      adminText(body, 'key');
      // Written by tests of ours; amounts are strings in it. Upvest's stand-in takes the same and adds its part.
      const { investSuite, upvest: _, ...ids } = seedPortfolio(asPlainValue(body) as PortfolioOverrides);
      controls.add(investSuite ?? {});
      return ok(plain(ids));
    }),
    route('PATCH', 'portfolios/:id', (exchange, { id = '' }) => {
      const { holdings, divestAmount, version, ...changes } = adminBody(exchange);
      // Members of the wire's own shape that are not numbers.
      controls.change(id, changes as Partial<Portfolio>);
      if (version instanceof NumberText) controls.change(id, { version: Number(version.text) });
      if (isObject(holdings)) controls.setHoldings(id, textsOf(holdings));
      if (divestAmount !== undefined) controls.setDivestAmount(id, divestAmount === null ? null : textOf(divestAmount));
      return ok(portfolioState(id));
    }),
    route('PUT', 'portfolios/:id/optimization', (exchange, { id = '' }) => {
      controls.setOptimization(id, asPlainValue(adminBody(exchange)) as OptimizationOverrides);
      return ok(portfolioState(id));
    }),
    route('POST', 'portfolios/:id/optimization', (exchange, { id = '' }) => {
      controls.recommend(id, asPlainValue(adminBody(exchange)) as OptimizationOverrides);
      return ok(portfolioState(id));
    }),
    route('POST', 'portfolios/:id/owner-choice', (exchange, { id = '' }) => {
      const choice = CHOICES.find((each) => each === adminText(adminBody(exchange), 'choice'));
      if (choice === undefined) throw new Refusal({ status: 400, body: { error: `choice: ${CHOICES.join(', ')}` } });
      controls.choose(id, choice);
      return ok(portfolioState(id));
    }),
    route('POST', 'expire-tokens', () => {
      controls.expireTokens();
      return { status: 204 };
    }),
  ];
}

const CHOICES = ['ACCEPT', 'REJECT', 'REOPTIMIZE', 'IGNORED'] as const;

const textOf = (value: Json | undefined): string => (value instanceof NumberText ? value.text : String(value));

function textsOf(values: { readonly [name: string]: Json | undefined }): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
}
