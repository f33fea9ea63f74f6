// The gateway beside a route of one's own, in node:http.
import { createServer } from 'node:http';
import { continueWhenRead, createGateway, ignoreUpgrade, optionsFrom } from 'invest-gateway';

const gateway = await createGateway(optionsFrom(process.env));
const server = createServer((request, response) => {
  gateway.handler(request, response, () => response.end('hello from node:http'));
});
continueWhenRead(server);
server.on('upgrade', (request, socket, head) => {
  if (!gateway.upgrade(request, socket, head)) ignoreUpgrade(request, socket, head);
});
server.listen(Number(process.env['PORT'] ?? 4000), '127.0.0.1');

process.once('SIGTERM', async () => {
  await gateway.drain();
  server.close(() => void gateway.stop());
});
