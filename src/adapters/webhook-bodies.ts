import { CHUNK_BYTES } from '../callers/admission.ts';
import { OverloadedError } from '../errors.ts';

export const MAX_WEBHOOK_BYTES = 8 * 1024 * 1024;
/** Of all bodies that are being read or worked with, where the signature has been checked and holds. */
const MAX_SIGNED_BYTES = 64 * 1024 * 1024;
/** Where it could not be checked yet: a share of its own, so that strangers can't take the room of Upvest's deliveries. */
const MAX_UNSIGNED_BYTES = 16 * 1024 * 1024;
/** A megabyte, which is Upvest's largest package, takes no longer over a bad line. */
const BODY_MS = 20_000;

/** The body can't be taken. */
export class WebhookBodyError extends Error {
  /** 408: it came too slowly. 413: it is larger than 8 MiB. */
  readonly status: 408 | 413;

  constructor(status: 408 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

export interface WebhookBodiesOptions {
  /** Default 64 MiB. */
  readonly signedBytes?: number | undefined;
  /** Default 16 MiB. */
  readonly unsignedBytes?: number | undefined;
  /** Default 20,000. */
  readonly bodyMs?: number | undefined;
}

/** The memory that bodies of webhooks may take, all together. What has arrived counts, not what was announced. */
export class WebhookBodies {
  readonly #signed: Budget;
  readonly #unsigned: Budget;
  readonly #bodyMs: number;

  constructor({ signedBytes, unsignedBytes, bodyMs }: WebhookBodiesOptions = {}) {
    this.#signed = { most: signedBytes ?? MAX_SIGNED_BYTES, taken: 0 };
    this.#unsigned = { most: unsignedBytes ?? MAX_UNSIGNED_BYTES, taken: 0 };
    this.#bodyMs = bodyMs ?? BODY_MS;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#signed.taken + this.#unsigned.taken;
  }

  /**
   * Does work that may read the body of a request; the body counts until the work is done. Reading throws a
   * WebhookBodyError, or an OverloadedError when there is no room for it.
   */
  async holding<T>(
    request: Request,
    work: (read: (options: { readonly signed: boolean }) => Promise<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    let release = (): void => undefined;
    const read = async ({ signed }: { readonly signed: boolean }): Promise<Uint8Array> => {
      const held = new Held(signed ? this.#signed : this.#unsigned);
      release = () => held.release();
      return await readWithin(request, held, this.#bodyMs);
    };
    try {
      return await work(read);
    } finally {
      release();
    }
  }
}

interface Budget {
  readonly most: number;
  taken: number;
}

/** What one body has taken of a budget. */
class Held {
  readonly #budget: Budget;
  #bytes = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  take(bytes: number): void {
    if (this.#budget.taken + bytes > this.#budget.most) {
      throw new OverloadedError('Too many webhook bodies are being read; try again in a moment.', 1);
    }
    this.#budget.taken += bytes;
    this.#bytes += bytes;
  }

  release(): void {
    this.#budget.taken -= this.#bytes;
    this.#bytes = 0;
  }
}

async function readWithin(request: Request, held: Held, bodyMs: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new WebhookBodyError(408, 'The body came too slowly.')), bodyMs);
  });
  // Nobody may be waiting for it when it comes.
  late.catch(() => undefined);
  try {
    return await collect(reader, held, late);
  } catch (error) {
    // Not waited for: a client that sends nothing would not let it end.
    reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  held: Held,
  late: Promise<never>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await Promise.race([reader.read(), late]);
    if (done) return Buffer.concat(chunks, bytes);
    bytes += value.byteLength;
    if (bytes > MAX_WEBHOOK_BYTES) throw new WebhookBodyError(413, 'The body is larger than 8 MiB.');
    held.take(value.byteLength + CHUNK_BYTES);
    chunks.push(value);
  }
}
