import { beforeAll, expect, it } from 'vitest';
import { build } from '../helpers/build.ts';
import { BOOKED_BY_INVESTSUITE } from './ledgers.ts';
import { CRASHES, CRASHES_TIMEOUT_MS, crashAtRandomMoments } from './random-moments.ts';

beforeAll(build, 120_000);

it(`a gateway that is killed at ${CRASHES} random moments moves each amount once (embedded store)`, {
  timeout: CRASHES_TIMEOUT_MS,
}, async () => {
  expect.hasAssertions();
  await crashAtRandomMoments(BOOKED_BY_INVESTSUITE);
});
