import { ulid } from 'ulid';

/**
 * For whatever opens an answer as a page. Strict-Transport-Security is for whoever ends TLS: it speaks for a whole host.
 */
export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
];

/** The caller's own id where it is harmless, else a new one: it is in the answer, its errors and the log. */
export function requestIdOf(given: string | null | undefined): string {
  return /^[A-Za-z0-9_.:-]{8,128}$/.test(given ?? '') ? String(given) : ulid();
}
