import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchema } from 'graphql';
import { buildSchema } from './src/schema/index.ts';

/** Documents with the types of their variables and results. */
const typedDocuments = {
  preset: 'client',
  presetConfig: { fragmentMasking: false },
  config: {
    enumsAsTypes: true,
    strictScalars: true,
    useTypeImports: true,
    documentMode: 'documentNode',
    importExtension: '.ts',
    emitLegacyCommonJSImports: false,
    scalars: { Decimal: 'string', DateTime: 'string', CurrencyCode: 'string', JSON: 'unknown' },
  },
} as const;

/** `npm run schema`: prints the graph as schema.graphql, and typed documents for the tests and the front end. */
const config: CodegenConfig = {
  hooks: {
    beforeOneFileWrite: (_path: string, content: string) =>
      content.replace(
        /^\/\* eslint-disable \*\/\n/,
        '/* eslint-disable -- written by npm run schema, in the form that its generator has */\n',
      ),
  },
  schema: printSchema(buildSchema()),
  generates: {
    'schema.graphql': { plugins: ['schema-ast'], config: { sort: true } },
    'test/generated/': { ...typedDocuments, documents: ['test/documents/*.graphql'] },
    'examples/web/src/generated/': { ...typedDocuments, documents: ['examples/web/src/documents/*.graphql'] },
  },
};
export default config;
