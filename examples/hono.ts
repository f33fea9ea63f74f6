// The gateway beside a Hono app, as beside any host that speaks fetch. WebSockets come by the server's upgrade event.
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { createGateway, optionsFrom } from 'invest-gateway';
import { attachGateway, withGateway } from 'invest-gateway/fetch';

const gateway = await createGateway(optionsFrom(process.env));
const app = new Hono();
app.get('/hello', (context) => context.text('hello from Hono'));
const server = createServer(getRequestListener(withGateway(gateway, app.fetch)));
const stop = attachGateway(server, gateway);
server.listen(Number(process.env['PORT'] ?? 4000), '127.0.0.1');

process.once('SIGTERM', stop);
