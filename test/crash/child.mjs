// A gateway in a process of its own, from dist/, that ends itself by SIGKILL at the points it is told.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGateway } from '../../dist/gateway.js';

const config = JSON.parse(process.argv[2]);
const seen = new Set(existsSync(config.pointsFile) ? readFileSync(config.pointsFile, 'utf8').split('\n') : []);
/** Rows that are being marked: a kill waits for them to get there, or their own point would never be reached again. */
const marking = new Set();
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
    if (point === 'prepared') marking.add(row.id);
    else marking.delete(row.id);
    const name = `${row.kind} ${row.step} ${point}`;
    if (!config.killAt.includes(point) || seen.has(name)) return;
    seen.add(name);
    appendFileSync(config.pointsFile, `${name}\n`);
    for (let tries = 0; marking.size > 0 && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    process.kill(process.pid, 'SIGKILL');
    // Nothing more happens here, however long the signal takes.
    await new Promise(() => undefined);
  },
});
createServer(gateway.handler).listen(config.port, '127.0.0.1', () => process.stdout.write('ready\n'));
process.once('SIGTERM', () => gateway.stop().then(() => process.exit(0)));
