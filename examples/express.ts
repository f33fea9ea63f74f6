// The gateway in an Express app, before its body parsers: webhooks are checked over the bytes as they came.
import express from 'express';
import { continueWhenRead, createGateway, ignoreUpgrade, optionsFrom } from 'invest-gateway';

const gateway = await createGateway(optionsFrom(process.env));
const app = express();
app.use(gateway.handler);
app.use(express.json());
app.get('/hello', (_request, response) => void response.send('hello from Express'));
const server = app.listen(Number(process.env['PORT'] ?? 4000), '127.0.0.1');
continueWhenRead(server);
server.on('upgrade', (request, socket, head) => {
  if (!gateway.upgrade(request, socket, head)) ignoreUpgrade(request, socket, head);
});

process.once('SIGTERM', async () => {
  await gateway.drain();
  server.close(() => void gateway.stop());
});
