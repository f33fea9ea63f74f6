import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { Vendor } from '../helpers/vendor-webhooks.ts';

let vendor: Vendor;
beforeEach(async () => {
  vendor = await new Vendor().start();
});
afterEach(() => vendor.stop());

const { privateKey: strangersKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const stranger = (keyId: string) => vendor.send(vendor.signed({ keyId, key: strangersKey }));
const upvest = async (keyId: string): Promise<number> => (await vendor.send(vendor.signed({ keyId }))).status;

describe("a key that Upvest has changed, after strangers' unknown ones", () => {
  it('is accepted at once', async () => {
    expect(await upvest('key-1')).toBe(200);
    expect((await stranger('unknown')).status).toBe(401);
    vendor.addKey('key-2');
    expect(await upvest('key-2')).toBe(200);
  });

  it('is accepted while they send hundreds of others, by the calls that those cause', async () => {
    expect(await upvest('key-1')).toBe(200);
    let going = true;
    const flood = Array.from({ length: 40 }, async (_, sender) => {
      const statuses = new Set<number>();
      for (let at = 0; going; at += 1) statuses.add((await stranger(`made-up-${sender}-${at}`)).status);
      return statuses;
    });
    await eventually(() => expect(vendor.keyFetches).toBeGreaterThan(4));
    vendor.addKey('key-2');
    // Upvest's own waits between attempts are 1, 2, 3 … s; no attempt fails here, since those who wait share one call.
    expect(await upvest('key-2')).toBe(200);
    expect(await upvest('key-1')).toBe(200);
    going = false;
    for (const statuses of await Promise.all(flood)) expect([...statuses]).toEqual([401]);
    // Five at once and then one in two seconds, however long this took.
    expect(vendor.keyFetches).toBeLessThan(30);
  });

  it('is accepted when Upvest serves it only after it has been refused', async () => {
    const headers = () => vendor.signed({ keyId: 'key-2' });
    vendor.addKey('key-2');
    const late = vendor.keys.get('key-2');
    vendor.keys.delete('key-2');
    expect((await vendor.send(headers())).status).toBe(401);
    if (late !== undefined) vendor.keys.set('key-2', late);
    await eventually(async () => expect((await vendor.send(headers())).status).toBe(200));
  });
});
