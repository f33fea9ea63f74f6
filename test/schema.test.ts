import { readFileSync } from 'node:fs';
import {
  buildSchema as buildFromText,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../src/schema/index.ts';

const schema = buildSchema();

describe('the graph', () => {
  it('is the one in schema.graphql', () => {
    const committed = buildFromText(readFileSync('schema.graphql', 'utf8'));
    expect(printSchema(lexicographicSortSchema(schema))).toBe(printSchema(lexicographicSortSchema(committed)));
  });

  it('describes every type, field, argument and value', () => {
    expect(undescribed()).toEqual([]);
  });

  it('can be made several times in one process', () => {
    expect(printSchema(buildSchema())).toBe(printSchema(schema));
  });

  it('takes types and fields of an embedder', () => {
    const extended = buildSchema({
      extend: (builder) => builder.queryField('bank', (t) => t.string({ resolve: () => 'ours' })),
    });
    expect(extended.getQueryType()?.getFields()['bank']).toBeDefined();
  });
});

function undescribed(): string[] {
  const missing: string[] = [];
  const check = (name: string, described: { readonly description?: string | null | undefined }): void => {
    if (!described.description) missing.push(name);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || ['ID', 'String', 'Int', 'Boolean', 'Float'].includes(type.name)) continue;
    check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name})`, arg);
      }
    }
  }
  return missing;
}
