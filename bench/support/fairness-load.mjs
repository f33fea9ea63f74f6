// A process of its own: one customer that does the worst that limits allow, and the issuer of its token.
import { connect } from 'node:net';
import { Pool } from 'undici';
import { WebSocket } from 'ws';
import { startIssuer } from './tokens.mjs';

let issuer;
let stopAttack = async () => ({});

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const randomId = () =>
  `P01${Array.from({ length: 24 }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join('')}`;

/** 40 aliases with 100 ids each that are not there. */
function missingIds() {
  const names = Array.from({ length: 40 }, (_, i) => `i${i}`);
  const variables = Object.fromEntries(names.map((name) => [name, Array.from({ length: 100 }, randomId)]));
  const types = names.map((name) => `$${name}: [ID!]!`).join(' ');
  const fields = names.map((name) => `${name}: nodes(ids: $${name}) { id }`).join(' ');
  return JSON.stringify({ query: `query (${types}) { ${fields} }`, variables });
}

/** As dear as one query may be, of the attacker's own portfolio. */
function dearQuery(id) {
  const fields = Array.from(
    { length: 13 },
    (_, i) =>
      `a${i}: portfolio(id: "${id}") { transactions(first: 100) { edges { node { status movements { type quantity } } } } }`,
  );
  return JSON.stringify({ query: `{ ${fields.join(' ')} }` });
}

const HEAVY = {
  bodies: connections(600, (authorization) => head(authorization, 1_048_576)),
  'small bodies': connections(600, (authorization) => head(authorization, 60_000)),
  ids: requests(12.5, missingIds),
  queries: requests(12.5, ({ portfolio }) => dearQuery(portfolio)),
  subscriptions: webSockets(1, (socket) => {
    for (let id = 0; id < 1_000; id += 1) {
      socket.send(
        JSON.stringify({
          id: String(id),
          type: 'subscribe',
          payload: { query: 'subscription { notifications { id } }' },
        }),
      );
    }
  }),
  sockets: webSockets(1_000, (socket) => socket.send('x'.repeat(100_000), { fin: false })),
};

const head = (authorization, length) =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{"query":"`;

/** Connections that send a text and no more. A status is counted when it comes, `cut off` where the connection ends without. */
function connections(count, textFor) {
  return async ({ url, authorization }) => {
    const { hostname, port } = new URL(url);
    const tally = startTally(count);
    const sockets = Array.from({ length: count }, () => {
      const socket = connect(Number(port), hostname, () => socket.write(textFor(authorization)));
      const cutOff = () => tally.add('cut off');
      socket.once('close', cutOff);
      socket.once('data', (data) => {
        socket.off('close', cutOff);
        tally.add(/^HTTP\/1\.1 (\d{3}) /.exec(data.toString('latin1'))?.[1] ?? 'unreadable');
      });
      return socket.on('error', () => undefined);
    });
    return async () => {
      const statuses = tally.end();
      for (const socket of sockets) socket.destroy();
      return statuses;
    };
  };
}

/** WebSockets that do something once they are accepted, and read on. What they are closed with is counted, `open` where they are not. */
function webSockets(count, work) {
  return async ({ url, authorization }) => {
    const tally = {};
    const add = (what) => {
      tally[what] = (tally[what] ?? 0) + 1;
    };
    const sockets = Array.from({ length: count }, () => {
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
      socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
      socket.once('message', () => work(socket));
      socket.once('close', (code) => add(`closed with ${code}`));
      return socket.on('error', () => undefined);
    });
    // Opening them is over once; what is measured is what they cost while they are there.
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('message', resolve).once('close', resolve))),
    );
    return async () => {
      const open = sockets.filter((socket) => socket.readyState === WebSocket.OPEN).length;
      const seen = open === 0 ? { ...tally } : { ...tally, open };
      for (const socket of sockets) socket.terminate();
      return seen;
    };
  };
}

/** The results of all requests: how often each status, and how many wait for one. */
function startTally(sent = 0) {
  const statuses = {};
  let waiting = sent;
  return {
    send: () => {
      waiting += 1;
    },
    add: (status) => {
      waiting -= 1;
      statuses[status] = (statuses[status] ?? 0) + 1;
    },
    end: () => (waiting === 0 ? { ...statuses } : { ...statuses, unanswered: waiting }),
  };
}

/** Requests at a steady rate, whatever becomes of them. */
function requests(perSecond, bodyFor) {
  return async (options) => {
    const pool = new Pool(options.url, { connections: 200, pipelining: 1 });
    const tally = startTally();
    const headers = { 'content-type': 'application/json', authorization: options.authorization };
    const send = async () => {
      tally.send();
      const answer = await pool
        .request({ path: '/graphql', method: 'POST', headers, body: bodyFor(options) })
        .catch(() => undefined);
      await answer?.body.dump().catch(() => undefined);
      tally.add(answer?.statusCode ?? 'cut off');
    };
    const timer = setInterval(() => void send(), 1_000 / perSecond);
    return async () => {
      clearInterval(timer);
      // Before the pool ends: those that wait then are not cut off by the gateway.
      const statuses = tally.end();
      await pool.destroy();
      return statuses;
    };
  };
}

const COMMANDS = {
  issuer: async () => {
    issuer = await startIssuer();
    return issuer.settings;
  },
  token: ({ subject, scope }) => issuer.authorization(subject, scope),
  attack: async ({ kind, ...options }) => {
    stopAttack = await HEAVY[kind](options);
    return {};
  },
  stop: () => stopAttack(),
};

process.on('message', ({ id, command, ...options }) => {
  COMMANDS[command](options).then(
    (answer) => process.send({ id, answer }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});

// The parent process is gone.
process.on('disconnect', () => process.exit());
