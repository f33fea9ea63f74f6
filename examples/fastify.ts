// The gateway in a Fastify app. In its scope no parser reads bodies: webhooks are checked over the bytes as they came.
import fastify from 'fastify';
import { continueWhenRead, createGateway, ignoreUpgrade, optionsFrom } from 'invest-gateway';

const gateway = await createGateway(optionsFrom(process.env));
const app = fastify();
app.get('/hello', () => 'hello from Fastify');
app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const path of gateway.paths) {
    scope.all(path, (request, reply) => {
      reply.hijack();
      gateway.handler(request.raw, reply.raw);
    });
  }
});
continueWhenRead(app.server);
app.server.on('upgrade', (request, socket, head) => {
  if (!gateway.upgrade(request, socket, head)) ignoreUpgrade(request, socket, head);
});
app.addHook('preClose', gateway.drain);
app.addHook('onClose', gateway.stop);
await app.listen({ port: Number(process.env['PORT'] ?? 4000), host: '127.0.0.1' });

process.once('SIGTERM', () => app.close());
