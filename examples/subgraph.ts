// The gateway as a subgraph of Apollo Federation 2: portfolios, users and the other objects with ids are its entities.
import { createServer } from 'node:http';
import { continueWhenRead, createGateway, ignoreUpgrade, optionsFrom } from 'invest-gateway';

const gateway = await createGateway({ ...optionsFrom(process.env), federation: true });
const server = createServer((request, response) => {
  gateway.handler(request, response, () => response.end('hello from a subgraph'));
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
