// A gateway in a process of its own, from dist/, that stops itself (SIGSTOP) at points it is told, and says what it has done.
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createGateway } from '../../dist/gateway.js';

const config = JSON.parse(process.argv[2]);
let committed = 0;
const quiet = {
  debug() {},
  info() {},
  warn() {},
  error: (fields, message) => {
    if (config.loud) process.stderr.write(`${message} ${fields.err?.stack}\n`);
  },
  child: () => quiet,
};

/** True for the first gateway that comes there, and once. */
function isFirst(point) {
  try {
    closeSync(openSync(join(config.pointsFolder, point.replaceAll(' ', '.')), 'wx'));
    return true;
  } catch {
    return false;
  }
}

const gateway = await createGateway({
  ...config.gateway,
  auth: config.gateway.auth ?? 'local-operator',
  logger: quiet,
  // No await before the signal: it stops the process in the turn in which it came here.
  onMoneyPoint: (point, row) => {
    if (point === 'committed') committed += 1;
    const name = `${row.kind} ${row.step} ${point}`;
    if (config.stopAt.includes(name) && isFirst(name)) process.kill(process.pid, 'SIGSTOP');
  },
});
const server = createServer(gateway.handler);
server.on('upgrade', (request, socket, head) => {
  if (!gateway.upgrade(request, socket, head)) socket.destroy();
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ committed }));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void gateway.stop().then(() => process.exit(0));
});
// No process is left to stop it.
process.once('disconnect', () => process.exit(0));
