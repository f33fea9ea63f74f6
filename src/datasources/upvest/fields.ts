import { z } from 'zod';
import { type Decimal, parseDecimal } from '../../domain/decimal.ts';
import { parseAccountGroupId, parseAccountId, parseBrokerageUserId } from '../../domain/ids.ts';
import { parsed } from '../upstream/fields.ts';
import { mayHaveText, type SentRow } from '../upstream/rows.ts';

/** Upvest's pattern allows no digit before the point: `.5` is `0.5`. */
const parseUpvestDecimal = (text: string): Decimal | undefined => parseDecimal(text.replace(/^(-?)\./, '$10.'));

export const decimal = parsed(parseUpvestDecimal, 'a decimal number');
export const accountGroupId = parsed(parseAccountGroupId, 'an account group id');
export const accountId = parsed(parseAccountId, 'an account id');
export const brokerageUserId = parsed(parseBrokerageUserId, 'a user id');

/** Missing, null and empty are all null; a number that is there must be one. */
export const optionalDecimal = z
  .union([z.literal(''), decimal])
  .nullish()
  .transform((value) => (value === undefined || value === '' ? null : value));

/** UUIDs are the same in either case; one of the two may have been typed into InvestSuite by a person. */
export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** False only where a row that could not be read says otherwise. */
export const mayHave = (row: Pick<SentRow, 'row'>, name: string, value: string): boolean =>
  mayHaveText(row, name, value, (found, wanted) => found === '' || sameId(found, wanted));

/** A path with ids in it. */
export const at = (parts: TemplateStringsArray, ...ids: readonly string[]): string =>
  String.raw({ raw: parts }, ...ids.map(encodeURIComponent));
