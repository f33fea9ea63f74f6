import { createHash } from 'node:crypto';
import type { Upvest } from './datasources/upvest/index.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { type CopyProgress, InstrumentDirectory } from './instruments/index.ts';
import type { Store } from './store/index.ts';
import type { Logger } from './telemetry/logger.ts';

interface Parts {
  readonly upstreams: { readonly upvest: Upvest };
  readonly store: Store;
  readonly logger: Logger;
}

/** The broker's instruments for a gateway; what is copied is logged. */
export function directoryFor(
  { upvest: { url, clientId } }: GatewayOptions,
  { upstreams, store, logger }: Parts,
): InstrumentDirectory {
  return new InstrumentDirectory({
    store,
    upvest: upstreams.upvest,
    tenant: createHash('sha256')
      .update(JSON.stringify([url, clientId]))
      .digest('hex'),
    onProgress: progressLog(logger),
    onTrouble: (what, error) => logger.warn({ err: error }, what),
  });
}

/** Rows between two lines of a full copy. */
const LOGGED_EVERY = 10_000;

function progressLog(logger: Logger): (progress: CopyProgress) => void {
  let loggedAt = 0;
  return ({ what, read, total, changed, done }) => {
    if (what === 'changes') {
      if (changed > 0) logger.info({ read, changed }, 'changed instruments were copied');
      return;
    }
    if (!done && read >= loggedAt && read - loggedAt < LOGGED_EVERY) return;
    loggedAt = done ? 0 : read;
    logger.info({ read, total }, done ? 'the instruments are copied' : 'instruments are being copied');
  };
}
