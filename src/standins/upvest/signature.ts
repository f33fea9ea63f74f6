import { createHash, type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import { type Exchange, header } from '../server/exchange.ts';
import { badSignature } from './errors.ts';
import type { UpvestSettings } from './settings.ts';

/**
 * HTTP message signatures as Upvest's guides have them: version 15 on requests (checked here), version 6 on webhooks
 * (made here). Written apart from the gateway's own code on purpose, so that each checks the other.
 */

interface SignatureInput {
  readonly components: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  /** The text after `sig1=`: the value of the last line of the signed text. */
  readonly text: string;
}

const INPUT = /^sig1=(\(((?:"[a-z0-9@-]+")?(?: "[a-z0-9@-]+")*)\)((?:;[a-z]+=(?:"[^"\\]*"|\d+))*))$/;
const PARAMETER = /;([a-z]+)=(?:"([^"\\]*)"|(\d+))/g;

function parseInput(value: string): SignatureInput | undefined {
  const match = INPUT.exec(value);
  if (!match) return undefined;
  const [, text = '', list = '', parameters = ''] = match;
  const found: Record<string, string> = {};
  for (const [, name = '', quoted, digits] of parameters.matchAll(PARAMETER)) {
    if (name in found) return undefined;
    found[name] = quoted ?? digits ?? '';
  }
  const components = list === '' ? [] : list.split(' ').map((part) => part.slice(1, -1));
  if (new Set(components).size !== components.length) return undefined;
  return { components, parameters: found, text };
}

export interface SignatureChecks {
  readonly settings: Pick<
    UpvestSettings,
    'clockToleranceSeconds' | 'maxSignatureLifetimeSeconds' | 'signatureCoverage'
  >;
  keyOf(keyId: string): KeyObject | undefined;
  readonly now: () => Date;
}

/** Checks requests, and stores nonces until their signatures expire. */
export class RequestVerifier {
  readonly #checks: SignatureChecks;
  readonly #nonces = new Map<string, number>();
  constructor(checks: SignatureChecks) {
    this.#checks = checks;
  }

  /** Throws the 401 that Upvest answers, with the true reason in its note. */
  verify(exchange: Exchange, withToken: boolean): void {
    if (header(exchange, 'upvest-signature-version') !== '15') throw badSignature('upvest-signature-version is not 15');
    const input = parseInput(header(exchange, 'signature-input') ?? '');
    if (!input) throw badSignature('signature-input is missing or malformed');
    this.#covers(exchange, input, withToken);
    this.#isTimely(input);
    checkDigest(exchange);
    const keyId = input.parameters['keyid'] ?? '';
    const key = this.#checks.keyOf(keyId);
    if (!key) throw badSignature(`unknown key id ${keyId}`);
    const signature = /^sig1=:([A-Za-z0-9+/]+={0,2}):$/.exec(header(exchange, 'signature') ?? '')?.[1];
    if (signature === undefined) throw badSignature('signature is missing or malformed');
    const base = signedText(exchange, input);
    if (!verified(base, Buffer.from(signature, 'base64'), key)) throw badSignature('it does not verify');
    this.#useNonce(keyId, input);
  }

  #covers(exchange: Exchange, { components, parameters }: SignatureInput, withToken: boolean): void {
    for (const name of ['keyid', 'created', 'expires', 'nonce'])
      if (!parameters[name]) throw badSignature(`parameter ${name} is missing`);
    const absent = required(exchange, withToken, this.#checks.settings.signatureCoverage).filter(
      (name) => !components.includes(name),
    );
    if (absent.length > 0) throw badSignature(`not covered: ${absent.join(', ')}`);
  }

  #isTimely({ parameters }: SignatureInput): void {
    const { clockToleranceSeconds: tolerance, maxSignatureLifetimeSeconds: longest } = this.#checks.settings;
    const now = this.#checks.now().getTime() / 1000;
    const created = Number(parameters['created']);
    const expires = Number(parameters['expires']);
    if (!(created <= now + tolerance)) throw badSignature(`created in the future: ${created}`);
    if (!(expires >= now - tolerance)) throw badSignature(`expired: ${expires}`);
    if (!(expires > created && expires - created <= longest)) throw badSignature('expires is not soon after created');
  }

  #useNonce(keyId: string, { parameters }: SignatureInput): void {
    const now = this.#checks.now().getTime() / 1000;
    for (const [nonce, until] of this.#nonces) {
      // Insertion order is nearly the order of expiry, so the first live one ends the sweep.
      if (until >= now) break;
      this.#nonces.delete(nonce);
    }
    const nonce = `${keyId} ${parameters['nonce'] ?? ''}`;
    if (this.#nonces.has(nonce)) throw badSignature('nonce used before');
    this.#nonces.set(nonce, Number(parameters['expires']) + this.#checks.settings.clockToleranceSeconds);
  }
}

/** The components that must be covered, by the docs' table and the headers that were sent. */
function required(
  exchange: Exchange,
  withToken: boolean,
  coverage: UpvestSettings['signatureCoverage'],
): readonly string[] {
  const sent = Object.keys(exchange.headers);
  const derived = ['@method', '@path', ...(exchange.search === '' ? [] : ['@query'])];
  const always = ['accept', 'upvest-client-id', ...(withToken ? ['authorization'] : [])];
  const body = exchange.body.length > 0 ? ['content-length', 'content-type', 'content-digest'] : [];
  const optional = ['idempotency-key', 'upvest-api-version'].filter((name) => sent.includes(name));
  const rest = coverage === 'table' ? [] : sent.filter((name) => !IGNORED.test(name));
  return [...new Set([...derived, ...always, ...body, ...optional, ...rest])];
}

/** Headers that the vendor's own clients never sign. */
const IGNORED =
  /^(cf-|cdn-|cookie|x-|priority|upvest-signature|sec-|signature$|signature-input$|user-agent$|accept-encoding$|connection$|host$|te$|expect$|transfer-encoding$|date$)/;

function checkDigest(exchange: Exchange): void {
  if (exchange.body.length === 0) return;
  const digest = createHash('sha512').update(exchange.body).digest('base64');
  if (header(exchange, 'content-digest') !== `sha-512=:${digest}:`) throw badSignature('content-digest does not fit');
}

function signedText(exchange: Exchange, { components, text }: SignatureInput): string {
  const lines = components.map((name) => `"${name}": ${componentValue(exchange, name)}`);
  return [...lines, `"@signature-params": ${text}`].join('\n');
}

function componentValue(exchange: Exchange, component: string): string {
  if (component === '@method') return exchange.method;
  if (component === '@path') return exchange.path === '' ? '/' : exchange.path;
  if (component === '@query' && exchange.search !== '') return exchange.search;
  const value = component.startsWith('@') ? undefined : header(exchange, component);
  if (value === undefined) throw badSignature(`covered but not sent: ${component}`);
  return value;
}

/** ECDSA signatures are DER; raw ones are refused, as Upvest refuses them. */
function verified(base: string, signature: Buffer, key: KeyObject): boolean {
  const bytes = Buffer.from(base);
  try {
    if (key.asymmetricKeyType === 'ed25519') return verify(null, bytes, key, signature);
    return verify('sha512', bytes, { key, dsaEncoding: 'der' }, signature);
  } catch {
    return false;
  }
}

export interface WebhookSigner {
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

export interface WebhookSigning {
  readonly method: string;
  readonly path: string;
  /** With its `?`; empty without one. */
  readonly search: string;
  /** The covered headers but `digest`, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly createdAt: Date;
  readonly lifetimeSeconds: number;
  /** The quoted form of component names, which a receiver may meet when Upvest changes its version. */
  readonly quoted?: boolean;
}

/** The headers of a delivery: digest (SHA-256) and a version 6 signature, whose component names are not quoted. */
export function signWebhook(signer: WebhookSigner, signing: WebhookSigning): Readonly<Record<string, string>> {
  const digest = `SHA-256=${createHash('sha256').update(signing.body).digest('base64')}`;
  const covered: readonly (readonly [string, string])[] = [
    ['@method', signing.method],
    ['@path', signing.path],
    ...(signing.search === '' ? [] : [['@query', signing.search] as const]),
    ...Object.entries({ ...signing.headers, digest }),
  ];
  const created = Math.floor(signing.createdAt.getTime() / 1000);
  const names = covered.map(([name]) => `"${name}"`).join(' ');
  const expires = created + signing.lifetimeSeconds;
  const parameters = `(${names});keyid="${signer.keyId}";created=${created};expires=${expires};nonce="${randomUUID()}"`;
  const named = (name: string): string => (signing.quoted ? `"${name}"` : name);
  const base = [
    ...covered.map(([name, value]) => `${named(name)}: ${value}`),
    `${named('@signature-params')}: ${parameters}`,
  ].join('\n');
  const signature = sign('sha512', Buffer.from(base), { key: signer.privateKey, dsaEncoding: 'der' });
  return {
    ...signing.headers,
    digest,
    'signature-input': `sig1=${parameters}`,
    signature: `sig1=:${signature.toString('base64')}:`,
  };
}
