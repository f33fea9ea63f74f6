import { Agent, request } from 'node:http';

/** One HTTP exchange with nothing added that was not asked for. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body, read by the platform's JSON reader: only for what holds no number that matters. */
  json(): JsonValue;
}

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of many shapes and says what it expects of them.
export type JsonValue = any;

const agent = new Agent({ keepAlive: true });

export function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer,
): Promise<Reply> {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const length = bytes === undefined ? {} : { 'content-length': String(bytes.length) };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: { ...length, ...headers }, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: () => JSON.parse(text),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

/** Waits until something holds; fails after a while. */
export async function eventually(holds: () => boolean, what = 'it'): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen in time`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
