import { type GraphQLField, type GraphQLSchema, getNullableType, isUnionType } from 'graphql';
import { invalid } from '../domain/checked.ts';
import { findLoneSurrogate } from '../domain/utf8.ts';
import { BadUserInputError } from '../errors.ts';

const MESSAGE = 'A lone surrogate is not a character; nothing was done.';

/**
 * Makes every mutation refuse lone surrogates in its arguments before it does anything: encoders replace them, so two keys
 * that differ only there would become equal. A mutation whose result union has InvalidInputError returns it; an embedder's
 * mutation without it throws BAD_USER_INPUT.
 */
export function refuseLoneSurrogates(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve === undefined) continue;
    const hasMember = answersInvalidInput(field);
    field.resolve = (source, args: Readonly<Record<string, unknown>>, context, info) => {
      const { input, ...others } = args;
      const path = findLoneSurrogate(input) ?? findLoneSurrogate(others);
      if (path === undefined) return resolve(source, args, context, info);
      if (hasMember) return invalid(path, MESSAGE);
      throw new BadUserInputError(MESSAGE);
    };
  }
  return schema;
}

/** Whether a mutation's result union has InvalidInputError. */
export function answersInvalidInput({ type }: GraphQLField<unknown, unknown>): boolean {
  const result = getNullableType(type);
  return isUnionType(result) && result.getTypes().some(({ name }) => name === 'InvalidInputError');
}
