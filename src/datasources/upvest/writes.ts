import type { z } from 'zod';
import { type BrokerMoney, isSameMoney, type MoneyOfGroup } from '../../domain/broker-payments.ts';
import { compare, type Decimal, decimal, isPositive, scale } from '../../domain/decimal.ts';
import type { UpstreamClient, WireAnswer, WireRequest, WriteOptions } from '../upstream/client.ts';
import { isObject, stringifyExactJson, type Writable } from '../upstream/exact-json.ts';
import { accepted, outcomeOf, type WriteOutcome } from '../upstream/outcome.ts';
import type { Capability } from './capabilities.ts';
import { parseProblem } from './problem.ts';

export interface Creation<T> {
  readonly path: string;
  readonly operation: string;
  /** The capability whose token it needs, where that is not the one of all writes. */
  readonly capability?: Capability | undefined;
  readonly idempotencyKey: string;
  readonly body: { readonly [key: string]: Writable };
  readonly schema: z.ZodType<T>;
  /** Difference between the answer and the request, for a person; undefined where there is none. */
  readonly otherThan: (answer: T) => string | undefined;
}

/** For a creation of money: another amount, currency or account group. */
export const otherMoneyThan =
  (asked: MoneyOfGroup) =>
  (made: BrokerMoney): string | undefined => {
    const { id, accountGroupId, amount, currency } = made;
    return isSameMoney(made, asked) ? undefined : `${id} over ${amount} ${currency} of account group ${accountGroupId}`;
  };

/** Writes to Upvest: one attempt each, with one of four outcomes. */
export class UpvestWrites {
  readonly #client: UpstreamClient;
  readonly #afterWrite: () => void;

  /** `afterWrite` is called when a write may have changed something: reads that began before it are not joined any more. */
  constructor(client: UpstreamClient, afterWrite: () => void) {
    this.#client = client;
    this.#afterWrite = afterWrite;
  }

  /**
   * A POST with an idempotency key. Upvest has changed its success codes before (200, now 202 for virtual cash), so any
   * 2xx is an acceptance. Fields that the answer leaves out are those of the request; without an id the outcome is
   * unknown, and an answer with other money is reported as such.
   */
  async create<T>(creation: Creation<T>, options: WriteOptions = {}): Promise<WriteOutcome<T>> {
    const request: WireRequest = {
      method: 'POST',
      path: creation.path,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': checkedIdempotencyKey(creation.idempotencyKey),
      },
      body: stringifyExactJson(creation.body),
      operation: creation.operation,
      token: creation.capability,
    };
    return await this.#send(request, options, (answer) => {
      const body = answer.json();
      return answered(creation.schema.parse(isObject(body) ? { ...creation.body, ...body } : body), creation.otherThan);
    });
  }

  /** A DELETE. Upvest answers 202 or 204, and 422 where it comes too late. */
  async cancel(
    path: string,
    operation: string,
    options: WriteOptions = {},
    capability?: Capability,
  ): Promise<WriteOutcome<null>> {
    const request: WireRequest = { method: 'DELETE', path, headers: {}, operation, token: capability };
    return await this.#send(request, options, () => accepted(null));
  }

  async #send<T>(
    request: WireRequest,
    options: WriteOptions,
    read: (answer: WireAnswer) => WriteOutcome<T>,
  ): Promise<WriteOutcome<T>> {
    const attempt = await this.#client.write(request, options);
    if (attempt.kind !== 'notSent') this.#afterWrite();
    return outcomeOf(attempt, request, parseProblem, read);
  }
}

/** An acceptance, where the answer matches the request. */
function answered<T>(value: T, otherThan: Creation<T>['otherThan']): WriteOutcome<T> {
  const made = otherThan(value);
  return made === undefined ? accepted(value) : { kind: 'unknown', reason: 'other-answer', made };
}

/** Upvest takes UUIDs up to version 5; a version 7 does not match its pattern. */
const IDEMPOTENCY_KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

function checkedIdempotencyKey(key: string): string {
  if (!IDEMPOTENCY_KEY.test(key)) throw new TypeError('an idempotency key of Upvest is a UUID of version 1 to 5');
  return key;
}

const MAX_AMOUNT: Decimal = decimal('999999999.99');

/**
 * An amount for Upvest: up to 999999999.99, with exactly two decimals, so that equal amounts are equal texts. Throws a
 * TypeError on any other: the caller must refuse it, since the gateway does not round.
 */
export function amountText(amount: Decimal): string {
  if (!isPositive(amount) || scale(amount) > 2 || compare(amount, MAX_AMOUNT) > 0) {
    throw new TypeError('an amount for Upvest is above 0, at most 999999999.99 and has at most two decimals');
  }
  const [whole = '', fraction = ''] = amount.split('.');
  return `${whole}.${fraction.slice(0, 2).padEnd(2, '0')}`;
}

export function checkedCurrency(currency: string): string {
  if (!/^[A-Z]{3}$/.test(currency)) throw new TypeError('a currency is three letters');
  return currency;
}
