import { lexicographicSortSchema, printSchema } from 'graphql';
import { subgraphSdl } from '../schema/federation.ts';
import { buildSchema } from '../schema/index.ts';
import type { CommandIo } from './command.ts';
import { USAGES } from './usages.ts';

export async function printGraph({ args, stdout, stderr }: CommandIo): Promise<number> {
  if (args.some((arg) => arg !== '--federation')) {
    stderr.write(USAGES.schema);
    return 2;
  }
  const text =
    args.length === 0
      ? `${printSchema(lexicographicSortSchema(buildSchema()))}\n`
      : subgraphSdl(lexicographicSortSchema(buildSchema({ federation: { sdlForAll: false } })));
  stdout.write(text);
  return 0;
}
