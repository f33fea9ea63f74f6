import { readSession, writeSession } from './session.ts';

/** Input of a withdrawal. */
export interface WithdrawalWish {
  readonly amount: string;
  /** Null: the only account that there is. */
  readonly referenceAccountId: string | null;
  readonly remittanceInformation: string | null;
}

/**
 * A wish under the key that it is sent with. The key stays with the wish through every retry, lost answer and reload:
 * however often it arrives, the money moves once. Another wish has another key.
 */
export interface Attempt {
  readonly idempotencyKey: string;
  readonly wish: WithdrawalWish;
  /** It was sent and nobody has told what became of it: it must be sent again as it is. */
  readonly unanswered: boolean;
}

const nameOf = (portfolioId: string): string => `withdrawal/${portfolioId}`;

export function keptAttempt(portfolioId: string): Attempt | undefined {
  const kept = readSession(nameOf(portfolioId)) as Partial<Attempt> | undefined;
  if (typeof kept?.idempotencyKey !== 'string' || typeof kept.wish?.amount !== 'string') return undefined;
  return { idempotencyKey: kept.idempotencyKey, wish: kept.wish, unanswered: kept.unanswered === true };
}

export const keepAttempt = (portfolioId: string, attempt: Attempt | undefined): void =>
  writeSession(nameOf(portfolioId), attempt);

/** The attempt that there was, where it is of the same wish; else a new one. */
export function attemptFor(wish: WithdrawalWish, last: Attempt | undefined): Attempt {
  const isSame =
    last !== undefined &&
    last.wish.amount === wish.amount &&
    last.wish.referenceAccountId === wish.referenceAccountId &&
    last.wish.remittanceInformation === wish.remittanceInformation;
  return { idempotencyKey: isSame ? last.idempotencyKey : newKey(), wish, unanswered: true };
}

/** The key that a cancellation is sent with, the same one at every attempt. */
export function cancelKey(withdrawalId: string): string {
  const name = `cancel/${withdrawalId}`;
  const kept = readSession(name);
  if (typeof kept === 'string') return kept;
  const key = newKey();
  writeSession(name, key);
  return key;
}

/** 128 random bits. (randomUUID is not there on pages that came by plain http from another machine.) */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
