import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** One thing that a process did to its files, or (`acknowledged`) that a client was told; see recorder.c. */
export type Record =
  | { readonly kind: 'opened'; readonly handle: number; readonly isNew: boolean; readonly path: string }
  | { readonly kind: 'written'; readonly handle: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'cut'; readonly handle: number; readonly length: number }
  | { readonly kind: 'syncing' | 'synced'; readonly handle: number; readonly sync: number }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'removed'; readonly path: string }
  | { readonly kind: 'acknowledged'; readonly what: string };

/** Reads a trace of recorder.c. A record that was not finished when the process was killed is left out. */
export function readTrace(trace: Buffer): Record[] {
  const records: Record[] = [];
  for (let at = 0; at < trace.length; ) {
    const end = trace.indexOf('\n', at);
    if (end < 0) break;
    const line = trace.toString('utf8', at, end);
    at = end + 1;
    const record = readLine(line);
    if (record.kind === 'written') {
      const length = Number(line.split(' ')[3]);
      if (at + length > trace.length) break;
      records.push({ ...record, bytes: trace.subarray(at, at + length) });
      at += length;
    } else records.push(record);
  }
  return records;
}

function readLine(line: string): Record {
  const [letter, first = '', second = ''] = line.split(' ');
  const rest = line.slice(2);
  const handle = Number(first);
  switch (letter) {
    case 'O':
      return { kind: 'opened', handle, isNew: second === '1', path: line.slice(5 + first.length) };
    case 'W':
      return { kind: 'written', handle, at: Number(second), bytes: Buffer.alloc(0) };
    case 'T':
      return { kind: 'cut', handle, length: Number(second) };
    case 'B':
    case 'S':
      return { kind: letter === 'B' ? 'syncing' : 'synced', handle, sync: Number(second) };
    case 'M':
      return { kind: 'folder', path: rest };
    case 'U':
      return { kind: 'removed', path: rest };
    case 'A':
      return { kind: 'acknowledged', what: rest };
    default:
      throw new Error(`no record: ${line.slice(0, 80)}`);
  }
}

/** The fate of unsynced writes and names at a cut. */
export type Loss = 'all' | 'some' | 'none';

type Unsynced = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };
interface File {
  readonly kind: 'file';
  /** The synced content of the disk. */
  synced: Buffer;
  unsynced: Unsynced[];
}
interface Folder {
  readonly kind: 'folder';
  readonly synced: Map<string, Node>;
  /** Names given or taken (undefined) since it was synced. */
  unsynced: { readonly name: string; readonly node: Node | undefined }[];
}
type Node = File | Folder;

/** The files of an image, by their path below the root; a folder is null. */
export type Image = ReadonlyMap<string, Buffer | null>;

const SECTOR = 512;

/**
 * A disk as POSIX promises it and no better: data is on it after fsync of the file, a name after fsync of its folder. What
 * was not synced is there or not, each write and each name by itself; a write may be there in part, by sectors of 512 bytes.
 */
export class Disk {
  readonly #root: string;
  readonly #top: Folder = { kind: 'folder', synced: new Map(), unsynced: [] };
  readonly #handles = new Map<number, Node>();
  /** Syncs under way, with what was there to be synced when they began. */
  readonly #syncs = new Map<number, { readonly node: Node; readonly pieces: readonly Node['unsynced'][number][] }>();

  /** `root`: a folder that is on the disk already, with what `image` has. */
  constructor(root: string, image: Image = new Map()) {
    this.#root = root;
    for (const [path, content] of image) {
      const folder = this.#folderOf(join(root, path));
      folder.synced.set(nameOf(path), content === null ? newFolder() : newFile(content));
    }
  }

  apply(record: Record): void {
    switch (record.kind) {
      case 'opened':
        this.#open(record);
        break;
      case 'written': {
        const { at, bytes } = record;
        this.#file(record.handle)?.unsynced.push({ at, bytes });
        break;
      }
      case 'cut':
        this.#file(record.handle)?.unsynced.push({ length: record.length });
        break;
      case 'syncing': {
        const node = this.#handles.get(record.handle);
        if (node !== undefined) this.#syncs.set(record.sync, { node, pieces: node.unsynced.slice() });
        break;
      }
      case 'synced':
        this.#sync(record.sync);
        break;
      case 'folder':
        this.#name(record.path, newFolder());
        break;
      case 'removed':
        this.#name(record.path, undefined);
        break;
      case 'acknowledged':
        break;
      default:
        record satisfies never;
    }
  }

