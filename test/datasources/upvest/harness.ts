import { afterEach } from 'vitest';
import {
  createUpvest,
  type Delivery,
  type Upvest,
  type UpvestOptions,
  type Verdict,
} from '../../../src/datasources/upvest/index.ts';
import {
  type AccountGroupId,
  type AccountId,
  type BrokerageUserId,
  parseAccountGroupId,
  parseAccountId,
  parseBrokerageUserId,
} from '../../../src/domain/ids.ts';
import { FakeUpvest } from './fake-upvest.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

/** A fake Upvest and a datasource that talks to it; both end with the test. */
export async function setUp(options: Partial<UpvestOptions> = {}): Promise<{ fake: FakeUpvest; upvest: Upvest }> {
  const fake = await new FakeUpvest().start();
  const upvest = createUpvest({ ...fake.options, ...options });
  open.push({ close: async () => await Promise.all([upvest.close(), fake.stop()]).then(() => {}) });
  return { fake, upvest };
}

/** Another datasource on the same fake. */
export function connect(options: UpvestOptions): Upvest {
  const upvest = createUpvest(options);
  open.push(upvest);
  return upvest;
}

/** The datasource's reading of a whole delivery. */
export async function verdictOn(upvest: Upvest, { body, ...head }: Delivery): Promise<Verdict> {
  const opened = await upvest.verifyHead(head);
  return opened.kind === 'open' ? await opened.finish(body) : opened;
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not an id');
  return value;
}

export const groupId = (text: string): AccountGroupId => must(parseAccountGroupId(text));
export const accountId = (text: string): AccountId => must(parseAccountId(text));
export const userId = (text: string): BrokerageUserId => must(parseBrokerageUserId(text));

/** A promise that a test settles when it likes. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let resolve = (): void => {};
  const passed = new Promise<void>((done) => {
    resolve = done;
  });
  return { passed, open: () => resolve() };
}
