import { createServer, request } from 'node:http';
import type { GatewayOptions } from '../../src/gateway.ts';
import { combineSeeds, type PartialSeed, type Standins, startStandins } from '../../src/standins/index.ts';
import { type RunningGateway, startGateway } from './gateway.ts';
import { listenOnLoopback } from './http.ts';
import { gatewaySettings } from './world.ts';

/** Changes the body of an answer on its way to the gateway. `path` is that of the call, with its query. */
export type Rewrite = (body: string, path: string) => string;

/** Both stand-ins behind proxies that change what they answer, and a gateway in front, all over real sockets. */
export interface RewrittenWorld extends RunningGateway {
  readonly standins: Standins;
  /** Paths that the gateway has asked for, with their queries, but for those of logging in. */
  readonly asked: Record<'investSuite' | 'upvest', string[]>;
  /** The change made to answers from now on. */
  rewrite(rewrites: { readonly investSuite?: Rewrite; readonly upvest?: Rewrite }): void;
}

export async function startRewrittenWorld(
  seed: readonly PartialSeed[],
  gateway: Partial<GatewayOptions> = {},
): Promise<RewrittenWorld> {
  const standins = await startStandins({ seed: combineSeeds(...seed) });
  let rewrites: { readonly investSuite?: Rewrite; readonly upvest?: Rewrite } = {};
  const asked: RewrittenWorld['asked'] = { investSuite: [], upvest: [] };
  const proxy = async (name: 'investSuite' | 'upvest') =>
    await startRewritingProxy(standins[name].url, (body, path) => {
      if (!path.startsWith('/auth/')) asked[name].push(path);
      return rewrites[name]?.(body, path) ?? body;
    });
  const proxies = { investSuite: await proxy('investSuite'), upvest: await proxy('upvest') };
  const settings = gatewaySettings(standins);
  const running = await startGateway({
    investSuite: { ...settings.investSuite, url: proxies.investSuite.url },
    upvest: { ...settings.upvest, url: proxies.upvest.url },
    auth: 'local-operator',
    ...gateway,
  });
  return {
    ...running,
    standins,
    asked,
    rewrite: (next) => {
      rewrites = next;
    },
    stop: async () => {
      await running.stop();
      await Promise.all([proxies.investSuite.stop(), proxies.upvest.stop()]);
      await standins.stop();
    },
  };
}

async function startRewritingProxy(
  target: string,
  rewrite: Rewrite,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    const options = { method: incoming.method ?? 'GET', headers: incoming.headers };
    const onward = request(new URL(path, target), options, (answer) => {
      const chunks: Uint8Array[] = [];
      answer.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      answer.on('end', () => {
        const body = rewrite(Buffer.concat(chunks).toString(), path);
        const headers = { ...answer.headers, 'content-length': String(Buffer.byteLength(body)) };
        outgoing.writeHead(answer.statusCode ?? 502, headers).end(body);
      });
    });
    onward.once('error', () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  return await listenOnLoopback(server);
}
