import type { InputFieldBuilder } from '@pothos/core';
import type { SchemaTypes } from './builder.ts';

export const KEY =
  'Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second ' +
  'effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input.';
export const REPLAYED = 'True where this idempotencyKey was answered before: the call had no effect.';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
type InputFields = InputFieldBuilder<Types, 'InputObject'>;

/** Input fields of every mutation that moves cash. */
export const cashFields = (t: InputFields, portfolio: string) => ({
  portfolioId: t.id({ required: true, description: portfolio }),
  amount: t.field({
    type: 'Decimal',
    required: true,
    description: 'Amount: more than 0, at most two decimals, at most 999999999.99.',
  }),
  currency: t.field({
    type: 'CurrencyCode',
    required: true,
    description: 'Currency of the amount: the base currency of the portfolio.',
  }),
});

export const WARNINGS = 'Sentences for a person to check; empty where there is nothing to check.';
