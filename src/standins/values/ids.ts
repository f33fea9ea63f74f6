import { randomBytes, randomUUID } from 'node:crypto';
import { hashOf } from './random.ts';

/** InvestSuite ids: a letter for the type and a ULID in Crockford's alphabet (entities page of the vendor's docs). */
export type IdLetter = 'P' | 'T' | 'U' | 'O' | 'Y' | 'L' | 'H' | 'K';
export const INVESTSUITE_ID = /^[A-Z][0-9A-HJKMNP-TV-Z]{26}$/;
export const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function ulidTime(timeMs: number): string {
  let time = '';
  let rest = timeMs;
  for (let i = 0; i < 10; i += 1) {
    time = (CROCKFORD[rest % 32] ?? '0') + time;
    rest = Math.floor(rest / 32);
  }
  return time;
}

function ulidDigits(digit: () => number): string {
  let random = '';
  for (let i = 0; i < 16; i += 1) random += CROCKFORD[digit() & 31] ?? '0';
  return random;
}

/** A fresh InvestSuite id. */
export function newInvestSuiteId(letter: IdLetter, now: Date): string {
  const bytes = randomBytes(16);
  let at = 0;
  return letter + ulidTime(now.getTime()) + ulidDigits(() => bytes[at++] ?? 0);
}

export const newUuid = (): string => randomUUID();

/** Seeded ids are made of this time and their key, so that they never change. */
const SEED_TIME_TEXT = ulidTime(Date.UTC(2022, 6, 26, 14, 31, 6));

/** 128 bits that belong to a key. */
function bitsOf(key: string): readonly [number, number, number, number] {
  return [hashOf(key, 0x811c9dc5), hashOf(key, 0x01234567), hashOf(key, 0x89abcdef), hashOf(key, 0x5bd1e995)];
}

/** The InvestSuite id that belongs to a key: the same key and letter, the same id. */
export function investSuiteIdOf(letter: IdLetter, key: string): string {
  const [a, b, c] = bitsOf(letter + key);
  let at = 0;
  // Six digits of five bits from each of the first two words, four from the third.
  return letter + SEED_TIME_TEXT + ulidDigits(() => ([a, b, c][Math.floor(at / 6)] ?? 0) >>> ((at++ % 6) * 5));
}

/** The UUID (version 4 in form) that belongs to a key. */
export function uuidOf(key: string): string {
  const hex = bitsOf(key)
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3] ?? '8';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
