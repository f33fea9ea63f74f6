import type { SynchronizationChange, SynchronizationProblem } from '../domain/synchronization/change.ts';
import type { Success } from '../resolvers/results.ts';
import {
  type PortfolioSynchronized,
  type Synchronization,
  synchronizationOf,
  synchronizePortfolio,
} from '../resolvers/synchronization.ts';
import { resultType } from './failures.ts';
import { KEY, REPLAYED } from './mutations.ts';
import type { SchemaParts } from './parts.ts';

/** How far InvestSuite follows the broker, and the mutation that brings it there. */
export function addSynchronization(parts: SchemaParts): void {
  addSynchronizationField(parts);
  addSynchronizePortfolio(parts);
}

const problemType = ({ builder }: SchemaParts) =>
  builder.objectRef<SynchronizationProblem>('SynchronizationProblem').implement({
    description:
      "A line of the broker's ledger, or an order, that has no counterpart in InvestSuite, and why the gateway does not make one.",
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: "The broker's id of the line or the order." }),
      type: t.exposeString('type', {
        nullable: false,
        description: "Type of the line in the broker's words; ORDER for an order.",
      }),
      amount: t.expose('amount', {
        type: 'Decimal',
        description: 'Money or units of the line, signed; null for an order.',
      }),
      currency: t.expose('currency', { type: 'CurrencyCode', description: 'Currency of amount; null for units.' }),
      isin: t.exposeString('isin', { description: 'ISIN of the instrument; null where the line names none.' }),
      reason: t.exposeString('reason', { nullable: false, description: 'Why there is no transaction, in a sentence.' }),
    }),
  });

function addSynchronizationField(parts: SchemaParts): void {
  const { builder, refs, enums } = parts;
  const problem = problemType(parts);
  const synchronization = builder.objectRef<Synchronization>('Synchronization').implement({
    description: 'How far InvestSuite follows the broker.',
    fields: (t) => ({
      state: t.expose('state', {
        type: enums.SynchronizationState,
        nullable: false,
        description: 'Whether the holdings in InvestSuite are what the broker has.',
      }),
      checkedAt: t.expose('checkedAt', {
        type: 'DateTime',
        description: 'Time of the comparison that state rests on; null where there was none.',
      }),
      problems: t.expose('problems', {
        type: [problem],
        nullable: { list: false, items: false },
        description: 'Problems for an operator, oldest first; 500 of each kind at most.',
      }),
    }),
  });
  builder.objectFields(refs.portfolio, (t) => ({
    synchronization: t.field({
      type: synchronization,
      description:
        'How far InvestSuite follows the broker. Null for a portfolio that does not: not linked, paper money or archived.',
      resolve: (portfolio, _args, context) => synchronizationOf(context, portfolio),
    }),
  }));
}

const changeType = ({ builder, enums }: SchemaParts) =>
  builder.objectRef<SynchronizationChange>('SynchronizationChange').implement({
    description: 'A change in InvestSuite.',
    fields: (t) => ({
      kind: t.expose('kind', {
        type: enums.SynchronizationChangeKind,
        nullable: false,
        description: 'Kind of the change.',
      }),
      instrumentId: t.exposeString('instrumentId', { description: '`$` and a currency, or an ISIN.' }),
      from: t.field({
        type: 'Decimal',
        description: 'Holding in InvestSuite before; null for a transaction.',
        resolve: (made) => (made.kind === 'HOLDING' ? made.from : null),
      }),
      to: t.expose('to', {
        type: 'Decimal',
        description:
          'Holding afterwards, which is what the broker has; of a transaction what its main movement moves, null for an order.',
      }),
      externalId: t.string({
        description: "External id of the transaction: the broker's id of the line or the order. Null for a holding.",
        resolve: (made) => (made.kind === 'TRANSACTION' ? made.externalId : null),
      }),
      movementType: t.field({
        type: enums.MovementType,
        description: "Type of the transaction's main movement; null for a holding.",
        resolve: (made) => (made.kind === 'TRANSACTION' ? made.movementType : null),
      }),
    }),
  });

function successType(parts: SchemaParts) {
  const { builder, refs } = parts;
  const change = changeType(parts);
  return builder.objectRef<Success<PortfolioSynchronized>>('SynchronizePortfolioSuccess').implement({
    description: 'The portfolio is synchronized, or was compared in a dry run.',
    fields: (t) => ({
      portfolio: t.expose('portfolio', {
        type: refs.portfolio,
        nullable: false,
        description: 'The portfolio in its current state.',
      }),
      changes: t.expose('changes', {
        type: [change],
        nullable: { list: false, items: false },
        description: 'Changes that were written, or would have been in a dry run.',
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
}

function addSynchronizePortfolio(parts: SchemaParts): void {
  const { builder } = parts;
  const input = builder.inputType('SynchronizePortfolioInput', {
    description: 'Which portfolio to synchronize.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio.' }),
      dryRun: t.boolean({ description: 'Write nothing: `changes` says what would be written. Default false.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const result = resultType(parts, 'SynchronizePortfolio', successType(parts), []);
  builder.mutationField('synchronizePortfolio', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: "Brings InvestSuite's holdings and transactions to what the broker has. Operators only.",
      args: { input: t.arg({ type: input, required: true, description: 'The portfolio.' }) },
      resolve: (_root, args, context) => synchronizePortfolio(context, args.input),
    }),
  );
}