  /** The content found after a cut now. */
  image(loss: Loss, random: () => number): Image {
    const image = new Map<string, Buffer | null>();
    const visit = (folder: Folder, path: string): void => {
      for (const [name, node] of surviving(folder, loss, random)) {
        const here = join(path, name);
        image.set(here, node.kind === 'file' ? contentOf(node, loss, random) : null);
        if (node.kind === 'folder') visit(node, here);
      }
    };
    visit(this.#top, '');
    return image;
  }

  #open({ handle, isNew, path }: Record & { readonly kind: 'opened' }): void {
    if (isNew) this.#name(path, newFile());
    const node = path === this.#root ? this.#top : this.#nodeAt(path);
    if (node !== undefined) this.#handles.set(handle, node);
  }

  #sync(sync: number): void {
    const begun = this.#syncs.get(sync);
    if (begun === undefined) return;
    this.#syncs.delete(sync);
    const { node } = begun;
    const pieces = new Set(begun.pieces);
    if (node.kind === 'folder') {
      for (const piece of node.unsynced) if (pieces.has(piece)) setName(node.synced, piece.name, piece.node);
      node.unsynced = node.unsynced.filter((piece) => !pieces.has(piece));
    } else {
      const unsynced = node.unsynced.filter((piece) => pieces.has(piece));
      node.synced = contentOf({ ...node, unsynced }, 'none', () => 0);
      node.unsynced = node.unsynced.filter((piece) => !pieces.has(piece));
    }
  }

  #name(path: string, node: Node | undefined): void {
    this.#folderOf(path).unsynced.push({ name: nameOf(path), node });
  }

  #file(handle: number): File | undefined {
    const node = this.#handles.get(handle);
    return node?.kind === 'file' ? node : undefined;
  }

  #folderOf(path: string): Folder {
    const parent = dirname(path);
    const node = parent === this.#root ? this.#top : this.#nodeAt(parent);
    if (node?.kind !== 'folder') throw new Error(`${parent} is no folder of the disk`);
    return node;
  }

  #nodeAt(path: string): Node | undefined {
    let node: Node | undefined = this.#top;
    for (const name of relative(this.#root, path).split('/')) {
      if (node?.kind !== 'folder') return undefined;
      node = surviving(node, 'none', () => 0).get(name);
    }
    return node;
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const newFolder = (): Folder => ({ kind: 'folder', synced: new Map(), unsynced: [] });
const newFile = (content: Buffer = Buffer.alloc(0)): File => ({ kind: 'file', synced: content, unsynced: [] });

function setName(names: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}

function surviving(folder: Folder, loss: Loss, random: () => number): ReadonlyMap<string, Node> {
  const names = new Map(folder.synced);
  for (const { name, node } of folder.unsynced) if (isKept(loss, random)) setName(names, name, node);
  return names;
}

const isKept = (loss: Loss, random: () => number): boolean => loss === 'none' || (loss === 'some' && random() < 0.5);

function contentOf({ synced, unsynced }: File, loss: Loss, random: () => number): Buffer {
  if (loss === 'all' || unsynced.length === 0) return synced;
  const ends = unsynced.map((change) => ('length' in change ? change.length : change.at + change.bytes.length));
  const content = Buffer.alloc(Math.max(synced.length, ...ends));
  synced.copy(content);
  let length = synced.length;
  for (const change of unsynced) {
    const chance = loss === 'none' ? 0 : random();
    if (chance >= 2 / 3) continue;
    if ('length' in change) {
      content.fill(0, change.length);
      length = change.length;
    } else {
      const isTorn = chance >= 1 / 3;
      const kept = isTorn ? tear(change, content, random) : change.bytes.copy(content, change.at);
      if (kept > 0) length = Math.max(length, change.at + kept);
    }
  }
  return content.subarray(0, length);
}

/** Some sectors of a write; answers up to where it got. */
function tear({ at, bytes }: { at: number; bytes: Buffer }, content: Buffer, random: () => number): number {
  let until = 0;
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, (Math.floor((at + from) / SECTOR) + 1) * SECTOR - at);
    if (random() < 0.5) until = bytes.copy(content, at + from, from, to) + from;
    from = to;
  }
  return until;
}

/** Writes an image into a folder that is empty. */
export function writeImage(image: Image, folder: string): void {
  for (const [path, content] of image) {
    if (content === null) mkdirSync(join(folder, path));
    else writeFileSync(join(folder, path), content, { mode: 0o600 });
  }
}
