// Sends requests as fast as they are answered, from a process of its own, and says how busy it was with that.
import { Pool } from 'undici';

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

/** Closed-loop clients, each sending the next request when the last is answered. `bodies`: taken in turn. */
async function run({ url, bodies, clients, seconds, authorizations }) {
  const pool = new Pool(url, { connections: clients, pipelining: 1 });
  const latencies = [];
  const answers = new Set();
  let wrong;
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const end = startedAt + seconds * 1000;
  const client = async (number) => {
    for (let turn = number; performance.now() < end && wrong === undefined; turn += clients) {
      const sentAt = performance.now();
      const at = turn % bodies.length;
      const authorization = authorizations?.[turn % authorizations.length];
      const headers = authorization === undefined ? HEADERS : { ...HEADERS, authorization };
      const { statusCode, body } = await pool.request({ path: '/graphql', method: 'POST', headers, body: bodies[at] });
      const text = await body.text();
      latencies.push(performance.now() - sentAt);
      // The same question has the same answer: only a new one needs to be looked at.
      const key = `${at} ${text.length}`;
      if (statusCode !== 200 || !answers.has(key)) wrong ??= wrongIn(statusCode, text);
      answers.add(key);
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  } catch (error) {
    wrong ??= String(error);
  }
  const elapsedMs = performance.now() - startedAt;
  const used = process.cpuUsage(cpuBefore);
  await pool.destroy();
  return {
    wrong,
    requests: latencies.length,
    perSecond: latencies.length / (elapsedMs / 1000),
    latencies: Float64Array.from(latencies).sort(),
    busy: (used.user + used.system) / 1000 / elapsedMs,
  };
}

function wrongIn(status, text) {
  if (status !== 200) return `answered ${status}: ${text.slice(0, 300)}`;
  const { data, errors } = JSON.parse(text);
  return errors === undefined && data !== null && data !== undefined ? undefined : text.slice(0, 300);
}

async function ask({ url, body, authorization }) {
  const pool = new Pool(url);
  const headers = authorization === undefined ? HEADERS : { ...HEADERS, authorization };
  const answered = await pool.request({ path: '/graphql', method: 'POST', headers, body });
  const text = await answered.body.text();
  await pool.destroy();
  return { status: answered.statusCode, text };
}

const percentileOf = (latencies, share) =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];

const COMMANDS = {
  run: async (options) => {
    const { latencies, ...result } = await run(options);
    return { ...result, p50: percentileOf(latencies, 0.5) ?? 0, p99: percentileOf(latencies, 0.99) ?? 0 };
  },
  ask,
};

process.on('message', async ({ id, command, ...options }) => {
  try {
    process.send({ id, answer: await COMMANDS[command](options) });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});

// The parent process is gone.
process.on('disconnect', () => process.exit());
