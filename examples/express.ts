// The gateway in an Express app, before its body parsers: webhooks are checked over the bytes as they came.
import express from 'express';
import { createGateway, optionsFrom } from 'invest-gateway';
import { attachGateway, mountGateway } from 'invest-gateway/express';

const gateway = await createGateway(optionsFrom(process.env));
const app = express();
mountGateway(app, gateway);
app.use(express.json());
app.get('/hello', (_request, response) => void response.send('hello from Express'));
const stop = attachGateway(app.listen(Number(process.env['PORT'] ?? 4000), '127.0.0.1'), gateway);

process.once('SIGTERM', stop);
