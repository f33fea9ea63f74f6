/**
 * Bytes as text, and text as bytes, without replacement characters. A decoder that replaces what it cannot read makes
 * two different texts equal: two idempotency keys in ISO-8859-1 became one that way.
 */

/** Also skips a byte order mark at the beginning. */
const strict = new TextDecoder('utf-8', { fatal: true });

/** The text of bytes in UTF-8, without a byte order mark. Undefined where the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Whether a text has half of a surrogate pair without the other half, such as JSON's `"x\ud800"`. Such a text has no
 * UTF-8: every encoder replaces the half, so it must not get into a key or a text that is kept or sent.
 */
export const hasLoneSurrogate = (text: string): boolean => LONE_SURROGATE.test(text);

/**
 * Where a JSON value has half of a surrogate pair, as a path such as `movements[3].description`; `` is the value itself.
 * Undefined where it has none. Goes down without recursion, however deep the value is.
 */
export function findLoneSurrogate(value: unknown): string | undefined {
  const pending: { readonly path: string; readonly value: unknown }[] = [{ path: '', value }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, value: each } = next;
    if (typeof each === 'string' && hasLoneSurrogate(each)) return path;
    if (typeof each !== 'object' || each === null) continue;
    const inside = Object.entries(each).map(([key, inner]) => ({ path: pathOf(path, each, key), key, value: inner }));
    const badKey = inside.find(({ key }) => hasLoneSurrogate(key));
    if (badKey !== undefined) return path;
    // The first is looked at first.
    for (const part of inside.reverse()) pending.push(part);
  }
  return undefined;
}

const pathOf = (path: string, container: object, key: string): string => {
  if (Array.isArray(container)) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
};
