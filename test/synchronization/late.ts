import { createServer, type IncomingMessage, request } from 'node:http';
import { listenOnLoopback } from '../helpers/http.ts';

/** What was there before a write that reads do not show yet; undefined where it was made by the write. */
interface Unseen {
  readonly at: number;
  readonly before: Entity | undefined;
}

interface Entity {
  readonly id: string;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const WRITTEN = /^\/portfolios\/(?:\w*\/?|\w+\/transactions\/\w*\/?)$/;

/** InvestSuite, whose reads show each write of a portfolio or transaction so much later, as of a database's replica. */
export async function startLate(target: string, lateMs: number): Promise<{ url: string; stop: () => Promise<void> }> {
  const unseen = new Map<string, Unseen[]>();
  /** The entity as reads show it; null where they do not show it yet. */
  const shown = (now: Entity): Entity | null => {
    const first = unseen.get(now.id)?.find(({ at }) => Date.now() - at < lateMs);
    return first === undefined ? now : (first.before ?? null);
  };
  const answer = async (incoming: IncomingMessage): Promise<Answer> => {
    const { method = 'GET', url = '/', headers } = incoming;
    const path = new URL(url, target).pathname;
    const isWrite = method !== 'GET' && WRITTEN.test(path);
    const { authorization = '' } = headers;
    const before =
      isWrite && method === 'PATCH' ? await ask(new URL(url, target), 'GET', { authorization }) : undefined;
    const at = Date.now();
    const given = await ask(new URL(url, target), method, headers, incoming);
    if (!WRITTEN.test(path) || given.status >= 300) return given;
    const body: Entity & { readonly results?: readonly Entity[] } = JSON.parse(given.text);
    if (isWrite) {
      const was: Entity | undefined = before && JSON.parse(before.text);
      unseen.set(body.id, [...(unseen.get(body.id) ?? []), { at, before: was }]);
      return given;
    }
    if (body.results === undefined) {
      const entity = shown(body);
      return entity === null ? NOT_FOUND : { ...given, text: JSON.stringify(entity) };
    }
    const results = body.results.flatMap((each) => shown(each) ?? []);
    return { ...given, text: JSON.stringify({ ...body, results }) };
  };
  const server = createServer((incoming, outgoing) => {
    answer(incoming).then(
      ({ status, type, text }) => outgoing.writeHead(status, { 'content-type': type }).end(text),
      () => outgoing.writeHead(502).end(),
    );
  });
  return await listenOnLoopback(server);
}

const NOT_FOUND: Answer = { status: 404, type: 'application/json', text: '{"detail":"Not found"}' };

const ask = (url: URL, method: string, headers: IncomingMessage['headers'], body?: IncomingMessage): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const onward = request(url, { method, headers }, (given) => {
      const chunks: Uint8Array[] = [];
      given.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      given.on('end', () => {
        const type = given.headers['content-type'] ?? '';
        resolve({ status: given.statusCode ?? 502, type, text: Buffer.concat(chunks).toString() });
      });
    });
    onward.once('error', reject);
    if (body === undefined) onward.end();
    else body.pipe(onward);
  });
