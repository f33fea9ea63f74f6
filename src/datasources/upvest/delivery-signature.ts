import { isInnerList, parseDictionary, serializeInnerList } from 'structured-headers';

/** A webhook delivery as it came in, before anything of it is believed. */
export interface Delivery {
  readonly method: string;
  /** The path that Upvest called, without query: the public one where a proxy rewrites it. */
  readonly path: string;
  /** With its `?`; empty where there is none. */
  readonly query: string;
  /** Names in lower case, as node:http gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes as they came. */
  readonly body: Uint8Array;
}

/** What `signature-input` and `signature` say. */
export interface DeliverySignature {
  /** Names of what is signed, in order: `@method`, `@path`, `digest`… */
  readonly components: readonly string[];
  /** The value of `signature-input` behind its label, character by character. */
  readonly parameters: string;
  readonly keyId: string;
  /** Unix time in seconds. */
  readonly created: number | undefined;
  readonly expires: number | undefined;
  readonly signature: Uint8Array;
}

/** The headers can't be read: what is wrong with them, in words without their content. */
export class MalformedSignatureError extends Error {}

/** Longer than any that we know of by far; a bound on what a stranger makes us parse. */
const MAX_HEADER_LENGTH = 8_192;

export function headerText(delivery: Delivery, name: string): string | undefined {
  const value = delivery.headers[name];
  return typeof value === 'string' || value === undefined ? value?.trim() : value.join(', ');
}

/** Reads the two signature headers. Throws a MalformedSignatureError. */
export function parseDeliverySignature(delivery: Delivery): DeliverySignature {
  const inputText = requiredHeader(delivery, 'signature-input');
  const inputs = dictionary(inputText, 'signature-input');
  const signatures = dictionary(requiredHeader(delivery, 'signature'), 'signature');
  const label = [...inputs.keys()].find((key) => signatures.has(key));
  const input = label === undefined ? undefined : inputs.get(label);
  const signature = label === undefined ? undefined : signatures.get(label)?.[0];
  if (input === undefined || !isInnerList(input)) throw new MalformedSignatureError('no list of components');
  if (!(signature instanceof ArrayBuffer)) throw new MalformedSignatureError('the signature is not a byte sequence');
  const [items, parameters] = input;
  const keyId = parameters.get('keyid');
  if (typeof keyId !== 'string' || keyId === '') throw new MalformedSignatureError('no keyid');
  return {
    components: items.map(([name, itemParameters]) => {
      if (typeof name !== 'string') throw new MalformedSignatureError('a component is not a string');
      if (itemParameters.size > 0) throw new MalformedSignatureError('a component has parameters');
      return name;
    }),
    // With one signature its text is taken as it came: another serializer's spaces would not verify.
    parameters: inputs.size === 1 ? inputText.slice(inputText.indexOf('=') + 1).trim() : serializeInnerList(input),
    keyId,
    created: unixSeconds(parameters.get('created'), 'created'),
    expires: unixSeconds(parameters.get('expires'), 'expires'),
    signature: new Uint8Array(signature),
  };
}

function requiredHeader(delivery: Delivery, name: string): string {
  const text = headerText(delivery, name);
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

function unixSeconds(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new MalformedSignatureError(`${name} is not a Unix time`);
  }
  return value;
}
