import { createHash, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { UpvestOptions } from '../../../src/datasources/upvest/index.ts';
import { listenOnLoopback } from '../../helpers/http.ts';

/** A call as it came in, with the scope of its token. */
export interface FakeCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly scope: string;
}

export interface FakeAnswer {
  readonly status?: number;
  /** A string goes out as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Break the connection instead, before or after the work. */
  readonly reset?: boolean;
}

type Handler = (call: FakeCall) => FakeAnswer | Promise<FakeAnswer>;

export const CLIENT_ID = '11111111-2222-4333-8444-555555555555';
export const CLIENT_SECRET = 'the-client-secret';
export const KEY_ID = 'aaaaaaaa-0000-4000-8000-000000000001';

/** As Upvest's reference clients do: whatever is sent and not of these is signed. */
const UNSIGNED = /^(host|connection|signature|signature-input|upvest-signature-version)$/;

/**
 * An Upvest that does nothing but what a test tells it, and lets nobody in whose signature, token or headers are not
 * right. Written without the code that it tests.
 */
export class FakeUpvest {
  readonly calls: FakeCall[] = [];
  /** The reasons of refused calls. */
  readonly refused: string[] = [];
  tokenLifetimeSeconds = 3_600;
  /** Answers the token call instead of a token, once set. */
  tokenAnswer: Handler | undefined;
  underWay = 0;
  mostUnderWay = 0;
  readonly #publicKey: KeyObject;
  readonly #privateKeyPem: string;
  readonly #routes = new Map<string, Handler>();
  readonly #tokens = new Map<string, string>();
  readonly #nonces = new Set<string>();
  readonly #server: Server;
  #url = '';
  #stop: () => Promise<void> = async () => {};

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    this.#publicKey = publicKey;
    this.#privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  async start(): Promise<this> {
    const { url, stop } = await listenOnLoopback(this.#server);
    this.#url = url;
    this.#stop = stop;
    return this;
  }

  async stop(): Promise<void> {
    await this.#stop();
  }

  /** Options of a datasource that is let in. */
  get options(): UpvestOptions {
    return {
      baseUrl: this.#url,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      keyId: KEY_ID,
      privateKeyPem: this.#privateKeyPem,
    };
  }

  on(method: string, path: string, handler: Handler): void {
    this.#routes.set(`${method} ${path}`, handler);
  }

  /** A list with paging as documented. */
  onList(path: string, rows: readonly unknown[]): void {
    this.on('GET', path, ({ query }) => page(rows, query));
  }

  callsTo(method: string, path: string): readonly FakeCall[] {
    return this.calls.filter((call) => call.method === method && call.path === path);
  }

  get tokenCalls(): readonly FakeCall[] {
    return this.callsTo('POST', '/auth/token');
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  get issuedTokens(): readonly string[] {
    return [...this.#tokens.keys()];
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '', 'http://fake');
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const scope = this.#tokens.get(token ?? '');
    const call: FakeCall = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: body.toString(),
      scope: scope ?? '',
    };
    this.calls.push(call);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      const wrong = formProblem(call) ?? this.#signatureProblem(request, url, body);
      if (wrong !== undefined) {
        this.refused.push(`${call.method} ${call.path}: ${wrong.detail}`);
        reply(response, problem(wrong.status, wrong.type, wrong.detail));
      } else if (call.path === '/auth/token') reply(response, await this.#token(call));
      else if (scope === undefined) reply(response, problem(401, 'unauthorised', 'The token is not active'));
      else if (needsKey(call) && !KEY.test(String(call.headers['idempotency-key'] ?? ''))) {
        this.refused.push(`${call.method} ${call.path}: no idempotency key`);
        reply(response, problem(400, 'missing_idempotency_key', 'A UUID is expected'));
      } else {
        const handler = this.#routes.get(`${call.method} ${call.path}`);
        reply(response, (await handler?.(call)) ?? problem(404, 'not_found', 'not there'));
      }
    } finally {
      this.underWay -= 1;
    }
  }

