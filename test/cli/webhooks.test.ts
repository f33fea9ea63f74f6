import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { runCommand, upstreamSettings } from '../helpers/command.ts';
import { eventually } from '../helpers/eventually.ts';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ seed: [] });
});
afterEach(() => world.stop());

async function webhooks(args: readonly string[], settings: Record<string, string> = {}) {
  const command = commands.find(({ name }) => name === 'webhooks');
  if (command === undefined) throw new Error('no such command');
  const { code, stdout, stderr } = await runCommand(command.run, args, {
    ...upstreamSettings(world),
    DATA_DIR: '/nowhere',
    PUBLIC_URL: world.url,
    ...settings,
  });
  return { code, stdout, stderr };
}
const address = (): string => `${world.url}/webhooks/upvest`;
const registered = () => world.upvest.webhooks.list();

describe('webhooks status', () => {
  it('says that none is there, and how to mend it', async () => {
    const { code, stdout } = await webhooks(['status']);
    expect([code, stdout]).toEqual([1, expect.stringContaining('no webhook calls')]);
    expect(stdout).toContain('invest-gateway webhooks register');
  });

  it('shows address, types, whether it is enabled, and the keys', async () => {
    world.upvest.webhooks.register(address());
    world.upvest.webhooks.register('https://other.example/hook', ['ORDER']);
    const first = await webhooks(['status']);
    expect(first.code).toBe(0);
    const [mine, other] = registered();
    expect(first.stdout).toContain(`webhook ${mine?.id}\n  calls    ${address()}\n  enabled  yes\n  types    ALL\n`);
    expect(first.stdout).toContain(`webhook ${other?.id}, not of this gateway\n`);
    const keyId = world.upvest.webhooks.rotateKey();
    const { stdout } = await webhooks(['status', '--json']);
    const { keys } = JSON.parse(stdout);
    expect(keys).toHaveLength(2);
    expect(keys).toContainEqual({ id: keyId, curve: 'secp521r1' });
    expect(stdout).not.toContain('title');
  });

  it('says which types are missing', async () => {
    world.upvest.webhooks.register(address(), ['ORDER']);
    const { code, stdout } = await webhooks(['status']);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^ {2}missing .*WITHDRAWAL/m)]);
  });
});

describe('webhooks register', () => {
  it('has Upvest call the gateway, whose keys it finds after they have changed', async () => {
    const { code, stdout } = await webhooks(['register']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('created and enabled')]);
    const taken = () => world.upvest.webhooks.deliveries().filter(({ status }) => status === 200).length;
    await eventually(() => expect(taken()).toBe(1));
    world.upvest.webhooks.rotateKey({ dropOld: true });
    expect((await webhooks(['register'])).code).toBe(0);
    await eventually(() => expect(taken()).toBe(2));
    expect(registered()).toHaveLength(1);
  });
});

describe('webhooks rotate', () => {
  it('puts a tested webhook in the place of the old ones, and leaves those of others', async () => {
    await webhooks(['register'], { PUBLIC_URL: 'https://old.example' });
    world.upvest.webhooks.register(address());
    world.upvest.webhooks.register('https://other.example/hook');
    const before = registered().map(({ id }) => id);
    const { code, stdout } = await webhooks(['rotate']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok .*old webhook: deleted/m)]);
    expect(registered().map(({ url, enabled }) => [url, enabled])).toEqual([
      ['https://other.example/hook', true],
      [address(), true],
    ]);
    expect(
      registered()
        .map(({ id }) => id)
        .filter((id) => before.includes(id)),
    ).toHaveLength(1);
  });

  it('keeps the old one where Upvest does not take the new address', async () => {
    world.upvest.webhooks.register(address());
    const { code, stdout } = await webhooks(['rotate'], { PUBLIC_URL: 'https://192.0.2.1' });
    expect([code, stdout]).toEqual([1, expect.stringContaining('webhook-refused')]);
    expect(registered().map(({ url }) => url)).toEqual([address()]);
  });
});

it.each([[[]], [['remove']], [['status', 'more']], [['rotate', '--json']]])(
  'the arguments %j are refused',
  async (args) => {
    expect(await webhooks(args)).toMatchObject({ code: 2, stdout: '' });
  },
);

it('says which setting is missing', async () => {
  expect(await webhooks(['status'], { PUBLIC_URL: '' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('PUBLIC_URL'),
  });
});
