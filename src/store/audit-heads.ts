import { type AuditHead, readAuditHeads } from './audit.ts';
import type { AuditHeads, HeadsSigner } from './audit-key.ts';
import type { Store } from './store.ts';

/** A line of the log about where the chains stand. */
export interface HeadsLine extends AuditHeads {
  /** Which key has signed; undefined where none does. */
  readonly keyId?: string;
  /** A compact JWS whose payload is `at` and `heads`. */
  readonly signature?: string;
}

/** The message of a heads line: `audit verify --heads` searches for it. */
export const HEADS_MESSAGE = 'audit heads';

export interface HeadsLogOptions {
  readonly store: Pick<Store, 'read' | 'now' | 'runtime'>;
  readonly signer: HeadsSigner | undefined;
  readonly log: (line: HeadsLine) => void;
  readonly onTrouble: (error: unknown) => void;
  /** Default one hour. */
  readonly everyMs?: number | undefined;
}

/**
 * Logs the heads of the audit's chains: at the start, every hour and at the end. An attacker who can write the whole
 * database can't write the log, so a recomputed chain contradicts it. Every gateway logs them, so the proof does not
 * depend on one log.
 */
export class HeadsLog {
  readonly #options: HeadsLogOptions;
  readonly #endTimer: () => void;
  #running: Promise<void>;

  constructor(options: HeadsLogOptions) {
    this.#options = options;
    this.#running = this.#write();
    this.#endTimer = options.store.runtime.every(options.everyMs ?? 3_600_000, () => this.#next());
  }

  async stop(): Promise<void> {
    this.#endTimer();
    this.#next();
    await this.#running;
  }

  #next(): void {
    this.#running = this.#running.then(() => this.#write());
  }

  async #write(): Promise<void> {
    const { store, signer, log, onTrouble } = this.#options;
    try {
      const heads: readonly AuditHead[] = await store.read(readAuditHeads);
      if (heads.length === 0) return;
      const told = { at: new Date(store.now()).toISOString(), heads };
      log(signer === undefined ? told : { ...told, keyId: signer.keyId, signature: await signer.sign(told) });
    } catch (error) {
      onTrouble(error);
    }
  }
}
