import { beforeAll, expect, it } from 'vitest';
import { build } from '../helpers/build.ts';
import { hasPostgres, startPostgres } from '../helpers/postgres.ts';
import { BOOKED_BY_GATEWAY } from './ledgers.ts';
import { CRASHES, CRASHES_TIMEOUT_MS, crashAtRandomMoments } from './random-moments.ts';

beforeAll(build, 120_000);

it.runIf(hasPostgres)(
  `a gateway that is killed at ${CRASHES} random moments moves each amount once (PostgreSQL)`,
  { timeout: CRASHES_TIMEOUT_MS },
  async () => {
    expect.hasAssertions();
    const postgres = await startPostgres();
    try {
      await crashAtRandomMoments(BOOKED_BY_GATEWAY, await postgres.createDatabase());
    } finally {
      await postgres.stop();
    }
  },
);
