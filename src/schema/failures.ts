import type { ObjectRef } from '@pothos/core';
import type { Failure } from '../domain/failures.ts';
import { codeOf, isRetryable, type Success } from '../resolvers/results.ts';
import type { SchemaTypes } from './builder.ts';
import type { SchemaParts, TypeRef } from './parts.ts';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
type Kind = Failure['kind'];
type Of<K extends Kind> = Extract<Failure, { readonly kind: K }>;

/** The type of the graph for each kind of failure. */
const TYPE_NAMES: Readonly<Record<Kind, string>> = {
  invalid: 'InvalidInputError',
  notFound: 'NotFoundError',
  forbidden: 'ForbiddenError',
  idempotencyKeyReused: 'IdempotencyKeyReusedError',
  upstreamRefused: 'UpstreamRefusedError',
  portfolioNotFundable: 'PortfolioNotFundableError',
  insufficientCash: 'InsufficientCashError',
  rebalancingInProgress: 'RebalancingInProgressError',
  notCancellable: 'NotCancellableError',
  illegalStatusChange: 'IllegalStatusChangeError',
};

export type FailureTypes = ReturnType<typeof addFailures>;

/** The errors that mutations answer as data. */
export function addFailures({ builder, enums }: Pick<SchemaParts, 'builder' | 'enums'>) {
  const system = builder.enumType('UpstreamSystem', {
    description: 'One of the two systems behind the gateway.',
    values: {
      INVESTSUITE: { description: 'InvestSuite: portfolios and transactions.' },
      UPVEST: { description: 'Upvest: the broker.' },
    } as const,
  });
  const error = builder.interfaceRef<Failure>('Error').implement({
    description: 'An expected failure: nothing was done. The type says what went wrong; new types may be added.',
    resolveType: (failure) => TYPE_NAMES[failure.kind],
    fields: (t) => ({
      code: t.string({ nullable: false, description: 'Stable code for programs.', resolve: codeOf }),
      message: t.exposeString('message', { nullable: false, description: 'What went wrong, for people.' }),
      retryable: t.boolean({
        nullable: false,
        description: 'The same call may succeed later, with the same idempotencyKey.',
        resolve: isRetryable,
      }),
    }),
  });
  const plain = <K extends Kind>(kind: K, description: string) =>
    builder.objectRef<Of<K>>(TYPE_NAMES[kind]).implement({ description, interfaces: [error] });
  return {
    invalid: builder.objectRef<Of<'invalid'>>(TYPE_NAMES.invalid).implement({
      description: 'The input cannot be right.',
      interfaces: [error],
      fields: (t) => ({
        field: t.exposeString('field', { description: 'Which field of the input, e.g. movements[3].quantity.' }),
      }),
    }),
    notFound: plain('notFound', 'There is no such object, or the viewer may not see it.'),
    forbidden: plain('forbidden', 'The viewer may not do this.'),
    idempotencyKeyReused: plain('idempotencyKeyReused', 'This idempotencyKey was used before, with another input.'),
    upstreamRefused: builder.objectRef<Of<'upstreamRefused'>>(TYPE_NAMES.upstreamRefused).implement({
      description:
        'The upstream answered no; code and message are ours, never its raw body. OUTCOME_PENDING: it has not answered ' +
        'yet; ask again with the same idempotencyKey.',
      interfaces: [error],
      fields: (t) => ({
        system: t.expose('system', { type: system, nullable: false, description: 'Which system.' }),
        status: t.exposeInt('status', { description: 'Its HTTP status, where one came.' }),
      }),
    }),
    portfolioNotFundable: plain('portfolioNotFundable', 'Money cannot move for this portfolio as it is.'),
    insufficientCash: builder.objectRef<Of<'insufficientCash'>>(TYPE_NAMES.insufficientCash).implement({
      description: 'Less cash is available than was asked for.',
      interfaces: [error],
      fields: (t) => ({
        available: t.expose('available', { type: 'Decimal', nullable: false, description: 'What is available.' }),
        currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Its currency.' }),
      }),
    }),
    rebalancingInProgress: plain('rebalancingInProgress', 'InvestSuite is rebalancing the portfolio; try again later.'),
    notCancellable: builder.objectRef<Of<'notCancellable'>>(TYPE_NAMES.notCancellable).implement({
      description: 'Too late to cancel.',
      interfaces: [error],
      fields: (t) => ({ state: t.exposeString('state', { nullable: false, description: 'How far it is.' }) }),
    }),
    illegalStatusChange: builder.objectRef<Of<'illegalStatusChange'>>(TYPE_NAMES.illegalStatusChange).implement({
      description: 'This status may not follow the one that is there.',
      interfaces: [error],
      fields: (t) => ({
        from: t.expose('from', {
          type: enums.MovementStatus,
          nullable: false,
          description: 'The status that is there.',
        }),
        to: t.expose('to', {
          type: enums.MovementStatus,
          nullable: false,
          description: 'The status that was asked for.',
        }),
      }),
    }),
  };
}

/** Failures of every mutation, first to last in precedence as far as they apply. */
const COMMON = ['invalid', 'notFound', 'forbidden', 'idempotencyKeyReused', 'upstreamRefused'] as const;

/** The `…Success` type and the `…Result` union of a mutation. */
export function resultType<T extends object>(
  { builder, failures }: Pick<SchemaParts, 'builder' | 'failures'>,
  mutation: string,
  success: ObjectRef<Types, Success<T>, Success<T>>,
  special: readonly Exclude<Kind, (typeof COMMON)[number]>[],
) {
  return builder.unionType(`${mutation}Result`, {
    description: `What ${mutation[0]?.toLowerCase()}${mutation.slice(1)} answers.`,
    types: [success, ...[...COMMON, ...special].map((kind): TypeRef<Failure> => failures[kind] as TypeRef<Failure>)],
    resolveType: (value) => (value.kind === 'success' ? `${mutation}Success` : TYPE_NAMES[value.kind]),
  });
}
