import { generateKeyPairSync } from 'node:crypto';
import type { UpvestConnection } from '../../src/datasources/upvest/connection.ts';
import { createUpvest } from '../../src/datasources/upvest/index.ts';
import {
  type AccountGroupId,
  type BrokerageUserId,
  parseAccountGroupId,
  parseBrokerageUserId,
} from '../../src/domain/ids.ts';
import { seedPortfolio, startUpvestStandin } from '../../src/standins/index.ts';
import type { UpvestPort } from '../../src/workflows/index.ts';
import { FakeUpvest } from '../workflows/fake-upvest.ts';
import { SimulatedUpstreams } from '../workflows/table/simulated-upstreams.ts';

/*
 * Everything that plays Upvest's payments in the tests: a line each in BROKERS. The contract runs over all of them, so a
 * new player is a new line.
 */

/** An event as its webhook carries it. */
export interface WireEvent {
  readonly id: string;
  readonly created_at: string;
  readonly type: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** An account group with 1,000 EUR, whose payments are moved on by hand. */
export interface Group {
  readonly port: UpvestPort;
  readonly id: AccountGroupId;
  readonly user: BrokerageUserId;
  readonly referenceAccountId: string;
  /** Money comes in. */
  arrive(amount: string): void;
  /** Every payment takes its next step. */
  step(): void;
  /** The broker ends a withdrawal; one that is CONFIRMED has been sent back by the bank. */
  end(withdrawalId: string): void;
  /** All events about the group so far, oldest first. */
  events(): readonly WireEvent[];
}

export interface Broker {
  /** Where it listens; undefined where it is called in the process: nothing of the wire applies to it then. */
  readonly connection?: UpvestConnection;
  /** A group of its own for each test. */
  group(): Promise<Group>;
  stop(): Promise<void>;
}

export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing there');
  return value;
}

const isOf = (group: string) => (event: WireEvent) => event.object['account_group_id'] === group;

async function standIn(): Promise<Broker> {
  const standIn = await startUpvestStandin({ settings: { settleDelayMs: 'manual' } });
  const connection = { baseUrl: standIn.url, ...standIn.credentials };
  const port = createUpvest(connection);
  return {
    connection,
    group: async () => {
      const { upvest: seed = {}, broker } = seedPortfolio({ holdings: { $EUR: '1000.00' }, referenceAccounts: 1 });
      standIn.add(seed);
      const id = must(parseAccountGroupId(broker.accountGroupId ?? ''));
      return {
        port,
        id,
        user: must(parseBrokerageUserId(broker.userId ?? '')),
        referenceAccountId: must(seed.referenceAccounts?.[0]).id,
        arrive: (amount) => standIn.cashArrives(id, amount),
        step: () => standIn.schedule.advance(),
        end: (withdrawal) => standIn.cancelWithdrawal(withdrawal),
        events: () => standIn.webhooks.events().filter(isOf(id)),
      };
    },
    stop: async () => {
      await port.close();
      await standIn.stop();
    },
  };
}

/** A second for every look at it, so that no two times are equal. */
function tickingClock(): () => number {
  let now = Date.parse('2026-01-01T00:00:00Z');
  return () => (now += 1_000);
}

async function simulated(): Promise<Broker> {
  const upstreams = new SimulatedUpstreams(tickingClock());
  const baseUrl = await upstreams.start();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const connection = {
    baseUrl,
    clientId: '11111111-2222-4333-8444-555555555555',
    clientSecret: 'secret',
    keyId: 'aaaaaaaa-0000-4000-8000-000000000001',
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  const port = createUpvest(connection);
  let groups = 0;
  return {
    connection,
    group: async () => {
      groups += 1;
      const account = upstreams.add(groups, /never/, {});
      const id = must(parseAccountGroupId(account.group));
      const user = must(parseBrokerageUserId(account.group.replace('-9000-', '-8000-')));
      const [bank] = await port.referenceAccounts({ accountGroupId: id, brokerageUserId: user });
      return {
        port,
        id,
        user,
        referenceAccountId: must(bank).id,
        arrive: (amount) => upstreams.upvest.arrive(account, amount),
        step: () => upstreams.tick(true),
        end: (withdrawal) => upstreams.upvest.end(account, withdrawal),
        events: () => upstreams.webhooks.map(wireEvent).filter(isOf(id)),
      };
    },
    stop: async () => {
      await port.close();
      await upstreams.stop();
    },
  };
}

const wireEvent = (event: Readonly<Record<string, unknown>>): WireEvent => ({
  id: String(event['id']),
  created_at: String(event['created_at']),
  type: String(event['type']),
  object: typeof event['object'] === 'object' ? { ...event['object'] } : {},
});

/** It has one account group; each test has a broker of its own. */
async function inMemory(): Promise<Broker> {
  return {
    group: async () => {
      const port = new FakeUpvest(tickingClock());
      port.fund('1000');
      port.events.splice(0);
      const id = must(parseAccountGroupId('group-1'));
      return {
        port,
        id,
        user: must(parseBrokerageUserId('user-1')),
        referenceAccountId: must(port.accounts[0]).id,
        arrive: (amount) => port.fund(amount),
        step: () => port.tick(),
        end: (withdrawal) => {
          const returned = port.withdrawals.get(withdrawal)?.status === 'CONFIRMED';
          port.advance(withdrawal, 'CANCELLED', returned ? 'CANCELLED_BY_BANK' : 'CANCELLED_BY_UPVEST');
        },
        events: () =>
          port.events.map(({ createdAt, ...event }) => wireEvent({ ...event, created_at: createdAt })).filter(isOf(id)),
      };
    },
    stop: async () => undefined,
  };
}

export const BROKERS: Readonly<Record<string, () => Promise<Broker>>> = {
  'the stand-in': standIn,
  'the simulated upstreams of the evidence table': simulated,
  'the fake that workflows call in the process': inMemory,
};
