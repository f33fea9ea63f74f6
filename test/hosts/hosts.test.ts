import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createServerAdapter } from '@whatwg-node/server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as expressDoor from '../../src/hosts/express.ts';
import { gatewayPlugin } from '../../src/hosts/fastify.ts';
import { attachGateway, withGateway } from '../../src/hosts/fetch.ts';
import * as nestDoor from '../../src/hosts/nestjs.ts';
import { routeHandlers } from '../../src/hosts/next.ts';
import { createGateway, type Gateway } from '../../src/index.ts';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { memoryLogger } from '../helpers/gateway.ts';
import { cashEvent } from '../helpers/log.ts';
import { gatewaySettings } from '../helpers/world.ts';
import { rawSocket, resultsOf, sseClient } from '../live/clients.ts';

const SUBSCRIPTION = 'subscription { notifications { id ... on CashBalanceNotification { cashBalance { balance } } } }';
const BASE = '/bank';
const seed = seedPortfolio({ key: 'host', name: 'Hosted' });

interface Host {
  readonly url: string;
  stop(): Promise<void>;
}
const portOf = (server: Server): string => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return `http://127.0.0.1:${address.port}`;
};
const listening = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

/** Each as a user writes it; what is around it is the framework's own. */
const DOORS: Readonly<Record<string, (gateway: Gateway) => Promise<Host>>> = {
  express: async (gateway) => {
    const app = express();
    const server = createServer(app);
    expressDoor.mountGateway(app, gateway);
    const stop = expressDoor.attachGateway(server, gateway);
    app.use(express.json());
    app.get('/hello', (_request, response) => void response.send('hello'));
    app.post('/echo', (request, response) => void response.json(request.body));
    await listening(server);
    return { url: portOf(server), stop };
  },
  fastify: async (gateway) => {
    const app = fastify();
    app.register(gatewayPlugin, { gateway });
    app.get('/hello', () => 'hello');
    app.post('/echo', (request) => request.body);
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { url: portOf(app.server), stop: () => app.close() };
  },
  fetch: async (gateway) => {
    const app = new Hono();
    app.get('/hello', (context) => context.text('hello'));
    app.post('/echo', async (context) => context.json(await context.req.json()));
    const server = createServer(getRequestListener(withGateway(gateway, app.fetch)));
    await listening(server);
    return { url: portOf(server), stop: attachGateway(server, gateway) };
  },
  next: async (gateway) => {
    const { GET, POST, OPTIONS } = routeHandlers(async () => gateway);
    // As Next routes `app/bank/[...path]/route.ts` and two pages of its own.
    const handlers = new Map([
      ['GET', GET],
      ['POST', POST],
      ['OPTIONS', OPTIONS],
    ]);
    const route = createServerAdapter(async (request: Request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/hello') return new Response('hello');
      if (pathname === '/echo') return new Response(await request.text());
      return (await handlers.get(request.method)?.(request)) ?? new Response(null, { status: 405 });
    });
    const server = createServer(route);
    await listening(server);
    return {
      url: portOf(server),
      stop: async () => {
        await gateway.drain();
        await new Promise((resolve) => server.close(resolve));
        await gateway.stop();
      },
    };
  },
  nestjs: async (gateway) => {
    const app = await NestFactory.create(nestRoot(), { logger: false });
    const stop = nestDoor.mountGateway(app, gateway);
    await app.listen(0, '127.0.0.1');
    return { url: portOf(app.getHttpServer()), stop };
  },
};

