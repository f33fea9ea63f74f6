import { randomFillSync } from 'node:crypto';
import { ulid } from 'ulid';

/**
 * For clients that open an answer as a page. Strict-Transport-Security is left to the server that terminates TLS: it
 * applies to a whole host.
 */
export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
];

/** Random bytes in store: each call for a few is slower than the whole rest of a small query. */
const store = Buffer.alloc(4_096);
let used = store.length;

/** From 0 up to, but not, 1. */
function random(): number {
  if (used === store.length) {
    randomFillSync(store);
    used = 0;
  }
  const byte = store[used] ?? 0;
  used += 1;
  return byte / 256;
}

/** The caller's own id where it is harmless, else a new one: it is in the answer, its errors and the log. */
export function requestIdOf(given: string | null | undefined): string {
  return /^[A-Za-z0-9_.:-]{8,128}$/.test(given ?? '') ? String(given) : ulid(undefined, random);
}
