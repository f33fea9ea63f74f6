import type { WireRequest } from './client.ts';
import type { Problem } from './outcome.ts';

/** An upstream's reason for refusing a call, without data of the request: for the log, the audit and operators. */
export interface Explanation {
  /** The upstream's own code, e.g. `bad_request`; null where it is none. */
  readonly code: string | null;
  /** A sentence in which `…` stands for each value; null where nothing readable is left. */
  readonly message: string | null;
  /** The upstream's id of the call, which its support asks for. */
  readonly requestId: string | null;
}

const MAX_LENGTH = 200;
/** Shorter values are parts of ordinary words. */
const MIN_VALUE = 3;

/** Undefined where the upstream said nothing that may be kept. */
export function explanationOf(
  { type, title, detail, requestId }: Problem,
  request: Pick<WireRequest, 'path' | 'body'>,
): Explanation | undefined {
  const code = type !== null && /^[a-z][a-z_.-]{1,63}$/.test(type) ? type : null;
  const message = cleaned(detail ?? '', request) ?? cleaned(title ?? '', request);
  if (code === null && message === null) return undefined;
  return { code, message, requestId: requestId !== null && /^[\w-]{1,64}$/.test(requestId) ? requestId : null };
}

/**
 * Possible values are left out: each word of the request, whatever has a digit (ids, amounts, IBANs, hosts), addresses, and what
 * stands in quotes, unless it is the name of a field (`reference_account_id`).
 */
function cleaned(text: string, request: Pick<WireRequest, 'path' | 'body'>): string | null {
  const values = wordsOf(request);
  const kept = text
    .slice(0, 10 * MAX_LENGTH)
    .replace(/["'`“”„«»‘’]([^"'`“”„«»‘’]*)["'`“”„«»‘’]/gu, (_all, quoted: string) =>
      FIELD_NAME.test(quoted) ? quoted : '…',
    )
    .split(/[\s\p{C}]+/u)
    .map((word) =>
      HAS_VALUE.test(word) ? '…' : word.replace(WORD, (part) => (values.has(part.toLowerCase()) ? '…' : part)),
    )
    .join(' ')
    .replace(/…(?:[\s,;:]*…)+/gu, '…')
    .trim();
  return /\p{L}{3}/u.test(kept) ? kept.slice(0, MAX_LENGTH) : null;
}

const FIELD_NAME = /^[a-z]+(?:[_.][a-z]+)+$/;
const WORD = /[\p{L}\p{M}_]+/gu;
const HAS_VALUE = /\p{N}|@|:\/\/|[*\\<>{}[\]]/u;

/** Words of the values that were sent, in lower case; names of fields are not among them. */
function wordsOf({ path, body }: Pick<WireRequest, 'path' | 'body'>): ReadonlySet<string> {
  const query = path.split('?')[1] ?? '';
  const texts = [decoded(query), ...textsIn(body)];
  const words = texts.flatMap((text) => [...text.matchAll(WORD)].map(([word]) => word));
  return new Set(words.filter((word) => word.length >= MIN_VALUE).map((word) => word.toLowerCase()));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function textsIn(body: string | undefined): string[] {
  if (body === undefined) return [];
  const texts: string[] = [];
  try {
    JSON.parse(body, (_name, value: unknown) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
  } catch {
    return [body];
  }
  return texts;
}
