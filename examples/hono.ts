// The gateway in a Hono app, as in any host that speaks fetch. WebSockets come by the server's upgrade event.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createGateway, ignoreUpgrade, optionsFrom } from 'invest-gateway';

const gateway = await createGateway(optionsFrom(process.env));
const app = new Hono();
app.get('/hello', (context) => context.text('hello from Hono'));
for (const path of gateway.paths) app.all(path, (context) => gateway.fetch(context.req.raw));
const server = serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 4000), hostname: '127.0.0.1' });
server.on('upgrade', (request, socket, head) => {
  if (!gateway.upgrade(request, socket, head)) ignoreUpgrade(request, socket, head);
});

process.once('SIGTERM', async () => {
  await gateway.drain();
  server.close(() => void gateway.stop());
});
