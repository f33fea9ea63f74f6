import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dateTime } from '../../src/domain/datetime.ts';
import { parsePortfolioId } from '../../src/domain/ids.ts';
import { interpret } from '../../src/ingest/interpretation.ts';
import { eventOfRow, type InboxRow, kindOfEvent, storedEvent } from '../../src/store/index.ts';
import { startWorld } from '../helpers/world.ts';

/** Rows as gateways wrote them before events had kinds and versions of their own; one of each type, of the withdrawal two. */
const BEFORE = z
  .array(z.object({ shape: z.string(), type: z.string(), payload: z.json() }))
  .parse(JSON.parse(readFileSync('test/fixtures/logged-events.before-kinds.json', 'utf8')));
/** Rows of kinds that were added since, as the first gateway that had them wrote them. */
const SINCE = z
  .array(z.object({ shape: z.string(), payload: z.json() }))
  .parse(JSON.parse(readFileSync('test/fixtures/logged-events-1.json', 'utf8')));
const KINDS = [
  ...['deposit', 'withdrawal', 'withdrawal', 'virtual-cash', 'cash-balance', 'order', 'optimization', 'portfolio'],
  ...['other', 'other'],
];
const rowOf = ({ shape, payload }: (typeof BEFORE)[number]) => ({ shape, payload: JSON.stringify(payload) });

describe('events of the log', () => {
  it('are read as they were written before they had kinds', () => {
    const read = BEFORE.map((row) => eventOfRow(rowOf(row)));
    expect(read.map(({ kind }) => kind)).toEqual(KINDS);
    expect(read.map(({ content }) => content)).toEqual(BEFORE.map(({ payload }) => payload));
  });

  it('are stored by kind and version, not by names of the graph, and read as they were published', () => {
    for (const [index, row] of BEFORE.entries()) {
      const event = eventOfRow(rowOf(row));
      const stored = storedEvent(event);
      expect(stored.shape).toBe(`${KINDS[index]}.v1`);
      expect(kindOfEvent(stored)).toBe(KINDS[index]);
      expect(eventOfRow(stored)).toEqual(event);
    }
  });

  it('are read as the first gateway with their kind wrote them, and written so still', () => {
    for (const { shape, payload } of SINCE) {
      const event = eventOfRow({ shape, payload: JSON.stringify(payload) });
      expect(`${event.kind}.v1`).toBe(shape);
      expect(event.content).toEqual(payload);
      expect(storedEvent(event).shape).toBe(shape);
    }
  });

  it.each([
    ['of a newer version', 'deposit.v2', { amount: '1' }],
    ['of a kind of tomorrow', 'dividend.v1', { amount: '1', tags: ['a', null] }],
    ['of no form at all', 'constructor', { a: true }],
    ['without what their kind has', 'withdrawal.v1', { id: 'wdr_1' }],
    ['with a state of tomorrow', 'DepositNotification', { state: 'PAUSED' }],
  ])('%s are passed on unchanged, and hold up no reader', (_which, shape, content) => {
    expect(eventOfRow({ shape, payload: JSON.stringify(content) })).toEqual({ kind: 'other', content });
  });

  it('are shown by the graph whichever gateway wrote them, at the same cursors', async () => {
    const world = await startWorld({ seed: [] });
    try {
      const portfolioId = parsePortfolioId('P01G8XEPA0G7EBN50C8KBJYV6SZ') ?? null;
      await world.gateway.store.write(async ({ db }) => {
        for (const row of BEFORE) {
          const told = { source: 'GATEWAY', type: row.type, object_id: null, received_at: 1 } as const;
          const at = { generation: 1, occurred_at: dateTime(new Date(0)), portfolio_id: portfolioId };
          await db
            .insertInto('event_log')
            .values([{ ...told, ...at, ...rowOf(row) }])
            .execute();
        }
      });
      const query = `{ notifications(first: 20) { edges { cursor node { __typename id type
        ... on WithdrawalNotification { withdrawal { amount taxes state } }
        ... on OrderNotification { status } ... on OptimizationNotification { value } } } } }`;
      const { data } = await world.ask(query);
      const edge = z.object({ cursor: z.string(), node: z.looseObject({ __typename: z.string(), id: z.string() }) });
      const { edges } = z.object({ notifications: z.object({ edges: z.array(edge) }) }).parse(data).notifications;
      expect(edges.map(({ node }) => node.__typename)).toEqual(BEFORE.map(({ shape }) => shape));
      expect(edges.map(({ cursor }) => cursor)).toEqual(edges.map(({ node }) => node.id));
      expect(edges[1]?.node['withdrawal']).toEqual({ amount: '200.00', taxes: '38.00', state: 'COMPLETED' });
    } finally {
      await world.stop();
    }
  });
});

describe('events of the inbox', () => {
  const row = (source: 'UPVEST' | 'INVESTSUITE', index: number): InboxRow => ({
    ...{ id: 1, source, event_id: 'e', type: BEFORE[index]?.type ?? '', subject: null, received_at: 0 },
    ...{ payload: JSON.stringify(BEFORE[index]?.payload), state: 'RECEIVED', reason: null, due_at: 0, attempts: 0 },
    ...{ lease_owner: null, lease_until: null, fence: 0 },
  });

  it('are kept as the upstream sent them, and read by the reader of its deliveries', () => {
    expect(interpret(row('UPVEST', 8))).toMatchObject({ kind: 'event', entry: { event: { kind: 'other' } } });
    expect(interpret(row('INVESTSUITE', 9))).toMatchObject({ kind: 'event', entry: { event: { kind: 'other' } } });
  });
});
