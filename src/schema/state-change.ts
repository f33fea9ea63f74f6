import type { StateChange } from '../domain/state-change.ts';
import { forOperators } from '../resolvers/access.ts';
import type { SchemaParts } from './parts.ts';

export type History = ReturnType<typeof addStateChange>;

export function addStateChange({ builder }: SchemaParts) {
  return builder.objectRef<StateChange<string>>('StateChange').implement({
    description: 'An entry of a history. An entry with the same state as the one before has a new reason.',
    fields: (t) => ({
      state: t.exposeString('state', { nullable: false, description: 'State that was entered.' }),
      at: t.expose('at', { type: 'DateTime', nullable: false, description: 'Time at which the state was entered.' }),
      reason: t.exposeString('reason', {
        description: 'Reason for the change; null where there is nothing to explain.',
      }),
      note: t.string({
        description:
          'Note of the operator who resolved a review with this change. For operators: null for others, and in notifications.',
        resolve: ({ note }, _args, context) => forOperators(context, note),
      }),
    }),
  });
}

export const BY_KEY = 'The idempotencyKey of its request, made by the same caller.';

export function hasPrefix<T extends { readonly id: string }>(value: unknown, prefix: string): value is T {
  return typeof value === 'object' && value !== null && 'id' in value && String(value.id).startsWith(prefix);
}
