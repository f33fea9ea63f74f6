import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { expect } from 'vitest';
import { sandbox } from '../../src/commands/sandbox/index.ts';
import { standinBus } from '../../src/commands/standin-bus.ts';
import { readConfig } from '../../src/config.ts';
import { optionsOf } from '../../src/options-from.ts';
import { type Standins, startStandins } from '../../src/standins/index.ts';
import { runCommand, upstreamSettings } from '../helpers/command.ts';
import { eventually, type RunningGateway, readAnswer, startGateway } from '../helpers/gateway.ts';
import { parseSettings } from '../helpers/program.ts';
import type { Line } from './page.ts';

/** Runs the lines of docs/sandbox.md against stand-ins and a gateway, as a reader of the page would. */

/** Settings that tests shorten: waits that only protect real money. */
const SHORT = { lateArrivalMs: 500, pollMs: 100 } as const;
export class Place {
  readonly standins: Standins;
  readonly gateway: RunningGateway;
  readonly #folder: string;
  #held: Libsql.Database | undefined;

  private constructor(standins: Standins, gateway: RunningGateway, folder: string) {
    this.standins = standins;
    this.gateway = gateway;
    this.#folder = folder;
  }

  static async start(settings: readonly string[] = []): Promise<Place> {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const standins = await startStandins({ seed: 'empty' });
    const upstreams = upstreamSettings(standins);
    const documents = join(folder, 'documents.json');
    writeFileSync(documents, '{}');
    const given: Record<string, string> = {};
    for (const setting of settings) {
      const [name = '', value = ''] = setting.split('=');
      if (setting.startsWith('sandbox ')) Object.assign(given, parseSettings(await act(upstreams, setting)));
      else given[name] = value.replace('documents.json', documents);
    }
    const read = readConfig({
      ...upstreams,
      ...{ DATA_DIR: folder, PORTFOLIO_SYNC: 'on', SYNC_QUIET_SECONDS: '1' },
      ...given,
    });
    if (!read.ok || read.config.upstreams === undefined) throw new Error(JSON.stringify(read));
    const gateway = await startGateway({
      ...optionsOf(read.config, read.config.upstreams),
      ...SHORT,
      bus: standinBus((listener) => standins.investSuite.onBusEvent(listener)),
      extend: (builder) => {
        builder.queryField('broken', (t) => t.string({ resolve: () => Promise.reject(new TypeError('broken')) }));
      },
    });
    standins.upvest.webhooks.register(`${gateway.url}/webhooks/upvest`);
    return new Place(standins, gateway, folder);
  }

  act(step: string): Promise<string> {
    return act(upstreamSettings(this.standins), step);
  }

  async stop(): Promise<void> {
    this.#held?.close();
    await this.gateway.stop();
    await this.standins.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Another program writes to the database, and does not end. */
  #lock(): void {
    this.#held = new Libsql(join(this.#folder, 'gateway.db'));
    this.#held.exec('begin immediate');
  }

  /** Runs a line, and waits until what it says is reached. */
  async reach(line: Line): Promise<void> {
    const run = new Run(this);
    await run.step(`sandbox portfolio --kind ${line.kind}`);
    if (line.reached === 'STORE_UNAVAILABLE') this.#lock();
    for (const step of line.steps) await run.step(step);
    await run.expectReached(line.reached);
  }
}

async function act(environment: Record<string, string>, step: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand(sandbox, step.split(' ').slice(1), environment);
  expect([step, code, stderr]).toEqual([step, 0, '']);
  return stdout;
}

interface Answered {
  readonly typename?: string | undefined;
  readonly code?: string | undefined;
  readonly codes: readonly unknown[];
  readonly text: string;
}

let keys = 0;
/** Inputs that name another object instead of the portfolio. */
const OF_AN_OBJECT = ['cancelOrder', 'cancelWithdrawal', 'cancelVirtualCashDecrease', 'resolveReview'];
const WITH_CURRENCY = ['registerDeposit', 'requestWithdrawal', 'increaseVirtualCash', 'decreaseVirtualCash'];
const NODE = `query ($id: ID!, $portfolio: ID!) {
  portfolio(id: $portfolio) { synchronization { state } }
  node(id: $id) {
    ... on Deposit { depositState: state history { depositState: state } }
    ... on Withdrawal { withdrawalState: state history { withdrawalState: state } }
    ... on Order { orderState: state history { orderState: state } }
    ... on Rebalancing { rebalancingState: state history { rebalancingState: state } }
    ... on VirtualCashMovement { status }
  }
}`;

class Run {
  readonly #place: Place;
  readonly #names: Record<string, string>;
  #again: (() => Promise<Answered>) | undefined;
  #last: Answered = { codes: [], text: '' };

  constructor(place: Place) {
    this.#place = place;
    this.#names = { TOMORROW: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10) };
  }

