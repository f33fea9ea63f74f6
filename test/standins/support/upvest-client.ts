import { createHash, createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { type Reply, send } from './http.ts';

/** Whom the client talks to, and who it says it is. */
export interface UpvestAddress {
  readonly url: string;
  readonly credentials: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly keyId: string;
    readonly privateKeyPem: string;
  };
}

/** The parts of a request's signature; each can be spoilt by a test. */
export interface Signing {
  /** Components that are left out of the signature. */
  readonly without?: readonly string[];
  readonly created?: number;
  readonly expires?: number;
  readonly nonce?: string;
  readonly keyId?: string;
  readonly key?: KeyObject;
  readonly dsaEncoding?: 'der' | 'ieee-p1363';
  /** Base lines with unquoted names, as in version 6. */
  readonly unquoted?: boolean;
  /** Sent instead of what was signed. */
  readonly sentBody?: string;
  readonly sentPath?: string;
  /** Headers that are sent besides, unsigned. */
  readonly extraHeaders?: Readonly<Record<string, string>>;
  /** Signed headers that differ from the usual ones; an empty text leaves one out. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface UpvestClient {
  call(method: string, path: string, body?: string, signing?: Signing): Promise<Reply>;
  get(path: string, signing?: Signing): Promise<Reply>;
  /** With a fresh idempotency key unless one is given. */
  post(path: string, body: object, key?: string): Promise<Reply>;
  delete(path: string): Promise<Reply>;
}

export const EVERY_SCOPE =
  'accounts:read users:read positions:read orders:read orders:admin payments:read payments:admin ' +
  'reference_accounts:read reference_accounts:admin transactions:read webhooks:admin virtual_cash_balances:admin';

/** Gets a token and signs every call as the guide on version 15 says. `created`: seconds, for a stand-in with a clock of its own. */
export async function upvestClient(
  standin: UpvestAddress,
  scope = EVERY_SCOPE,
  created?: number,
): Promise<UpvestClient> {
  const at = created === undefined ? {} : { created };
  const { clientId, clientSecret } = standin.credentials;
  const form = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: 'client_credentials',
    scope,
  });
  const answer = await signedCall(standin, 'POST', '/auth/token', form.toString(), {
    ...at,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  if (answer.status !== 200) throw new Error(`no token: ${answer.text}`);
  const authorization = `Bearer ${answer.json().access_token}`;
  const call: UpvestClient['call'] = (method, path, body, signing = {}) =>
    signedCall(standin, method, path, body, { ...at, ...signing, headers: { authorization, ...signing.headers } });
  return {
    call,
    get: (path, signing) => call('GET', path, undefined, signing),
    post: (path, body, key = randomUUID()) =>
      call('POST', path, JSON.stringify(body), { headers: key === '' ? {} : { 'idempotency-key': key } }),
    delete: (path) => call('DELETE', path),
  };
}

export function signedCall(
  { url, credentials }: UpvestAddress,
  method: string,
  target: string,
  body: string | undefined,
  signing: Signing,
): Promise<Reply> {
  const [path = '', search] = target.split('?');
  const bodyHeaders =
    body === undefined
      ? {}
      : {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'content-digest': `sha-512=:${createHash('sha512').update(body).digest('base64')}:`,
        };
  const all = {
    accept: 'application/json',
    'upvest-client-id': credentials.clientId,
    ...bodyHeaders,
    ...signing.headers,
  };
  const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const components: readonly (readonly [string, string])[] = [
    ['@method', method],
    ['@path', path],
    ...(search === undefined ? [] : [['@query', `?${search}`] as const]),
    ...Object.entries(headers),
  ];
  const covered = components.filter(([name]) => !signing.without?.includes(name));
  const created = signing.created ?? Math.floor(Date.now() / 1000);
  const names = covered.map(([name]) => `"${name}"`).join(' ');
  const parameters = `(${names});keyid="${signing.keyId ?? credentials.keyId}";created=${created};expires=${
    signing.expires ?? created + 10
  };nonce="${signing.nonce ?? randomUUID()}"`;
  const quoted = (name: string): string => (signing.unquoted ? name : `"${name}"`);
  const base = [...covered, ['@signature-params', parameters] as const]
    .map(([name, value]) => `${quoted(name)}: ${value}`)
    .join('\n');
  const key = signing.key ?? createPrivateKey(credentials.privateKeyPem);
  const signature =
    key.asymmetricKeyType === 'ed25519'
      ? sign(null, Buffer.from(base), key)
      : sign('sha512', Buffer.from(base), { key, dsaEncoding: signing.dsaEncoding ?? 'der' });
  const sent = {
    ...headers,
    ...signing.extraHeaders,
    'upvest-signature-version': signing.unquoted ? '6' : '15',
    'signature-input': `sig1=${parameters}`,
    signature: `sig1=:${signature.toString('base64')}:`,
    ...(signing.sentBody === undefined ? {} : { 'content-length': String(Buffer.byteLength(signing.sentBody)) }),
  };
  return send(method, url + (signing.sentPath ?? target), sent, signing.sentBody ?? body);
}
