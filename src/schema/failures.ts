import type { ObjectRef } from '@pothos/core';
import type { Failure } from '../domain/failures.ts';
import { codeOf, isRetryable, type Success } from '../resolvers/results.ts';
import type { SchemaTypes } from './builder.ts';
import type { SchemaParts, TypeRef } from './parts.ts';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
type Kind = Failure['kind'];
type Of<K extends Kind> = Extract<Failure, { readonly kind: K }>;

/** GraphQL type of each kind of failure. */
const TYPE_NAMES: Readonly<Record<Kind, string>> = {
  invalid: 'InvalidInputError',
  notFound: 'NotFoundError',
  forbidden: 'ForbiddenError',
  idempotencyKeyReused: 'IdempotencyKeyReusedError',
  upstreamRefused: 'UpstreamRefusedError',
  portfolioNotFundable: 'PortfolioNotFundableError',
  insufficientCash: 'InsufficientCashError',
  rebalancingInProgress: 'RebalancingInProgressError',
  portfolioNotTradable: 'PortfolioNotTradableError',
  optimizationNotExecutable: 'OptimizationNotExecutableError',
  instrumentNotTradable: 'InstrumentNotTradableError',
  insufficientPosition: 'InsufficientPositionError',
  notCancellable: 'NotCancellableError',
  illegalStatusChange: 'IllegalStatusChangeError',
};

export type FailureTypes = ReturnType<typeof addFailures>;

/** The error types that mutations return as data. */
export function addFailures({ builder, enums }: Pick<SchemaParts, 'builder' | 'enums'>) {
  const error = builder.interfaceRef<Failure>('Error').implement({
    description: 'An expected failure: nothing was done. The type names the reason; new types may be added.',
    resolveType: (failure) => TYPE_NAMES[failure.kind],
    fields: (t) => ({
      code: t.string({ nullable: false, description: 'Stable code for programs.', resolve: codeOf }),
      message: t.exposeString('message', { nullable: false, description: 'Message for people.' }),
      retryable: t.boolean({
        nullable: false,
        description: 'True where the same call, with the same idempotencyKey, may succeed later.',
        resolve: isRetryable,
      }),
    }),
  });
  const plain = <K extends Kind>(kind: K, description: string) =>
    builder.objectRef<Of<K>>(TYPE_NAMES[kind]).implement({ description, interfaces: [error] });
  return {
    invalid: builder.objectRef<Of<'invalid'>>(TYPE_NAMES.invalid).implement({
      description: 'The input is not valid.',
      interfaces: [error],
      fields: (t) => ({
        field: t.exposeString('field', {
          description: 'Path of the input field, e.g. movements[3].quantity; null where it is no single field.',
        }),
      }),
    }),
    notFound: plain('notFound', 'There is no such object, or the viewer must not see it.'),
    forbidden: plain('forbidden', 'The viewer lacks the permission.'),
    idempotencyKeyReused: plain('idempotencyKeyReused', 'The idempotencyKey was used before with another input.'),
    upstreamRefused: builder.objectRef<Of<'upstreamRefused'>>(TYPE_NAMES.upstreamRefused).implement({
      description:
        "The upstream refused; code and message are the gateway's, never the upstream's raw body. OUTCOME_PENDING: the upstream has not answered yet; ask again with the same idempotencyKey.",
      interfaces: [error],
      fields: (t) => ({
        system: t.expose('system', {
          type: enums.UpstreamSystem,
          nullable: false,
          description: 'The system that refused.',
        }),
        status: t.exposeInt('status', {
          description: "HTTP status of the upstream's answer; null where there was none.",
        }),
      }),
    }),
    portfolioNotFundable: plain(
      'portfolioNotFundable',
      'The portfolio cannot take deposits or pay withdrawals in its current state.',
    ),
    insufficientCash: builder.objectRef<Of<'insufficientCash'>>(TYPE_NAMES.insufficientCash).implement({
      description: 'The available cash is less than the requested amount.',
      interfaces: [error],
      fields: (t) => ({
        available: t.expose('available', { type: 'Decimal', nullable: false, description: 'Available amount.' }),
        currency: t.expose('currency', {
          type: 'CurrencyCode',
          nullable: false,
          description: 'Currency of the available amount.',
        }),
      }),
    }),
    rebalancingInProgress: plain(
      'rebalancingInProgress',
      'The portfolio is being rebalanced, by InvestSuite or by the gateway; try again later.',
    ),
    portfolioNotTradable: plain(
      'portfolioNotTradable',
      'Nothing can be traded for the portfolio in its current state, or by this viewer.',
    ),
    optimizationNotExecutable: plain(
      'optimizationNotExecutable',
      'The optimization is not recommended, not accepted, being computed, or not the latest.',
    ),
    instrumentNotTradable: plain('instrumentNotTradable', 'The broker does not know or does not trade the instrument.'),
    insufficientPosition: builder.objectRef<Of<'insufficientPosition'>>(TYPE_NAMES.insufficientPosition).implement({
      description: 'Fewer units can be sold than the order asks for.',
      interfaces: [error],
      fields: (t) => ({
        available: t.expose('available', {
          type: 'Decimal',
          nullable: false,
          description: 'Units that can be sold now.',
        }),
      }),
    }),
    notCancellable: builder.objectRef<Of<'notCancellable'>>(TYPE_NAMES.notCancellable).implement({
      description: 'It is too late to cancel.',
      interfaces: [error],
      fields: (t) => ({
        state: t.exposeString('state', { nullable: false, description: 'Current state of the object.' }),
      }),
    }),
    illegalStatusChange: builder.objectRef<Of<'illegalStatusChange'>>(TYPE_NAMES.illegalStatusChange).implement({
      description: 'The requested status must not follow the current status.',
      interfaces: [error],
      fields: (t) => ({
        from: t.expose('from', {
          type: enums.MovementStatus,
          nullable: false,
          description: 'Current status.',
        }),
        to: t.expose('to', {
          type: enums.MovementStatus,
          nullable: false,
          description: 'Requested status.',
        }),
      }),
    }),
  };
}

/** Failures that every mutation may return, in order of precedence. */
const COMMON = ['invalid', 'notFound', 'forbidden', 'idempotencyKeyReused', 'upstreamRefused'] as const;

/** The `…Success` type and the `…Result` union of a mutation. */
export function resultType<T extends object>(
  { builder, failures }: Pick<SchemaParts, 'builder' | 'failures'>,
  mutation: string,
  success: ObjectRef<Types, Success<T>, Success<T>>,
  special: readonly Exclude<Kind, (typeof COMMON)[number]>[],
) {
  return builder.unionType(`${mutation}Result`, {
    description: `Result of ${mutation[0]?.toLowerCase()}${mutation.slice(1)}.`,
    types: [success, ...[...COMMON, ...special].map((kind): TypeRef<Failure> => failures[kind] as TypeRef<Failure>)],
    resolveType: (value) => (value.kind === 'success' ? `${mutation}Success` : TYPE_NAMES[value.kind]),
  });
}