  async step(written: string): Promise<void> {
    const step = written.replace(/\$([A-Z]+)/g, (_, name: string) => this.#names[name] ?? `$${name}`);
    if (step.startsWith('sandbox ')) {
      Object.assign(this.#names, parseSettings(await this.#place.act(step)));
    } else if (step.startsWith('until ')) await this.#until(step.slice('until '.length));
    else {
      this.#again = step.startsWith('{"') ? () => this.#post(step) : () => this.#mutate(step);
      this.#last = await this.#again();
    }
  }

  async expectReached(reached: string): Promise<void> {
    const [what = '', ...words] = reached.split(' ');
    if (/State$|Status$/.test(what)) await this.#becomes(words.at(-1) ?? '', words);
    else if (words.length > 0) expect(this.#last, this.#last.text).toMatchObject({ typename: what, code: words[0] });
    else expect(this.#last.codes, this.#last.text).toContain(reached);
  }

  /** A state of the object, or the code of an answer that comes in the end. */
  async #until(word: string): Promise<void> {
    if (/"id":/.test(this.#last.text)) return await this.#becomes(word, [word]);
    await eventually(async () => {
      this.#last = (await this.#again?.()) ?? this.#last;
      expect([this.#last.code, ...this.#last.codes], this.#last.text).toContain(word);
    });
  }

  async #becomes(state: string, passed: readonly string[]): Promise<void> {
    const { ID: id = 'dep_0', PORTFOLIO: portfolio } = this.#names;
    await eventually(async () => {
      const { text } = await this.#place.gateway.ask(NODE, { id, portfolio });
      const [of, node = ''] = text.split('"node":');
      const [own, ...history] = statesIn(isSynchronization(state) ? (of ?? '') : node);
      expect(own, `${text} after ${this.#last.text} with ${JSON.stringify(this.#names)}`).toBe(state);
      if (passed.length > 1) {
        // A state may be entered again, with a new reason.
        const entered = history.filter((each, index) => each !== history[index - 1]);
        const always = (states: readonly string[]) => states.filter((each) => !passed.includes(`(${each})`));
        expect(always(entered), text).toEqual(passed.filter((each) => !each.startsWith('(')));
      }
    });
  }

  async #mutate(step: string): Promise<Answered> {
    const [, field = '', args = ''] = /^(\w+)\((.*)\)$/.exec(step) ?? [];
    if (field === '') throw new Error(`not a step: ${step}`);
    const usual = [
      ...(OF_AN_OBJECT.includes(field) ? [] : [`portfolioId: "${this.#names['PORTFOLIO']}"`]),
      ...(WITH_CURRENCY.includes(field) ? ['currency: "EUR"'] : []),
      ...(args.includes('idempotencyKey:') ? [] : [`idempotencyKey: "page-${++keys}"`]),
    ];
    const success = `${field[0]?.toUpperCase()}${field.slice(1)}Success`;
    const document = (object: string): string =>
      `mutation { result: ${field}(input: { ${[...usual, args].join(', ')} }) { __typename ... on Error { code message } ${
        object === '' ? '' : `... on ${success} { ${object} { id } }`
      } } }`;
    const answered = await this.#post(JSON.stringify({ query: document(OBJECT_OF[field] ?? '') }));
    const id = /"id":"([^"]+)"/.exec(answered.text)?.[1];
    if (id !== undefined) this.#names['ID'] = id;
    return answered;
  }

  async #post(body: string): Promise<Answered> {
    const token = this.#names['TOKEN'];
    const response = await fetch(`${this.#place.gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
    });
    const { text, errors = [] } = await readAnswer(response);
    const typename = /"result":\{"__typename":"(\w+)"/.exec(text)?.[1];
    const code = /"result":\{[^}]*"code":"(\w+)"/.exec(text)?.[1];
    return { typename, code, codes: errors.map(({ extensions }) => extensions?.['code']), text };
  }
}

const OBJECT_OF: Readonly<Record<string, string>> = {
  registerDeposit: 'deposit',
  requestWithdrawal: 'withdrawal',
  cancelWithdrawal: 'withdrawal',
  increaseVirtualCash: 'virtualCashMovement',
  decreaseVirtualCash: 'virtualCashMovement',
  cancelVirtualCashDecrease: 'virtualCashMovement',
  placeOrder: 'order',
  cancelOrder: 'order',
  executeOptimization: 'rebalancing',
  recordOrder: 'transaction',
  updateOrderStatus: 'transaction',
};

const isSynchronization = (state: string): boolean => ['IN_SYNC', 'DRIFTED', 'PENDING', 'OFF'].includes(state);
const statesIn = (text: string): string[] =>
  [...text.matchAll(/"(?:\w*[sS]tate|status)":"([A-Z_]+)"/g)].map(([, state = '']) => state);
