import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow } from '../../client/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type Line, startLine } from '../helpers/line.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { append, event } from '../live/live-helpers.ts';

const DOCUMENT = 'subscription ($after: ID) { notifications(after: $after) { __typename id type } }';
interface Data {
  readonly notifications: { readonly type: string };
}

let issuer: TestIssuer;
let world: World;
let line: Line;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [], gateway: { auth: issuer.settings } });
  line = await startLine(world.url);
});
afterAll(async () => {
  await line.stop();
  await world.stop();
  await issuer.stop();
});

describe('following the log', () => {
  it('gives each event once and in order through 100 cuts, wherever in the bytes they fall', async () => {
    let seed = 7;
    // From within the head of the answer to some events later.
    line.allow = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return line.connections() > 101 ? Number.POSITIVE_INFINITY : 300 + (seed % 1_500);
    };
    const names = Array.from({ length: 400 }, (_, n) => `CUT.${n}`);
    const token = () => issuer.token({ sub: 'operator', scope: 'operator' });
    const head = await world.ask('{ notificationsEnd }', {}, { authorization: `Bearer ${await token()}` });
    const after = /"notificationsEnd":"([^"]+)"/.exec(head.text)?.[1];
    const happening = (async () => {
      for (let at = 0; at < names.length; at += 4)
        await append(world.gateway.store, ...names.slice(at, at + 4).map((name) => event(null, name)));
    })();
    const seen: unknown[] = [];
    const connection = { url: `${line.url}/graphql`, token, pauseMs: 1 };
    for await (const { data } of follow<Data, object>({ ...connection, document: DOCUMENT, after })) {
      seen.push(data?.notifications.type);
      if (seen.length === names.length) break;
    }
    await happening;
    expect(seen).toEqual(names);
    expect(line.connections()).toBeGreaterThan(100);
  });
});
