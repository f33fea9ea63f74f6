// The gateway in a Fastify app. In its scope no parser reads bodies: webhooks are checked over the bytes as they came.
import fastify from 'fastify';
import { createGateway, optionsFrom } from 'invest-gateway';
import { gatewayPlugin } from 'invest-gateway/fastify';

const gateway = await createGateway(optionsFrom(process.env));
const app = fastify();
app.register(gatewayPlugin, { gateway });
app.get('/hello', () => 'hello from Fastify');
await app.listen({ port: Number(process.env['PORT'] ?? 4000), host: '127.0.0.1' });

process.once('SIGTERM', () => app.close());
