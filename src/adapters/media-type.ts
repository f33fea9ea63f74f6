/** Why the body of a request is not read, found out from its headers alone. Answered with 415. */
export interface BodyRefusal {
  readonly message: string;
  /** Headers that name the accepted form. */
  readonly headers: Readonly<Record<string, string>>;
}

/** `; name=token` or `; name="text"`, one after the other. */
const PARAMETER = /;[ \t]*(?:([^\s=;"]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)[ \t]*)?/gy;

/**
 * Undefined where a body is uncompressed JSON in UTF-8. Accepts the names `utf-8` and `utf8`; every other charset is
 * refused, also subsets of UTF-8 (us-ascii): RFC 8259 allows no other charset for JSON, so the text of a client that
 * declares one would have to be guessed.
 */
export function bodyRefusal(headers: Headers): BodyRefusal | undefined {
  const type = headers.get('content-type') ?? '';
  const essence = type.split(';', 1)[0] ?? '';
  if (essence.trim().toLowerCase() !== 'application/json') {
    return { message: 'POST needs the content type application/json.', headers: {} };
  }
  if (!hasUtf8Only(type.slice(essence.length))) {
    return { message: 'The body must be UTF-8, and no other charset be declared.', headers: {} };
  }
  const encodings = (headers.get('content-encoding') ?? '').split(',').map((each) => each.trim().toLowerCase());
  if (encodings.some((each) => each !== '' && each !== 'identity')) {
    return { message: 'The body must not be compressed.', headers: { 'accept-encoding': 'identity' } };
  }
  return undefined;
}

/** @param parameters of a content type, from the first semicolon on. */
function hasUtf8Only(parameters: string): boolean {
  let read = 0;
  for (const match of parameters.matchAll(PARAMETER)) {
    read += match[0].length;
    const [, name, value = ''] = match;
    if (name?.toLowerCase() === 'charset' && !/^utf-?8$/i.test(unquoted(value))) return false;
  }
  return read === parameters.length;
}

const unquoted = (value: string): string =>
  value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
