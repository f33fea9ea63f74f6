import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { sseClient } from './clients.ts';
import { webhookEvent } from './following.ts';

describe('the end of the notifications', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ standins: { portfolios: 1 } });
  });
  afterAll(() => world.stop());

  const end = async (): Promise<string> => {
    const { data } = await world.ask('{ notificationsEnd }');
    return (data as { notificationsEnd: string }).notificationsEnd;
  };
  const listed = async (after: string): Promise<string[]> => {
    const query =
      'query ($after: ID) { notifications(first: 100, after: $after) { edges { node { id __typename } } } }';
    const { data } = await world.ask(query, { after });
    const { edges } = (data as { notifications: { edges: { node: { id: string; __typename: string } }[] } })
      .notifications;
    expect(edges.map(({ node }) => node['__typename'])).not.toContain('GapNotification');
    return edges.map(({ node }) => node.id);
  };
  const tell = async (n: number): Promise<void> => {
    const url = `${world.url}/webhooks/upvest`;
    expect((await world.upvest.webhooks.emit({ url, events: [webhookEvent(n)] })).status).toBe(200);
  };

  it('is a cursor from which nothing is missed, also where the log is empty', async () => {
    const empty = await end();
    await tell(1);
    const [first = ''] = await eventually(async () => {
      const ids = await listed(empty);
      expect(ids).toHaveLength(1);
      return ids;
    });
    expect(await end()).toBe(first);
    await tell(2);
    await eventually(async () => expect(await listed(first)).toHaveLength(1));
    // A subscriber that begins behind what happened before it came.
    const client = await sseClient(world.url, 'subscription ($after: ID) { notifications(after: $after) { id } }', {
      variables: { after: empty },
    });
    await eventually(() => expect(client.events.map(({ id }) => id)).toHaveLength(2));
    client.close();
  });
});
