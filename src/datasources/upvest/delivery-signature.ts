import { type InnerList, isInnerList, parseDictionary, serializeInnerList, Token } from 'structured-headers';

/** The headers of a webhook delivery, not verified yet. */
export interface DeliveryHead {
  readonly method: string;
  /** The path as it came in, without query. */
  readonly path: string;
  /** With its `?`, byte for byte; empty where there is none. */
  readonly query: string;
  /** Names in lower case, as node:http gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Addresses of this webhook for Upvest, where a proxy changes host or path. */
  readonly publicUrls?: readonly string[] | undefined;
}

/** A webhook delivery as it came in. */
export interface Delivery extends DeliveryHead {
  /** The bytes as they came. */
  readonly body: Uint8Array;
}

/** One of the signatures that `signature-input` and `signature` hold. */
export interface DeliverySignature {
  /** Names of what is signed, in order: `@method`, `@path`, `digest`… */
  readonly components: readonly string[];
  /** The parameters as they may have been signed: character by character as they came, and in the canonical form. */
  readonly parameters: readonly string[];
  readonly keyId: string;
  /** Unix time in seconds. */
  readonly created: number | undefined;
  readonly expires: number | undefined;
  readonly signature: Uint8Array;
}

/** The headers can't be read; the reason does not quote them. */
export class MalformedSignatureError extends Error {}

/** Far longer than real ones; limits the parsing of unauthenticated input. */
const MAX_HEADER_LENGTH = 8_192;
/** Upvest signs once; an edge may add one of its own. */
const MAX_SIGNATURES = 4;

export function headerText(head: DeliveryHead, name: string): string | undefined {
  const value = head.headers[name];
  return typeof value === 'string' || value === undefined ? value?.trim() : value.map((line) => line.trim()).join(', ');
}

/**
 * Reads the two signature headers: each signature, or why it can't be read. Throws a MalformedSignatureError where there
 * is none at all.
 */
export function parseDeliverySignatures(head: DeliveryHead): readonly (DeliverySignature | MalformedSignatureError)[] {
  const inputText = requiredHeader(head, 'signature-input');
  const inputs = dictionary(inputText, 'signature-input');
  const signatures = dictionary(requiredHeader(head, 'signature'), 'signature');
  const found: (DeliverySignature | MalformedSignatureError)[] = [];
  for (const [label, input] of inputs) {
    const signature = signatures.get(label)?.[0];
    if (signature === undefined || found.length === MAX_SIGNATURES) continue;
    found.push(readable(() => deliverySignature({ input, text: memberText(inputText, label), signature })));
  }
  if (found.length === 0) throw new MalformedSignatureError('no signature with a list of components');
  return found;
}

function readable(read: () => DeliverySignature): DeliverySignature | MalformedSignatureError {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedSignatureError) return error;
    throw error;
  }
}

interface Member {
  readonly input: Parameters<typeof isInnerList>[0];
  /** As it came. */
  readonly text: string | undefined;
  readonly signature: unknown;
}

function deliverySignature({ input, text, signature }: Member): DeliverySignature {
  if (!isInnerList(input)) throw new MalformedSignatureError('no list of components');
  if (!(signature instanceof ArrayBuffer)) throw new MalformedSignatureError('the signature is not a byte sequence');
  const [items, parameters] = input;
  return {
    components: items.map(([name, itemParameters]) => {
      if (typeof name !== 'string') throw new MalformedSignatureError('a component is not a string');
      if (itemParameters.size > 0) throw new MalformedSignatureError('a component has parameters');
      return name;
    }),
    parameters: parameterTexts(input, text),
    keyId: keyIdOf(parameters.get('keyid')),
    created: unixSeconds(parameters.get('created'), 'created'),
    expires: unixSeconds(parameters.get('expires'), 'expires'),
    signature: new Uint8Array(signature),
  };
}

/** As it came first: another serializer's spaces would not verify. Edges that write headers anew write the canonical form. */
function parameterTexts(input: InnerList, text: string | undefined): readonly string[] {
  const canonical = serializeInnerList(input);
  return text === undefined || text === canonical ? [canonical] : [text, canonical];
}

/** The value of one member of a dictionary, character by character. */
function memberText(text: string, label: string): string | undefined {
  for (const member of splitMembers(text)) {
    const equals = member.indexOf('=');
    if (equals !== -1 && member.slice(0, equals).trim() === label) return member.slice(equals + 1).trim();
  }
  return undefined;
}

/** Splits at the commas that are outside of quotes; lists of components have spaces between their names, no commas. */
const splitMembers = (text: string): readonly string[] => text.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? [];

function keyIdOf(value: unknown): string {
  const keyId = value instanceof Token ? value.toString() : value;
  if (typeof keyId !== 'string' || keyId === '') throw new MalformedSignatureError('no keyid');
  return keyId;
}

function requiredHeader(head: DeliveryHead, name: string): string {
  const text = headerText(head, name);
  if (text === undefined || text === '') throw new MalformedSignatureError(`no ${name} header`);
  if (text.length > MAX_HEADER_LENGTH) throw new MalformedSignatureError(`the ${name} header is too long`);
  return text;
}

function dictionary(text: string, name: string): ReturnType<typeof parseDictionary> {
  try {
    return parseDictionary(text);
  } catch (cause) {
    throw new MalformedSignatureError(`the ${name} header can't be parsed`, { cause });
  }
}

/** A number; some write it in quotes. */
function unixSeconds(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds)) {
    throw new MalformedSignatureError(`${name} is not a Unix time`);
  }
  return seconds;
}
