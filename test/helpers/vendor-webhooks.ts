import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { request } from 'node:http';
import type { GatewayOptions } from '../../src/gateway.ts';
import { FakeUpvest } from '../datasources/upvest/fake-upvest.ts';
import { type RunningGateway, startGateway } from './gateway.ts';

export const WEBHOOK = '/webhooks/upvest';
export const EMPTY = '{"payload":[]}';

/** Signs and sends webhooks as Upvest does, with the values of its side. */
export interface Signing {
  readonly components?: readonly string[];
  /** Values of components other than the usual ones. */
  readonly values?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly form?: 'v6' | 'v15';
  readonly label?: string;
  readonly keyId?: string;
  readonly key?: KeyObject;
  /** Seconds from now. */
  readonly created?: number;
  readonly expires?: number;
  /** Behind the list of components, instead of the usual ones. */
  readonly parameters?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A gateway and the Upvest whose webhooks it takes: our own signer, with none of the gateway's code. */
export class Vendor {
  readonly upvest = new FakeUpvest();
  readonly keys = new Map<string, KeyObject>();
  /** The private key of each id that is or was served. */
  readonly #signers = new Map<string, KeyObject>();
  #gateway: RunningGateway | undefined;

  async start(options: Partial<GatewayOptions> = {}): Promise<this> {
    await this.upvest.start();
    this.addKey('key-1');
    this.upvest.on('GET', '/auth/verify_keys', () => ({
      body: { keys: [...this.keys].map(([kid, key]) => ({ kid, ...key.export({ format: 'jwk' }) })) },
    }));
    const { baseUrl, clientId, clientSecret, keyId, privateKeyPem } = this.upvest.options;
    this.#gateway = await startGateway({
      // No server listens there: webhooks without events need no InvestSuite.
      investSuite: { url: 'http://127.0.0.1:9', accessKeyId: 'a', secretAccessKey: 's' },
      upvest: { url: baseUrl, clientId, clientSecret, keyId, privateKey: privateKeyPem, passphrase: undefined },
      auth: 'local-operator',
      ...options,
    });
    return this;
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop();
    await this.upvest.stop();
  }

  get running(): RunningGateway {
    if (this.#gateway === undefined) throw new Error('not started');
    return this.#gateway;
  }

  get keyFetches(): number {
    return this.upvest.callsTo('GET', '/auth/verify_keys').length;
  }

  addKey(keyId: string): void {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    this.keys.set(keyId, publicKey);
    this.#signers.set(keyId, privateKey);
  }

  /** The headers of a delivery as Upvest makes them. */
  signed(signing: Signing = {}): Record<string, string> {
    const { components = ['@method', '@path', 'content-type', 'digest'], body = EMPTY, form = 'v6' } = signing;
    const { label = 'sig1', keyId = 'key-1', created = 0, expires = 10 } = signing;
    const now = Math.floor(Date.now() / 1000);
    const values: Record<string, string> = {
      '@method': 'POST',
      '@path': WEBHOOK,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      digest: `SHA-256=${sha('sha256', body)}`,
      ...signing.values,
    };
    const {
      parameters = `;keyid="${keyId}";created=${now + created};expires=${now + expires};nonce="${Math.random()}"`,
    } = signing;
    const input = `(${components.map((name) => `"${name}"`).join(' ')})${parameters}`;
    const quote = (name: string): string => (form === 'v15' ? `"${name}"` : name);
    const lines = components.map((name) => `${quote(name)}: ${values[name] ?? ''}`);
    const base = [...lines, `${quote('@signature-params')}: ${input}`].join('\n');
    const key = signing.key ?? this.#signers.get(keyId);
    if (key === undefined) throw new Error(`no key ${keyId}`);
    const signature = sign('sha512', Buffer.from(base), { key, dsaEncoding: 'der' }).toString('base64');
    const plain = Object.entries(values).filter(([name]) => !name.startsWith('@'));
    return {
      ...Object.fromEntries(plain),
      'signature-input': `${label}=${input}`,
      signature: `${label}=:${signature}:`,
    };
  }

  /** Sends headers and body as the last hop before the gateway does. */
  async send(headers: Record<string, string | string[]>, { path = WEBHOOK, body = EMPTY } = {}): Promise<Answer> {
    const url = new URL(this.running.url);
    return await new Promise((resolve, reject) => {
      const sending = request(
        { host: url.hostname, port: url.port, method: 'POST', path, headers, setHost: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      sending.once('error', reject);
      if (headers['host'] === undefined) sending.setHeader('host', url.host);
      sending.end(body);
    });
  }
}

export const sha = (algorithm: 'sha256' | 'sha512' | 'md5', text: string): string =>
  createHash(algorithm).update(text).digest('base64');
