import { lexicographicSortSchema, printSchema } from 'graphql';
import { subgraphSdl } from '../schema/federation.ts';
import { buildSchema } from '../schema/index.ts';
import type { CommandIo } from './command.ts';

export const SCHEMA_USAGE = `Usage: invest-gateway schema [--federation]

Prints the graph in GraphQL schema language.

  --federation  as a subgraph of Apollo Federation 2, with the directives that a router composes by

Exit codes: 0 printed; 2 the command line is wrong.
`;

export async function printGraph({ args, stdout, stderr }: CommandIo): Promise<number> {
  if (args.some((arg) => arg !== '--federation')) {
    stderr.write(SCHEMA_USAGE);
    return 2;
  }
  const text =
    args.length === 0
      ? `${printSchema(lexicographicSortSchema(buildSchema()))}\n`
      : subgraphSdl(lexicographicSortSchema(buildSchema({ federation: { sdlForAll: false } })));
  stdout.write(text);
  return 0;
}
