import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchema } from '../schema/index.ts';
import type { CommandIo } from './command.ts';

export async function printGraph({ stdout }: CommandIo): Promise<number> {
  stdout.write(`${printSchema(lexicographicSortSchema(buildSchema()))}\n`);
  return 0;
}
