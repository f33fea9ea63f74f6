import { CHUNK_BYTES } from '../callers/admission.ts';
import { OverloadedError } from '../errors.ts';
import { readBody } from './body.ts';

export const MAX_WEBHOOK_BYTES = 8 * 1024 * 1024;
/** Of all bodies that are being read or worked with, where the signature has been checked and holds. */
const MAX_SIGNED_BYTES = 64 * 1024 * 1024;
/** Where it could not be checked yet: a share of its own, so that strangers can't take the room of Upvest's deliveries. */
const MAX_UNSIGNED_BYTES = 16 * 1024 * 1024;
/** A megabyte, which is Upvest's largest package, takes no longer over a bad line. */
const BODY_MS = 20_000;

export interface WebhookBodiesOptions {
  /** Default 64 MiB. */
  readonly signedBytes?: number | undefined;
  /** Default 16 MiB. */
  readonly unsignedBytes?: number | undefined;
  /** Default 20,000. */
  readonly bodyMs?: number | undefined;
}

interface Budget {
  readonly most: number;
  taken: number;
}

/** Memory budget of all webhook bodies. Received bytes count, not announced ones. */
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
   * Does work that may read the body of a request; the body counts until the work is done. Reading throws a BodyError, or
   * an OverloadedError when there is no room for it.
   */
  async holding<T>(
    request: Request,
    work: (read: (options: { readonly signed: boolean }) => Promise<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    const held = new Map<Budget, number>();
    const read = async ({ signed }: { readonly signed: boolean }): Promise<Uint8Array> => {
      const budget = signed ? this.#signed : this.#unsigned;
      const onBytes = (count: number): void => {
        const bytes = count + CHUNK_BYTES;
        if (budget.taken + bytes > budget.most) {
          throw new OverloadedError('Too many webhook bodies are being read; try again in a moment.', 1);
        }
        budget.taken += bytes;
        held.set(budget, (held.get(budget) ?? 0) + bytes);
      };
      return await readBody(request, { maxBytes: MAX_WEBHOOK_BYTES, ms: this.#bodyMs, onBytes });
    };
    try {
      return await work(read);
    } finally {
      for (const [budget, bytes] of held) budget.taken -= bytes;
    }
  }
}
