import type { InvestSuiteStandin } from '../../../src/standins/index.ts';
import { type Reply, send } from './http.ts';

export interface InvestSuiteClient {
  readonly token: string;
  get(path: string): Promise<Reply>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  patch(path: string, body: unknown): Promise<Reply>;
  delete(path: string): Promise<Reply>;
}

/** Logs in; text bodies are sent as they are, others as JSON. */
export async function investSuiteClient({
  url,
  credentials,
}: Pick<InvestSuiteStandin, 'url' | 'credentials'>): Promise<InvestSuiteClient> {
  const login = await send(
    'POST',
    `${url}/auth/login/`,
    { 'content-type': 'application/json' },
    JSON.stringify({ access_key_id: credentials.accessKeyId, secret_access_key: credentials.secretAccessKey }),
  );
  const token: string = login.json().access_token;
  const authorization = { authorization: `Bearer ${token}` };
  const withBody = { ...authorization, 'content-type': 'application/json' };
  const text = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
  return {
    token,
    get: (path) => send('GET', url + path, authorization),
    post: (path, body, headers = {}) => send('POST', url + path, { ...withBody, ...headers }, text(body)),
    patch: (path, body) => send('PATCH', url + path, withBody, text(body)),
    delete: (path) => send('DELETE', url + path, authorization),
  };
}

export const query = (text: string): string => `query=${encodeURIComponent(text)}`;