/** A module with a controller; its decorators are called as functions, which is what they are. */
function nestRoot(): new () => object {
  class Own {
    hello(): string {
      return 'hello';
    }
    echo(body: unknown): unknown {
      return body;
    }
  }
  const methodOf = (method: string): PropertyDescriptor => Object.getOwnPropertyDescriptor(Own.prototype, method) ?? {};
  Get('hello')(Own.prototype, 'hello', methodOf('hello'));
  Post('echo')(Own.prototype, 'echo', methodOf('echo'));
  Body()(Own.prototype, 'echo', 0);
  Controller()(Own);
  class Root {}
  Module({ controllers: [Own] })(Root);
  return Root;
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-doors-'));
let standins: Standins;
beforeAll(async () => {
  standins = await startStandins({ seed: combineSeeds(seed) });
});
afterAll(async () => {
  await standins.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(Object.keys(DOORS))('invest-gateway/%s', (name) => {
  let host: Host;
  let url: string;
  beforeAll(async () => {
    const gateway = await createGateway({
      ...gatewaySettings(standins),
      ...{ auth: 'local-operator', basePath: BASE, graphiql: true, farewellMs: 0 },
      ...{ logger: memoryLogger([]), store: { dataDir: join(folder, name) } },
    });
    const opened = await DOORS[name]?.(gateway);
    if (opened === undefined) throw new Error(`no door ${name}`);
    host = opened;
    url = host.url + BASE;
  });

  const post = (body: unknown, path = '/graphql'): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('answers queries by POST and GET', async () => {
    const query = '{ portfolios(first: 2) { edges { node { name cashBalance { balance } } } } }';
    const edges = [{ node: { name: 'Hosted', cashBalance: { balance: '1000.00' } } }];
    expect(await (await post({ query })).json()).toEqual({ data: { portfolios: { edges } } });
    const got = await fetch(`${url}/graphql?query=${encodeURIComponent('{ viewer { id } }')}`);
    expect(await got.json()).toMatchObject({ data: { viewer: {} } });
  });

  it('refuses what the gateway refuses', async () => {
    expect((await post('{"query":')).status).toBe(400);
    expect((await post({ query: '{ __typename }', more: 'x'.repeat(1024 * 1024) })).status).toBe(413);
    const form = await fetch(`${url}/graphql`, {
      method: 'POST',
      body: new URLSearchParams({ query: '{ __typename }' }),
    });
    expect(form.status).toBe(415);
  });

  it('shows GraphiQL, health and metrics', async () => {
    const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain(`${BASE}/graphql`);
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await fetch(url + path)).status, path).toBe(200);
  });

  it("leaves the host's own routes and their bodies alone", async () => {
    expect(await (await fetch(`${host.url}/hello`)).text()).toBe('hello');
    const headers = { 'content-type': 'application/json' };
    const echoed = await fetch(`${host.url}/echo`, { method: 'POST', headers, body: '{"a":1.50}' });
    expect(await echoed.json()).toEqual({ a: 1.5 });
    await expect(rawSocket(host.url)).rejects.toThrow();
  });

  it('takes webhooks over their raw bytes, and tells subscribers over SSE', async () => {
    const sse = await sseClient(url, SUBSCRIPTION);
    await expect
      .poll(async () => await (await fetch(`${url}/metrics`)).text())
      .toMatch(/^gateway_live_subscribers 1$/m);
    const events = [cashEvent(seed.broker.accountGroupId ?? '', '55.55')];
    const to = { url: `${url}/webhooks/upvest`, events };
    expect((await standins.upvest.webhooks.emit({ ...to, tampering: 'tampered' })).status).toBe(401);
    expect((await standins.upvest.webhooks.emit(to)).status).toBe(200);
    await expect.poll(() => JSON.stringify(resultsOf(sse))).toContain('55.55');
    sse.close();
  });

  it.skipIf(name === 'next')('opens WebSockets', async () => {
    const socket = await rawSocket(url);
    socket.send({ type: 'connection_init' });
    await expect.poll(() => socket.messages).toContainEqual({ type: 'connection_ack' });
    socket.socket.close();
  });

  it('ends subscriptions so that clients resume, and then itself', async () => {
    const sse = await sseClient(url, SUBSCRIPTION);
    await host.stop();
    await sse.ended;
    expect(sse.events.map(({ event }) => event)).not.toContain('complete');
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
