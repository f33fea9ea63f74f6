import { type HoldingsUpdated, updateHoldings } from '../resolvers/holdings.ts';
import type { Success } from '../resolvers/results.ts';
import { resultType } from './failures.ts';
import { KEY, REPLAYED, WARNINGS } from './mutations.ts';
import type { SchemaParts } from './parts.ts';

export function addUpdateHoldings(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const line = builder.inputType('HoldingInput', {
    description: 'A holding: cash or units of an instrument.',
    fields: (t) => ({
      instrumentId: t.string({ required: true, description: '$CCY for cash, otherwise the ISIN of the instrument.' }),
      quantity: t.field({
        type: 'Decimal',
        required: true,
        description: 'The new quantity: units, or money for cash.',
      }),
    }),
  });
  const input = builder.inputType('UpdateHoldingsInput', {
    description:
      'Holdings to set. With replaceAll the list is the whole portfolio, and a holding that is left out counts as sold. Otherwise the given holdings are set and all others are kept.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio.' }),
      holdings: t.field({ type: [line], required: true, description: 'The holdings, 1 to 5,000, none twice.' }),
      replaceAll: t.boolean({ description: 'Whether the list is the whole portfolio; false when left out.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<HoldingsUpdated>>('UpdateHoldingsSuccess').implement({
    description: 'The holdings are set.',
    fields: (t) => ({
      portfolio: t.expose('portfolio', {
        type: refs.portfolio,
        nullable: false,
        description: 'The portfolio in its current state.',
      }),
      warnings: t.exposeStringList('warnings', {
        nullable: false,
        description: `${WARNINGS} One warning for each holding that differs at the broker.`,
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'UpdateHoldings', success, ['rebalancingInProgress']);
  builder.mutationField('updateHoldings', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Sets the holdings of a portfolio in InvestSuite. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The holdings.' }) },
      resolve: (_root, args, context) => updateHoldings(context, args.input),
    }),
  );
}
