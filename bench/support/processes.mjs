import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** Processes that the bench has started and not yet ended. */
const running = new Set();

/** Starts a program; what it prints on standard error is kept for when it fails. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].on('data', (chunk) => {
      output[name] = (output[name] + chunk).slice(-100_000);
    });
  }
  const ended = new Promise((resolve) => child.once('close', resolve));
  running.add(child);
  void ended.then(() => running.delete(child));
  return {
    child,
    output,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}

/** Ends whatever is left, as after a failure. */
export async function stopAll() {
  await Promise.all(
    [...running].map((child) => new Promise((resolve) => child.once('close', resolve).kill('SIGKILL'))),
  );
}

/** Retries until it does not throw; fails with the last error after the deadline. */
export async function eventually(check, deadlineMs = 20_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** A port of this machine that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
