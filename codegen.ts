import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchema } from 'graphql';
import { buildSchema } from './src/schema/index.ts';

/** `npm run schema`: prints the graph as schema.graphql and typed documents for the tests, both from the code. */
const config: CodegenConfig = {
  schema: printSchema(buildSchema()),
  documents: ['test/documents/*.graphql'],
  generates: {
    'schema.graphql': { plugins: ['schema-ast'], config: { sort: true } },
    'test/generated/': {
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
    },
  },
};
export default config;
