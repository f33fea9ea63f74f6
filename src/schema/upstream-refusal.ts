import type { UpstreamRefusal } from '../domain/upstream-refusal.ts';
import { forOperators } from '../resolvers/access.ts';
import type { SchemaParts, TypeRef } from './parts.ts';

interface Refusable {
  readonly reasonCode?: string | null | undefined;
  readonly refusals?: readonly UpstreamRefusal[] | undefined;
}

/** Why an upstream refused: a code for everybody, its own words for operators. */
export function addUpstreamRefusals(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const refusal = addUpstreamRefusal(parts);
  const add = <T extends Refusable>(type: TypeRef<T>): void =>
    builder.objectFields(type, (t) => ({
      reasonCode: t.string({
        description:
          'Code of the cause where an upstream refused: INSUFFICIENT_CASH, CURRENCY_NOT_SUPPORTED, REMITTANCE_INFORMATION_NOT_ACCEPTED, BANK_ACCOUNT_NOT_USABLE, ACCOUNT_NOT_ACTIVE, INSTRUMENT_NOT_TRADABLE, AMOUNT_NOT_ACCEPTED, or REFUSED for any other cause. Null where none refused. Codes may be added.',
        resolve: ({ reasonCode }) => reasonCode ?? null,
      }),
      refusals: t.field({
        type: [refusal],
        nullable: { list: true, items: false },
        description:
          'The last refusal of each step by an upstream, oldest first. For operators: null for others, and in notifications.',
        resolve: ({ refusals }, _args, context) => forOperators(context, refusals),
      }),
    }));
  add(refs.deposit);
  add(refs.withdrawal);
  add(refs.virtualCash);
  add(refs.order);
}

function addUpstreamRefusal({ builder, enums }: SchemaParts) {
  return builder.objectRef<UpstreamRefusal>('UpstreamRefusal').implement({
    description: 'Refusal of a step of a workflow by an upstream. For operators.',
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime', nullable: false, description: 'Time of the refusal.' }),
      step: t.exposeString('step', { nullable: false, description: 'Step of the workflow, as in the documentation.' }),
      system: t.expose('system', {
        type: enums.UpstreamSystem,
        nullable: false,
        description: 'The system that refused.',
      }),
      status: t.exposeInt('status', { nullable: false, description: "HTTP status of the system's answer." }),
      code: t.exposeString('code', { description: "The system's own code; null where it gave none." }),
      message: t.exposeString('message', {
        description:
          "The system's own words; … stands for what may be data of the request. Null where there were none.",
      }),
      requestId: t.exposeString('requestId', {
        description: "The system's id of the call, for its support; null where it gave none.",
      }),
    }),
  });
}
