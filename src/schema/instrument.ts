import type { Instrument } from '../domain/instrument.ts';
import { instrumentByIsin, listInstruments } from '../resolvers/instruments.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import type { SchemaParts } from './parts.ts';
import { pageOrError } from './shown.ts';

/** Description of `instrument` wherever an object names an instrument. */
export const INSTRUMENT =
  "The instrument in the broker's directory, with its name; null where the directory does not have it (yet).";

export function addInstruments({ builder, node, refs, pageInfo }: SchemaParts): void {
  builder.objectType(refs.instrument, {
    description:
      "An instrument of the broker's directory, which the gateway keeps a copy of. Its id is ins_ and the ISIN.",
    interfaces: [node],
    isTypeOf: (value) => isInstrument(value),
    fields: (t) => ({
      isin: t.exposeString('isin', { nullable: false, description: 'ISIN of the instrument.' }),
      wkn: t.exposeString('wkn', { description: 'WKN of the instrument; null where it has none.' }),
      name: t.exposeString('name', {
        nullable: false,
        description: 'Name of the instrument; its ISIN where the broker has no name.',
      }),
      tradable: t.exposeBoolean('tradable', { nullable: false, description: 'Whether it can be traded now.' }),
      fractional: t.exposeBoolean('fractional', {
        nullable: false,
        description: 'Whether parts of a unit can be bought.',
      }),
    }),
  });
  const instruments = connectionType(builder, {
    name: 'Instrument',
    what: 'instruments',
    node: refs.instrument,
    pageInfo,
  });
  builder.queryFields((t) => ({
    instrument: t.field({
      type: refs.instrument,
      description: 'An instrument by its ISIN; null where the broker does not have it.',
      args: { isin: t.arg.string({ required: true, description: 'ISIN of the instrument.' }) },
      resolve: (_root, { isin }, context) => instrumentByIsin(context, isin),
    }),
    instruments: t.field({
      type: instruments,
      nullable: false,
      description:
        "The broker's instruments. With search: best match first, an exact ISIN or WKN before all others, then names that begin with it. Without: by name.",
      args: {
        ...pageArgs(t.arg),
        search: t.arg.string({
          description:
            'Words of name, ISIN or WKN in any order, at most 200 characters. Each may be cut short; case and accents do not matter.',
        }),
        tradable: t.arg.boolean({ description: 'Only those that can, or cannot, be traded now.' }),
      },
      complexity: listComplexity,
      resolve: pageOrError((_root, args, context) => listInstruments(context, args)),
    }),
  }));
}

const isInstrument = (value: unknown): value is Instrument =>
  typeof value === 'object' && value !== null && 'fractional' in value;
