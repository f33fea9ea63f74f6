// A gateway in a process of its own, from dist/, that ends itself by SIGKILL at the points it is told.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGateway } from '../../dist/gateway.js';

const config = JSON.parse(process.argv[2]);
const seen = new Set(existsSync(config.pointsFile) ? readFileSync(config.pointsFile, 'utf8').split('\n') : []);
const quiet = {
  debug() {},
  info() {},
  warn() {},
  error: (fields, message) => process.stderr.write(`${message} ${fields.err?.stack}\n`),
  child: () => quiet,
};

const gateway = await createGateway({
  ...config.gateway,
  auth: 'local-operator',
  logger: quiet,
  onMoneyPoint: async (point, row) => {
    const name = `${row.kind} ${row.step} ${point}`;
    if (!config.killAt.includes(point) || seen.has(name)) return;
    appendFileSync(config.pointsFile, `${name}\n`);
    process.kill(process.pid, 'SIGKILL');
    // Nothing more happens here, however long the signal takes.
    await new Promise(() => undefined);
  },
});
createServer(gateway.handler).listen(config.port, '127.0.0.1', () => process.stdout.write('ready\n'));
process.once('SIGTERM', () => gateway.stop().then(() => process.exit(0)));
