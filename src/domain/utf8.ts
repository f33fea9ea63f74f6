/**
 * Strict UTF-8: no replacement characters. A decoder that replaces invalid bytes makes different texts equal, and so
 * two idempotency keys in ISO-8859-1 became one.
 */

/** Skips a byte order mark. */
const strict = new TextDecoder('utf-8', { fatal: true });

/** Undefined where the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Whether a text has a lone surrogate, such as JSON's `"x\ud800"`. It cannot be encoded as UTF-8: encoders replace it,
 * so it must not get into a stored or sent text.
 */
export const hasLoneSurrogate = (text: string): boolean => LONE_SURROGATE.test(text);

/** Path of the first lone surrogate in a JSON value, as {@link findInside} has it. */
export const findLoneSurrogate = (value: unknown): string | undefined =>
  findInside(
    value,
    (each) => typeof each === 'string' && hasLoneSurrogate(each),
    (each) => Object.keys(each).some(hasLoneSurrogate),
  );

/**
 * Path of the first part of a JSON value that matches, such as `movements[3].description`; empty for the value itself,
 * undefined where there is none. Iterative, for values of any depth.
 */
export function findInside(
  value: unknown,
  matches: (part: unknown) => boolean,
  matchesKeys: (part: object) => boolean = () => false,
): string | undefined {
  const pending: { readonly path: string; readonly value: unknown }[] = [{ path: '', value }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, value: each } = next;
    if (matches(each)) return path;
    if (typeof each !== 'object' || each === null) continue;
    if (matchesKeys(each)) return path;
    const inside = Object.entries(each).map(([key, inner]) => ({ path: pathOf(path, each, key), value: inner }));
    // Reversed, so that the first part is checked first.
    for (const part of inside.reverse()) pending.push(part);
  }
  return undefined;
}

const pathOf = (path: string, container: object, key: string): string => {
  if (Array.isArray(container)) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
};