  async #token(call: FakeCall): Promise<FakeAnswer> {
    return this.tokenAnswer === undefined ? this.grantToken(call) : await this.tokenAnswer(call);
  }

  /** The answer to the token call where `tokenAnswer` does not say otherwise. */
  grantToken(call: FakeCall): FakeAnswer {
    const form = new URLSearchParams(call.body);
    if (form.get('client_id') !== CLIENT_ID || form.get('client_secret') !== CLIENT_SECRET) {
      return problem(401, 'unauthorised', 'Client authentication failed');
    }
    const token = `ory_at_${this.tokenCalls.length}.${'x'.repeat(20)}`;
    this.#tokens.set(token, form.get('scope') ?? '');
    return {
      body: {
        access_token: token,
        expires_in: this.tokenLifetimeSeconds,
        token_type: 'bearer',
        scope: form.get('scope'),
      },
    };
  }

  #signatureProblem(request: IncomingMessage, url: URL, body: Buffer): Wrong | undefined {
    const detail = this.#signatureDetail(request, url, body);
    return detail === undefined ? undefined : { status: 401, type: 'unauthorised', detail };
  }

  #signatureDetail(request: IncomingMessage, url: URL, body: Buffer): string | undefined {
    const header = (name: string): string => String(request.headers[name] ?? '');
    const parameters = header('signature-input').replace(/^sig1=/, '');
    const names = [...(/^\(([^)]*)\)/.exec(parameters)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    const parameter = (name: string): string => new RegExp(`;${name}="?([^";]+)`).exec(parameters)?.[1] ?? '';
    if (header('upvest-signature-version') !== '15') return 'not version 15';
    if (parameter('keyid') !== KEY_ID) return 'another key id';
    const now = Date.now() / 1000;
    if (Math.abs(now - Number(parameter('created'))) > 10) return 'not created now';
    if (!(Number(parameter('expires')) > now)) return 'expired';
    if (this.#nonces.has(parameter('nonce'))) return 'the nonce was used before';
    this.#nonces.add(parameter('nonce'));
    const wanted = ['@method', '@path', ...(url.search === '' ? [] : ['@query'])];
    wanted.push(...Object.keys(request.headers).filter((name) => !UNSIGNED.test(name)));
    const uncovered = wanted.filter((name) => !names.includes(name));
    if (uncovered.length > 0) return `not covered: ${uncovered.join(' ')}`;
    const digest = `sha-512=:${createHash('sha512').update(body).digest('base64')}:`;
    if (body.length > 0 && header('content-digest') !== digest) return 'another digest';
    const derived: Record<string, string> = {
      '@method': request.method ?? '',
      '@path': url.pathname,
      '@query': url.search,
    };
    const lines = names.map((name) => `"${name}": ${derived[name] ?? header(name)}`);
    const base = [...lines, `"@signature-params": ${parameters}`].join('\n');
    const signature = Buffer.from(/^sig1=:([^:]+):$/.exec(header('signature'))?.[1] ?? '', 'base64');
    const holds = verify('sha512', Buffer.from(base), { key: this.#publicKey, dsaEncoding: 'der' }, signature);
    return holds ? undefined : 'the signature does not hold';
  }
}

interface Wrong {
  readonly status: number;
  readonly type: string;
  readonly detail: string;
}

/** Upvest refuses what is not exactly so. */
function formProblem({ path, headers, body }: FakeCall): Wrong | undefined {
  const contentType = path === '/auth/token' ? 'application/x-www-form-urlencoded' : 'application/json';
  const client = headers['upvest-client-id'];
  if (client === undefined) return { status: 400, type: 'missing_client_id', detail: 'no client id' };
  if (client !== CLIENT_ID) return { status: 401, type: 'unauthorised', detail: 'another client id' };
  if (headers.accept !== 'application/json') return { status: 406, type: 'not_acceptable', detail: 'another accept' };
  if (body === '' ? headers['content-type'] === undefined : headers['content-type'] === contentType) return undefined;
  return { status: 400, type: 'bad_request', detail: 'unexpected request Content-Type' };
}

/** The calls of the gateway that are repeated under a key. */
const needsKey = ({ method, path }: FakeCall): boolean =>
  method === 'POST' && /^\/(payments|virtual_cash_balances|orders)(\/|$)/.test(path);
const KEY = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-5][0-9a-f]{3}-?[089ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;

export const problem = (status: number, type: string, detail: string): FakeAnswer => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: {
    type: `https://docs.upvest.co/errors/${type}`,
    status,
    title: type,
    detail,
    request_id: 'afcd3c2f-6965-4e1b-bb3e-87a3b481ce29',
  },
});

export function page(rows: readonly unknown[], query: URLSearchParams): FakeAnswer {
  const offset = Number(query.get('offset') ?? 0);
  const limit = Number(query.get('limit') ?? 100);
  if (!(offset >= 0) || !(limit >= 1 && limit <= 1_000)) return problem(400, 'bad_request', 'offset or limit');
  const data = rows.slice(offset, offset + limit);
  return { body: { meta: { offset, limit, count: data.length, total_count: rows.length }, data } };
}

function reply(response: ServerResponse, { status = 200, body, headers, reset }: FakeAnswer): void {
  if (reset === true) {
    response.destroy();
    return;
  }
  const text = typeof body === 'string' || body === undefined ? (body ?? '') : JSON.stringify(body);
  const requestId = { 'upvest-request-id': 'afcd3c2f-6965-4e1b-bb3e-87a3b481ce29' };
  response.writeHead(status, { 'content-type': 'application/json', ...requestId, ...headers }).end(text);
}
