import { createHash } from 'node:crypto';
import type { Runtime } from '../../domain/runtime.ts';
import { type SignedComponent, signatureBase } from './signature-base.ts';
import type { SigningKey } from './signing-key.ts';

/** A request as it goes on the wire; whatever is changed afterwards breaks the signature. */
export interface SignableRequest {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** With its `?`; empty where there is none. */
  readonly query: string;
  /** Names in lower case. Only headers that Upvest documents; length and digest of the body are added here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** Values that make each signature unique; a retry needs new ones. */
export interface SignatureMoment {
  /** Unix time in seconds. */
  readonly created: number;
  readonly expires: number;
  readonly nonce: string;
}

/** In the order in which they are signed; the order is free but for being the same in header and text. */
const SIGNED_HEADERS = [
  'accept',
  'authorization',
  'content-type',
  'idempotency-key',
  'upvest-api-version',
  'upvest-client-id',
  'content-length',
  'content-digest',
];

/** `content-digest` of a body. */
export const contentDigest = (body: Uint8Array): string =>
  `sha-512=:${createHash('sha512').update(body).digest('base64')}:`;

/**
 * Signs a request in Upvest's signature version 15 (its guide "Implementing HTTP signatures v15"). Answers all headers to send: those
 * given, length and digest of the body, and the signature.
 * Throws a TypeError on a header that Upvest does not document: what it would do with one that is not signed is unknown.
 */
export async function signRequest(
  request: SignableRequest,
  {
    key,
    keyId,
    runtime,
  }: { readonly key: SigningKey; readonly keyId: string; readonly runtime: Pick<Runtime, 'sign'> },
  moment: SignatureMoment,
): Promise<Readonly<Record<string, string>>> {
  const headers = withBodyHeaders(request);
  const components = signedComponents(request, headers);
  const parameters = signatureParameters(components, keyId, moment);
  const base = signatureBase(components, parameters, 'v15');
  const signature = await runtime.sign(key.algorithm === 'ed25519' ? null : 'sha512', Buffer.from(base), {
    key: key.key,
    dsaEncoding: 'der',
  });
  return {
    ...headers,
    'upvest-signature-version': '15',
    'signature-input': `sig1=${parameters}`,
    signature: `sig1=:${Buffer.from(signature).toString('base64')}:`,
  };
}

function withBodyHeaders({ method, headers, body }: SignableRequest): Readonly<Record<string, string>> {
  if (body !== undefined) {
    return { ...headers, 'content-length': String(body.byteLength), 'content-digest': contentDigest(body) };
  }
  // HTTP clients set this header for a POST without a body, and all sent headers must be signed.
  return ['POST', 'PATCH'].includes(method.toUpperCase()) ? { ...headers, 'content-length': '0' } : headers;
}

function signedComponents(
  { method, path, query }: SignableRequest,
  headers: Readonly<Record<string, string>>,
): readonly SignedComponent[] {
  for (const name of Object.keys(headers)) {
    if (!SIGNED_HEADERS.includes(name)) throw new TypeError(`the header ${name} is not one that Upvest documents`);
  }
  const components: SignedComponent[] = [
    ['@method', method.toUpperCase()],
    ['@path', path === '' ? '/' : path],
  ];
  if (query !== '') components.push(['@query', query]);
  for (const name of SIGNED_HEADERS) {
    const value = headers[name];
    if (value !== undefined) components.push([name, value]);
  }
  return components;
}

function signatureParameters(
  components: readonly SignedComponent[],
  keyId: string,
  { created, expires, nonce }: SignatureMoment,
): string {
  const names = components.map(([name]) => `"${name}"`).join(' ');
  return `(${names});keyid="${keyId}";created=${created};expires=${expires};nonce="${nonce}"`;
}
