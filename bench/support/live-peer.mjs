// The peer: the same subscription field on graphql-ws with the pub/sub of Yoga, as their documentation puts them together.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

// All from the project's own packages: bench/ may have a graphql of its own, and two of them do not know each other.
const require = createRequire(new URL('../../package.json', import.meta.url));
const { buildSchema } = require('graphql');
const { useServer } = require('graphql-ws/use/ws');
const { createPubSub } = require('graphql-yoga');
const { WebSocketServer } = require('ws');

const pubSub = createPubSub();
const schema = buildSchema(`
  type Query { viewer: ID }
  type Subscription { notifications(portfolioId: ID): Notification! }
  interface Notification { id: ID! type: String! portfolioId: ID }
  type CashBalanceNotification implements Notification {
    id: ID! type: String! portfolioId: ID cashBalance: CashBalance!
  }
  type CashBalance { currency: String! balance: String! }
`);
const field = schema.getSubscriptionType().getFields().notifications;
field.subscribe = (_root, { portfolioId }) =>
  portfolioId === undefined ? pubSub.subscribe('all') : pubSub.subscribe('of', portfolioId);
field.resolve = (event) => event;
schema.getType('Notification').resolveType = () => 'CashBalanceNotification';

let events = 0;
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    for (const { portfolioId, balance } of JSON.parse(Buffer.concat(chunks).toString())) {
      events += 1;
      const cashBalance = { currency: 'EUR', balance };
      const event = { id: String(events), type: 'CASH_BALANCE.UPDATED', portfolioId, cashBalance };
      pubSub.publish('all', event);
      pubSub.publish('of', portfolioId, event);
    }
    response.end();
  });
});
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${server.address().port}\n`));
