// A process of its own: the subscribers. Thousands of WebSockets, each read just far enough to know that every event came,
// once and in order: the less the subscribers cost, the less they are what is measured.
import { connect } from 'node:net';
import { startIssuer } from './tokens.mjs';

/** Connections that are being made at the same time. */
const CONNECTING = 100;

let subscribers = [];
let delivered = 0;
let wrong = 0;
let firstWrong;
let lastAt = 0;
let primed = 0;
let issuing;

const COMMANDS = { issuer, subscribe, delivery, primedBy, usage, leave };

process.on('message', ({ id, command, ...options }) => {
  COMMANDS[command](options).then(
    (answer) => process.send({ id, answer }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});

/** Makes tokens that the gateway takes; answers the settings for that. */
async function issuer() {
  issuing = await startIssuer();
  return issuing.settings;
}

/** Connects so many; `userIds`: each as the next of these users. */
async function subscribe({ port, count, query, variables = [], userIds }) {
  let next = 0;
  const connecting = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const init = userIds ? { authorization: await issuing.authorization(userIds[index % userIds.length]) } : {};
      const subscriber = new Subscriber(port);
      subscribers.push(subscriber);
      await subscriber.begin(init, { query, variables: variables[index % variables.length] ?? {} });
    }
  };
  await Promise.all(Array.from({ length: CONNECTING }, connecting));
}

/** How many subscribers have had an event since they came. */
async function primedBy() {
  return primed;
}

/** Resolves when so many events have come since the last time, or it has taken too long. */
async function delivery({ count, deadlineMs }) {
  const end = Date.now() + deadlineMs;
  while (delivered < count && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  // More than that is wrong too.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const answer = { delivered, wrong, firstWrong, lastAt };
  delivered = 0;
  return answer;
}

/** Processor time of this process so far, in milliseconds. */
async function usage() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function leave() {
  for (const subscriber of subscribers) subscriber.end();
  subscribers = [];
  delivered = 0;
  wrong = 0;
  primed = 0;
}

function note(what) {
  wrong += 1;
  firstWrong ??= what;
}

const KEY = Buffer.from('"balance":"');
const ACK = Buffer.from('"connection_ack"');
const NEXT = Buffer.from('"next"');

class Subscriber {
  #socket;
  #rest = Buffer.alloc(0);
  #upgraded = false;
  #expected = 1;
  #isPrimed = false;
  #on = {};
  #ending = false;

  constructor(port) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      if (this.#ending) return;
      // A disconnected client has missed events.
      note('the server has closed a connection');
      this.#on.reject?.(new Error('the server has closed a connection'));
    });
  }

  async begin(init, payload) {
    await this.#answer(() =>
      this.#socket.write(
        'GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
          'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
      ),
    );
    await this.#answer(() => this.#send(1, JSON.stringify({ type: 'connection_init', payload: init })));
    this.#send(1, JSON.stringify({ id: '1', type: 'subscribe', payload }));
  }

  end() {
    this.#ending = true;
    this.#socket.destroy();
  }

  #answer(ask) {
    return new Promise((resolve, reject) => {
      this.#on = { resolve, reject };
      ask();
    });
  }

  /** A frame of a client is masked; with zeros it stays as it is. */
  #send(opcode, text) {
    const body = Buffer.from(text);
    const head = Buffer.alloc(body.length < 126 ? 6 : 8);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (body.length < 126 ? body.length : 126);
    if (body.length >= 126) head.writeUInt16BE(body.length, 2);
    this.#socket.write(Buffer.concat([head, body]));
  }

  #read(chunk) {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    if (!this.#upgraded) {
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) {
        this.#rest = data;
        return;
      }
      this.#upgraded = true;
      data = data.subarray(end + 4);
      this.#on.resolve();
    }
    let at = 0;
    while (at + 2 <= data.length) {
      const short = data[at + 1] & 0x7f;
      const begin = at + (short < 126 ? 2 : 4);
      if (begin > data.length) break;
      const end = begin + (short < 126 ? short : data.readUInt16BE(at + 2));
      if (end > data.length) break;
      this.#frame(data[at] & 0x0f, data, begin, end);
      at = end;
    }
    // A view of a chunk would keep all of it: thousands of subscribers have one each.
    this.#rest = at === data.length ? EMPTY : Buffer.from(data.subarray(at));
  }

  #frame(opcode, data, begin, end) {
    if (opcode === 9) return this.#send(10, '');
    if (opcode !== 1) return undefined;
    const message = data.subarray(begin, end);
    const key = message.indexOf(KEY);
    if (key >= 0 && message.includes(NEXT)) return this.#event(message, key + KEY.length);
    if (message.includes(ACK)) return this.#on.resolve();
    return note(`unexpected: ${message}`);
  }

  #event(message, at) {
    let number = 0;
    for (let index = at; message[index] >= 48 && message[index] <= 57; index += 1) {
      number = number * 10 + message[index] - 48;
    }
    if (!this.#isPrimed) {
      this.#isPrimed = true;
      primed += 1;
    }
    if (number === 0) return;
    if (number !== this.#expected) note(`${number} in place of ${this.#expected}`);
    this.#expected = number + 1;
    delivered += 1;
    lastAt = Date.now();
  }
}

const EMPTY = Buffer.alloc(0);
