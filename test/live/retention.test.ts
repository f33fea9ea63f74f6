import { expect, it } from 'vitest';
import { createIntake } from '../../src/ingest/intake.ts';
import { Retention } from '../../src/live/index.ts';
import { inboxLag, readEvents } from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { LOG_BEGINNING } from '../helpers/log.ts';
import { describeStores } from '../helpers/stores.ts';
import { append, event } from './live-helpers.ts';

const DAY_MS = 86_400_000;

describeStores('retention', (kind) => {
  it('forgets what is older than it has to be kept, in as many steps as it takes, and nothing else', async () => {
    const store = await kind.open();
    const old = store.now() - 3 * DAY_MS;
    const young = store.now() - DAY_MS;
    for (let batch = 0; batch < 5; batch += 1) {
      const rows = Array.from({ length: 1_000 }, (_, index) => event(null, `${batch}.${index}`, { receivedAt: old }));
      await append(store, ...rows);
    }
    await append(store, event(null, 'young', { receivedAt: young }), event(null, 'new', { receivedAt: store.now() }));
    // Events waiting to be processed are not deleted, however old they are.
    await createIntake(store)([{ source: 'UPVEST', eventId: 'waits', type: 'X.Y', subject: null, payload: '{}' }]);
    const retention = new Retention({ store, days: 2 });
    const types = async (): Promise<string[]> =>
      (await store.read((reading) => readEvents(reading, { after: LOG_BEGINNING, limit: 10_000 }))).map(
        ({ type }) => type,
      );
    await eventually(async () => expect(await types()).toEqual(['young', 'new']));
    expect(await store.read(inboxLag)).toMatchObject({ waiting: 1 });
    await retention.stop();
  });
});
