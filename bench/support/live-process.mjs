import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A process of the bench that is told what to do: `ask(command, options)` resolves with its answer. */
export function startHelper(name) {
  const child = fork(fileURLToPath(new URL(`${name}.mjs`, import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map();
  let ids = 0;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.on('message', ({ id, answer, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(`${name}: ${error}`));
  });
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} has ended`));
  });
  return {
    ask(command, options = {}) {
      ids += 1;
      const id = ids;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ ...options, id, command });
      });
    },
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Milliseconds of a tick of /proc/<pid>/stat: it is 100 a second wherever Linux runs Node. */
const TICK_MS = 10;

/** The resources used by a process so far, as Linux counts them: milliseconds of processor time, and bytes of memory now. */
export function usageOf(pid) {
  // The name of the program, in parentheses, may hold anything; what counts comes behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, bytes: Number(kilobytes) * 1024 };
}
