import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second: 100 on every Linux that Node runs on. */
const TICKS = 100;

/**
 * Seconds of CPU that processes and what they have started have used; undefined where the system does not tell (only Linux
 * does). Unlike times by the clock these are the same on a busy machine.
 */
export function cpuSeconds(pids) {
  const processes = readProcesses();
  if (processes === undefined) return undefined;
  const wanted = new Set(pids);
  return processes
    .filter(({ pid, parent }) => wanted.has(pid) || wanted.has(parent))
    .reduce((sum, { pid, own, ended }) => sum + own + (wanted.has(pid) ? ended : 0), 0);
}

function readProcesses() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          return [parse(Number(name), readFileSync(`/proc/${name}/stat`, 'latin1'))];
        } catch {
          return [];
        }
      });
  } catch {
    return undefined;
  }
}

/** See proc(5): behind the name in brackets come state, parent and, from the 12th on, the times. */
function parse(pid, text) {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { pid, parent: fields[1], own: (user + system) / TICKS, ended: (endedUser + endedSystem) / TICKS };
}
