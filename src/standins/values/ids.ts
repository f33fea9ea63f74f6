import { randomBytes, randomUUID } from 'node:crypto';
import { createRandom, hashOf, type Random } from './random.ts';

/** InvestSuite ids: a letter for the type and a ULID in Crockford's alphabet (entities page of the vendor's docs). */
export type IdLetter = 'P' | 'T' | 'U' | 'O' | 'Y' | 'L' | 'H' | 'K';
export const INVESTSUITE_ID = /^[A-Z][0-9A-HJKMNP-TV-Z]{26}$/;
export const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function ulid(timeMs: number, digit: () => number): string {
  let time = '';
  let rest = timeMs;
  for (let i = 0; i < 10; i += 1) {
    time = (CROCKFORD[rest % 32] ?? '0') + time;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  for (let i = 0; i < 16; i += 1) random += CROCKFORD[digit() & 31] ?? '0';
  return time + random;
}

/** A fresh InvestSuite id. */
export function newInvestSuiteId(letter: IdLetter, now: Date): string {
  const bytes = randomBytes(16);
  let at = 0;
  return letter + ulid(now.getTime(), () => bytes[at++] ?? 0);
}

export const newUuid = (): string => randomUUID();

/** Seeded ids are made of this time and of their key, so that they look alike and never change. */
const SEED_TIME_MS = Date.UTC(2022, 6, 26, 14, 31, 6);

function digits(key: string): Random {
  return createRandom(hashOf(key));
}

/** The InvestSuite id that belongs to a key: the same key and letter, the same id. */
export function investSuiteIdOf(letter: IdLetter, key: string): string {
  const random = digits(`${letter}/${key}`);
  const again = digits(`${key}\\${letter}`);
  return letter + ulid(SEED_TIME_MS, () => random.int(0, 31) ^ again.int(0, 31));
}

/** The UUID (version 4 in form) that belongs to a key. */
export function uuidOf(key: string): string {
  const random = digits(key);
  const again = digits(`${key}\\`);
  let hex = '';
  for (let i = 0; i < 32; i += 1) hex += (random.int(0, 15) ^ again.int(0, 15)).toString(16);
  const variant = '89ab'[random.int(0, 3)] ?? '8';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
