import { inWrittenForm } from '../../domain/movements.ts';
import type { Movement, Transaction } from '../../domain/transaction.ts';
import { parseExactJson, stringifyExactJson, type Writable } from '../upstream/exact-json.ts';
import type { Problem } from '../upstream/outcome.ts';
import { isWritableList, parseWritableJson, writableMembers } from '../upstream/writable-json.ts';
import { invalidAnswer } from './fields.ts';
import { movementBody, readMovement } from './transaction-wire.ts';

/**
 * Wire form of a transaction's movements in a write.
 *
 * InvestSuite takes the list in place of the old one, and its movements carry fields that the gateway has no use for
 * (`sub_type`, `ex_dividend_date`, `original_external_id`, …). So each movement that was read keeps the JSON that it was
 * read from. One that was not to be changed is written back as it was read; of one that was changed, the fields that are
 * others now are written over it. A movement that repeats another one (a dividend that settles, an order that is
 * cancelled) has its further fields too, but for ids. Any other new movement has only what the vendor's pages document
 * for writing.
 */

type Members = { readonly [key: string]: Writable };

/** Our name of each field and InvestSuite's. */
const FIELDS = [
  ['externalId', 'external_id'],
  ['referenceExternalId', 'reference_external_id'],
  ['type', 'type'],
  ['status', 'status'],
  ['datetime', 'datetime'],
  ['instrumentId', 'instrument_id'],
  ['quantity', 'quantity'],
  ['unitPrice', 'unit_price'],
  ['unitPriceCurrency', 'unit_price_currency'],
  ['tradeType', 'trade_type'],
  ['description', 'description'],
  ['referenceInstrumentId', 'reference_instrument_id'],
] as const satisfies readonly (readonly [Exclude<keyof Movement, 'asRead'>, string])[];

const KNOWN: ReadonlySet<string> = new Set(FIELDS.map(([, wire]) => wire));

/** Fields that InvestSuite computes from another field, and which do not fit another value of it. */
const COMPUTED_FROM: Readonly<Record<string, readonly string[]>> = {
  quantity: ['quantity_portfolio_currency'],
  instrument_id: ['instrument_name', 'quantity_portfolio_currency'],
  reference_instrument_id: ['reference_instrument_name'],
};

/**
 * The body of `PATCH /portfolios/{id}/transactions/{id}`. Leaves out the `refused` fields, and writes known fields in
 * their documented form. Throws a BadUserInputError on a value without wire form.
 */
export const movementsBody = (movements: readonly Movement[], refused: ReadonlySet<string> = new Set()): Writable => ({
  movements: movements.map((movement) => {
    const members = writtenBack(movement);
    return refused.size === 0 ? members : withoutRefused(movement, members, refused);
  }),
});

function writtenBack(movement: Movement): Members {
  if (movement.asRead === undefined) return movementBody(movement);
  const { json, place } = movement.asRead;
  const whole = writableMembers(parseWritableJson(json));
  if (whole === undefined) throw new TypeError('a movement is kept as something that is no object');
  const members = place === null ? withoutIds(whole) : whole;
  const before = readMovement(parseExactJson(json));
  const changed = FIELDS.filter(([ours]) => movement[ours] !== before[ours]);
  // A sale that came with a positive quantity is not changed by being understood as a negative one.
  const written = inWrittenForm(before);
  if (changed.every(([ours]) => movement[ours] === written[ours])) return members;
  const next = movementBody(movement);
  const changes = changed.flatMap(([, wire]) => [
    ...(COMPUTED_FROM[wire] ?? []).map((computed) => [computed, undefined] as const),
    [wire, next[wire]] as const,
  ]);
  return { ...members, ...Object.fromEntries(changes) };
}

/** Fields that identify a movement stay with it. */
const withoutIds = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([name]) => KNOWN.has(name) || !/(?:^|_)id$/.test(name)));

function withoutRefused(movement: Movement, members: Members, refused: ReadonlySet<string>): Members {
  const documented = [...refused].some((name) => KNOWN.has(name)) ? movementBody(movement) : {};
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => {
      if (!refused.has(name)) return [[name, value] as const];
      return KNOWN.has(name) ? [[name, documented[name]] as const] : [];
    }),
  );
}

/** `body.movements.0.sub_type: extra fields not permitted`, one complaint of several. */
const COMPLAINT = /(?:^|\.)movements\.\d+\.(\w+): (.*)$/;
/** As pydantic 1 and 2 say it. */
const NOT_PERMITTED = /^extra (?:fields|inputs are) not permitted$/i;
const TYPES_NOT_PERMITTED: ReadonlySet<string> = new Set(['value_error.extra', 'extra_forbidden']);

/**
 * The fields of movements that InvestSuite shows and does not take, where it refuses a list of movements for nothing else ("extra
 * fields not permitted"). Empty where it complains of anything besides: then the same without them would be refused too.
 */
export function refusedFields({ detail, type }: Problem): ReadonlySet<string> {
  const complaints = (detail ?? '').split('; ').map((each) => COMPLAINT.exec(each));
  // The type is that of the first complaint.
  const isPermission = (text: string | undefined): boolean =>
    NOT_PERMITTED.test(text ?? '') || (complaints.length === 1 && TYPES_NOT_PERMITTED.has(type ?? ''));
  if (!complaints.every((each) => isPermission(each?.[2]))) return new Set();
  return new Set(complaints.flatMap((each) => each?.[1] ?? []));
}

/** The transaction with what each movement was read from, out of the same body in a form that can be written again. */
export function withMovementsAsRead(transaction: Transaction, body: Writable): Transaction {
  const rows = writableMembers(body)?.['movements'];
  const list = rows !== undefined && isWritableList(rows) ? rows : [];
  if (list.length !== transaction.movements.length) throw invalidAnswer('transaction: movements');
  const movements = transaction.movements.map((movement, place) => {
    const json = stringifyExactJson(list[place] ?? null);
    return { ...movement, asRead: { place, json } };
  });
  return { ...transaction, movements };
}
