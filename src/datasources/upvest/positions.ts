import { z } from 'zod';
import type { Position } from '../../domain/broker.ts';
import type { AccountId } from '../../domain/ids.ts';
import { optionalText, sameNames } from '../upstream/fields.ts';
import { accountId, at, decimal } from './fields.ts';
import type { UpvestReads } from './reads.ts';

const positionWire = sameNames({
  account_id: accountId,
  instrument: z.object({ isin: optionalText, uuid: optionalText }),
  quantity: decimal,
  locked_for_trading: decimal,
  pending_settlement: decimal,
  available_for_trading: decimal,
}).transform(({ instrument: { isin, uuid }, ...row }): Position => ({ ...row, isin, instrumentUuid: uuid }));

/** The positions of an account. Throws an UpstreamRefusedReadError where Upvest knows no such account. */
export const positionsOfAccount = (reads: UpvestReads) =>
  reads.listOfKnown({
    resource: 'position',
    operation: 'upvest.positions.list',
    path: (account: AccountId) => at`/accounts/${account}/positions`,
    schema: positionWire,
    // Positions that name no instrument are not one and the same.
    keyOf: ({ instrumentUuid, isin, ...rest }) =>
      instrumentUuid === null && isin === null ? JSON.stringify(rest) : `${instrumentUuid ?? ''} ${isin ?? ''}`,
  });
