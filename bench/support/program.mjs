import { fileURLToPath } from 'node:url';
import { eventually, start } from './processes.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** As `npm start` and the image run it; the peers too, since it does all of them good. */
export const NODE_FLAGS = ['--max-semi-space-size=64'];

const run = (args, settings, cli = CLI) =>
  start(process.execPath, [...NODE_FLAGS, cli, ...args], { env: { PATH: process.env.PATH, ...settings } });

/** Both upstreams as stand-ins in a process of their own; `settings` are what a gateway reaches them by. */
export async function startStandins(webhookUrl) {
  const program = run(['standins'], { STANDINS_WEBHOOK_URL: webhookUrl });
  const settings = await eventually(() => {
    const found = [...program.output.stdout.matchAll(/^([A-Z_]+)='(.*)'$/gm)].map(([, name, value]) => [name, value]);
    if (found.length < 8) throw new Error(`the stand-ins did not start: ${program.output.stderr}`);
    return Object.fromEntries(found);
  });
  return { settings, end: program.end };
}

/** The gateway in a process of its own, ready. `cli`: of another built checkout. */
export async function startGateway(port, settings, cli) {
  const program = run(['serve'], { PORT: String(port), LOG_LEVEL: 'error', ...settings }, cli);
  await eventually(async () => {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch((error) => ({ status: String(error) }));
    if (ready.status !== 200) throw new Error(`the gateway is not ready (${ready.status}): ${program.output.stderr}`);
  });
  return program;
}
