import type { Position } from '../../domain/broker.ts';
import type { AccountId } from '../../domain/ids.ts';
import { knownOf, type Rows, type UpvestReader } from './reader.ts';
import type { ReadOptions, SharedResource } from './shared-resource.ts';
import { positionWire } from './wire.ts';

/** The positions of an account. Throws an UpstreamRefusedReadError where Upvest knows no such account. */
export async function readPositions(
  reader: UpvestReader,
  shared: SharedResource<Rows<Position> | null>,
  account: AccountId,
  options: ReadOptions,
): Promise<Rows<Position>> {
  const positions = await shared.read(account, options, (inner) =>
    reader.all(
      `/accounts/${encodeURIComponent(account)}/positions`,
      {
        resource: 'position',
        operation: 'upvest.positions.list',
        schema: positionWire,
        // Positions that name no instrument are not one and the same.
        keyOf: ({ instrumentUuid, isin, ...rest }) =>
          instrumentUuid === null && isin === null ? JSON.stringify(rest) : `${instrumentUuid ?? ''} ${isin ?? ''}`,
      },
      inner,
    ),
  );
  return knownOf(positions);
}
