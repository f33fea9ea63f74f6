import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import { recordedWith } from '../domain/codes.ts';
import {
  CapabilityNotGrantedError,
  GatewayError,
  OverloadedError,
  UpstreamError,
  UpstreamRowUnreadableError,
} from '../errors.ts';

/**
 * The error that a client sees: errors of the gateway with their code; syntax, validation and input errors unchanged;
 * everything else as one generic message. The original is logged and never returned.
 */
export function maskError(error: unknown): GraphQLError {
  if (!(error instanceof GraphQLError)) return masked(error, undefined);
  const original = error.originalError;
  if (original === undefined || original instanceof GraphQLError) return withCode(error);
  return masked(original, error);
}

function masked(original: unknown, at: GraphQLError | undefined): GraphQLError {
  if (original instanceof GatewayError) {
    return new GraphQLError(original.message, {
      ...placeOf(at),
      originalError: original,
      extensions: extensionsOf(original),
    });
  }
  const originalError = original instanceof Error ? original : new Error('not an Error', { cause: original });
  return new GraphQLError('Internal error of the gateway.', {
    ...placeOf(at),
    originalError,
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false },
  });
}

/** The same error with other extensions (and another message). */
export function withExtensions(
  error: GraphQLError,
  extensions: Record<string, unknown>,
  message: string = error.message,
): GraphQLError {
  return new GraphQLError(message, {
    ...placeOf(error),
    originalError: error.originalError ?? null,
    extensions,
  });
}

/**
 * The same error without "Did you mean …?". GraphQL puts it at the end of its own messages, as the last sentence; there
 * is no setting for it that all of them obey.
 */
export function withoutSuggestions(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean [\s\S]*$/, '');
  return message === error.message ? error : withExtensions(error, error.extensions, message);
}

function placeOf(error: GraphQLError | undefined): GraphQLErrorOptions {
  const { nodes = null, source = null, positions = null, path = null } = error ?? {};
  return { nodes, source, positions, path };
}

function extensionsOf(error: GatewayError): Record<string, unknown> {
  return {
    code: error.code,
    retryable: error.retryable,
    ...(error instanceof UpstreamError ? { system: error.system } : {}),
    ...(error instanceof UpstreamRowUnreadableError ? { rows: error.rows, ids: error.ids } : {}),
    ...(error instanceof CapabilityNotGrantedError ? { capability: error.capability } : {}),
    ...(error instanceof OverloadedError ? { retryAfterSeconds: error.retryAfterSeconds } : {}),
  };
}

/** Errors of the request itself get a code where graphql-js gives none. */
function withCode(error: GraphQLError): GraphQLError {
  if (typeof error.extensions['code'] === 'string') return error;
  const code = error.path === undefined ? 'GRAPHQL_VALIDATION_FAILED' : 'BAD_USER_INPUT';
  return withExtensions(error, { code, ...error.extensions });
}

/** True for faults of ours: those are logged as errors, with their stack. */
export const isInternal = (error: GraphQLError): boolean => error.extensions['code'] === 'INTERNAL_SERVER_ERROR';

/** The error of a mutation, with whether the mutation was recorded. Fields of its result are executed when it was. */
export function saysWhetherRecorded(error: GraphQLError): GraphQLError {
  const isOfResult = (error.path?.length ?? 0) > 1;
  const recorded = isOfResult ? 'yes' : recordedWith(error.extensions['code']);
  return withExtensions(error, { ...error.extensions, recorded });
}
