import { parseArgs } from 'node:util';
import type { Config } from '../settings.ts';
import { type InboxRow, openForReading, openStore, parkedEvents, replayEvent, type Store } from '../store/index.ts';
import type { CommandIo } from './command.ts';
import { USAGES } from './usages.ts';
import { withConfig } from './with-config.ts';

type Wanted =
  | { readonly kind: 'list'; readonly json: boolean }
  | { readonly kind: 'replay'; readonly ids: readonly number[] | 'all' };

/** Lists and replays parked events. Exit code 0 where it was done, 1 where not, 2 for a wrong command line. */
export async function inbox(io: CommandIo): Promise<number> {
  const wanted = readArguments(io.args);
  if (wanted === undefined) {
    io.stderr.write(USAGES.inbox);
    return 2;
  }
  return await withConfig(io, (config) =>
    wanted.kind === 'list' ? list(io, config, wanted.json) : replay(io, config, wanted.ids),
  );
}

function readArguments(args: readonly string[]): Wanted | undefined {
  const options = { json: { type: 'boolean' }, all: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [what = 'list', ...rest] = positionals;
    if (what === 'list' && rest.length === 0 && values.all !== true)
      return { kind: 'list', json: values.json === true };
    if (what !== 'replay' || values.json === true) return undefined;
    if (values.all === true) return rest.length === 0 ? { kind: 'replay', ids: 'all' } : undefined;
    const ids = rest.map((text) => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN));
    return ids.length > 0 && ids.every(Number.isInteger) ? { kind: 'replay', ids } : undefined;
  } catch {
    return undefined;
  }
}

async function list({ stdout }: CommandIo, config: Config, json: boolean): Promise<number> {
  const store = await openForReading(config.store);
  try {
    let count = 0;
    for await (const row of everyParked(store)) {
      stdout.write(json ? jsonLine(row) : line(row));
      count += 1;
    }
    if (!json) stdout.write(count === 0 ? 'nothing is parked\n' : `${count} parked\n`);
    return 0;
  } finally {
    await store.close();
  }
}

async function replay({ stdout, stderr }: CommandIo, config: Config, ids: readonly number[] | 'all'): Promise<number> {
  const store = await openStore({ ...config.store, exclusive: false });
  try {
    let absent = 0;
    for (const id of ids === 'all' ? await parkedIds(store) : ids) {
      const done = await store.write((writing) => replayEvent(writing, id));
      if (done) stdout.write(`${id} is worked on again\n`);
      else {
        stderr.write(`invest-gateway: there is no parked event ${id}\n`);
        absent += 1;
      }
    }
    return absent === 0 ? 0 : 1;
  } finally {
    await store.close();
  }
}

async function parkedIds(store: Store): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of everyParked(store)) ids.push(id);
  return ids;
}

const PAGE = 500;

async function* everyParked(store: Pick<Store, 'read'>): AsyncGenerator<InboxRow, void, undefined> {
  let after = 0;
  for (;;) {
    const rows = await store.read((reading) => parkedEvents(reading, after, PAGE));
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}

const line = ({ id, source, event_id: eventId, type, received_at: receivedAt, reason }: InboxRow): string =>
  `${id} ${source} ${type} ${eventId} ${new Date(receivedAt).toISOString()}: ${reason ?? ''}\n`;

function jsonLine({ id, source, event_id: eventId, type, received_at: receivedAt, reason, payload }: InboxRow): string {
  const event: unknown = JSON.parse(payload);
  return `${JSON.stringify({ id, source, eventId, type, receivedAt: new Date(receivedAt).toISOString(), reason, event })}\n`;
}
