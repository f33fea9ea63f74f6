import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { tryToWrite, verifyAudit } from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Surroundings } from '../crash/crashing-gateway.ts';
import { memoryFolder } from '../helpers/stores.ts';
import { Disk, type Image, type Loss, type Record, readTrace, writeImage } from './disk.ts';

export const hasCompiler = spawnSync('cc', ['--version']).status === 0;

/** Builds recorder.c into a folder; answers the library's path. */
export function buildRecorder(folder: string): string {
  const library = join(folder, 'recorder.so');
  const source = join(import.meta.dirname, 'recorder.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source, '-ldl', '-lpthread']);
  return library;
}

/** A life of the gateway from its start to the next cut: what was on the disk, and what it did to it. */
export interface Life {
  readonly root: string;
  readonly before: Image;
  readonly trace: string;
}

/** A database's folder in a process that is recorded. A death of the process is a power cut: what was not synced may be gone. */
export class PowerCuts implements Surroundings {
  readonly folder = mkdtempSync(join(tmpdir(), 'gateway-power-'));
  readonly lives: Life[] = [];
  readonly #library: string;
  readonly #random: () => number;
  readonly #sync: 'full' | 'normal' | 'off';
  #image: Image = new Map();

  constructor(random: () => number, sync: 'full' | 'normal' | 'off' = 'full') {
    this.#random = random;
    this.#sync = sync;
    this.#library = buildRecorder(this.folder);
  }

  environment(root: string): NodeJS.ProcessEnv {
    const trace = join(this.folder, `trace-${this.lives.length}`);
    this.lives.push({ root, before: this.#image, trace });
    const settings = pathToFileURL(join(import.meta.dirname, 'database-settings.mjs')).href;
    return {
      LD_PRELOAD: this.#library,
      POWER_FOLDER: root,
      POWER_TRACE: trace,
      NODE_OPTIONS: `--import ${settings}`,
      POWER_SYNC: this.#sync,
    };
  }

  afterDeath(root: string): void {
    const life = this.lives.at(-1);
    if (life === undefined) return;
    this.#image = diskOf(life, recordsOf(life)).image('some', this.#random);
    rmSync(join(root, 'data'), { recursive: true, force: true });
    writeImage(this.#image, root);
  }

  /** A client was told this: it stands in the trace behind whatever the gateway did before it said so. */
  acknowledge(what: Acknowledged): void {
    const life = this.lives.at(-1);
    if (life !== undefined) appendFileSync(life.trace, `A ${JSON.stringify(what)}\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An acknowledgement: a request is recorded, a webhook's event taken, or an event of the log seen. */
export type Acknowledged =
  | { readonly workflow: string }
  | { readonly event: string }
  | { readonly position: { readonly generation: number; readonly xid: number; readonly sequence: number } };

export const recordsOf = ({ trace }: Life): Record[] => readTrace(readFileSync(trace));

function diskOf({ root, before }: Life, records: readonly Record[]): Disk {
  const disk = new Disk(root, before);
  for (const record of records) disk.apply(record);
  return disk;
}

export interface Cut {
  /** Records that happened before it. */
  readonly at: number;
  readonly loss: Loss;
}

const isWriteTo = (records: readonly Record[], suffix: string): ((record: Record) => boolean) => {
  const handles = new Set(
    records.flatMap((record) => (record.kind === 'opened' && record.path.endsWith(suffix) ? [record.handle] : [])),
  );
  return (record) => record.kind === 'written' && handles.has(record.handle);
};

/** How often pages were copied from the WAL into the database, and how often the WAL began anew. */
export function checkpointsOf(records: readonly Record[]): { readonly pages: number; readonly begins: number } {
  const isWal = isWriteTo(records, 'gateway.db-wal');
  return {
    pages: records.filter(isWriteTo(records, 'gateway.db')).length,
    begins: records.filter((record) => isWal(record) && record.kind === 'written' && record.at === 0).length,
  };
}

/** Cuts of one life: at its beginning, after what clients were told, in checkpoints, where the WAL begins anew, anywhere. */
export function cutsOf(records: readonly Record[], count: number, random: () => number): Cut[] {
  const indexes = (is: (record: Record) => boolean): number[] =>
    records.flatMap((record, index) => (is(record) ? [index + 1] : []));
  const isWal = isWriteTo(records, 'gateway.db-wal');
  const kinds = [
    records.slice(0, 60).map((_, index) => index),
    indexes((record) => record.kind === 'acknowledged'),
    indexes(isWriteTo(records, 'gateway.db')),
    indexes((record) => isWal(record) && record.kind === 'written' && record.at === 0),
    records.map((_, index) => index),
  ];
  const share = Math.ceil(count / kinds.length);
  return kinds.flatMap((all) =>
    Array.from({ length: Math.min(share, all.length) }, (): Cut => {
      const at = all[Math.floor(random() * all.length)] ?? 0;
      return { at, loss: random() < 0.5 ? 'all' : 'some' };
    }),
  );
}

/** Makes the images of these cuts, and gives back what is wrong, a text for each such image. */
export async function findLosses(
  life: Life,
  cuts: readonly Cut[],
  told: readonly Acknowledged[],
  random: () => number,
): Promise<string[]> {
  const records = recordsOf(life);
  const disk = new Disk(life.root, life.before);
  const acknowledged = [...told];
  const wrong: string[] = [];
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a.at - b.at)) {
    for (const record of records.slice(at, cut.at)) {
      disk.apply(record);
      // Written by `acknowledge`.
      if (record.kind === 'acknowledged') acknowledged.push(JSON.parse(record.what) as Acknowledged);
    }
    at = cut.at;
    const found = await lossesOf(disk.image(cut.loss, random), acknowledged);
    if (found.length > 0) {
      wrong.push(`cut at ${cut.at} of ${records.length}, lost what was not synced: ${cut.loss}; ${found.join('; ')}`);
    }
  }
  return wrong;
}

async function lossesOf(image: Image, told: readonly Acknowledged[]): Promise<string[]> {
  const folder = mkdtempSync(join(memoryFolder(), 'gateway-image-'));
  try {
    mkdirSync(folder, { recursive: true });
    writeImage(image, folder);
    const store = await openSqlite({ dataDir: join(folder, 'data') });
    try {
      return await store.read(async (reading) => {
        const { db } = reading;
        const integrity = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
        const { findings } = await verifyAudit(reading);
        const workflows = new Set((await db.selectFrom('workflows').select('id').execute()).map(({ id }) => id));
        const events = new Set((await db.selectFrom('inbox').select('event_id').execute()).map((row) => row.event_id));
        const log = await db.selectFrom('event_log').select(['generation', 'xid', 'sequence']).execute();
        const positions = new Set(log.map(positionText));
        const isThere = (what: Acknowledged): boolean => {
          if ('workflow' in what) return workflows.has(what.workflow);
          return 'event' in what ? events.has(what.event) : positions.has(positionText(what.position));
        };
        return [
          ...told.filter((what) => !isThere(what)).map((what) => `lost: ${JSON.stringify(what)}`),
          ...findings.map((finding) => `audit: ${JSON.stringify(finding)}`),
          ...integrity.rows.flatMap(({ integrity_check: text }) => (text === 'ok' ? [] : [`damaged: ${text}`])),
        ];
      });
    } finally {
      await store.write(tryToWrite);
      await store.close();
    }
  } catch (error) {
    return [`can't be opened: ${String(error)}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const positionText = ({ generation, xid, sequence }: { generation: number; xid: number; sequence: number }): string =>
  `${generation}.${xid}.${sequence}`;
