import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchema } from 'graphql';
import { scalars } from './client/codegen.ts';
import { buildSchema } from './src/schema/index.ts';

/** Documents with the types of their variables and results. */
const typedDocuments = {
  plugins: ['typescript-operations', 'typed-document-node'],
  config: {
    enumsAsTypes: true,
    strictScalars: true,
    useTypeImports: true,
    documentMode: 'documentNode',
    scalars,
  },
};

/** The generator casts each document; whoever reads the file should know why that is sound. */
const REASON =
  "// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.";

/** `npm run schema`: prints the graph as schema.graphql, what caches of clients must know of it, and typed documents for the tests and the front end. */
const config: CodegenConfig = {
  hooks: {
    beforeOneFileWrite: (_path: string, content: string) =>
      content.replace(/^export const .* as unknown as DocumentNode</gm, (line) => `${REASON}\n${line}`),
  },
  schema: printSchema(buildSchema()),
  generates: {
    'schema.graphql': { plugins: ['schema-ast'], config: { sort: true } },
    'client/generated.ts': { plugins: ['./scripts/cache-facts.mjs'] },
    'test/generated/graphql.ts': { ...typedDocuments, documents: ['test/documents/*.graphql'] },
    'app/src/generated/graphql.ts': { ...typedDocuments, documents: ['app/src/documents/*.graphql'] },
  },
};
export default config;
