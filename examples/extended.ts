// A bank's own gateway: fields of its own, its own way from a portfolio to the broker, its own kinds of fees, its own sessions, log and tracer.
import { createServer } from 'node:http';
import { trace } from '@opentelemetry/api';
import {
  type Authenticate,
  type BrokerLink,
  createGateway,
  type Extend,
  type LedgerMapping,
  optionsFrom,
  type Portfolio,
  parseAccountGroupId,
  parseUserId,
  portfolioById,
  UnauthenticatedError,
} from 'invest-gateway';
import { pino } from 'pino';

/** Adds a type, a field of a type that is there, and a query. */
const extend: Extend = (builder, types) => {
  const advisor = builder.objectRef<{ readonly name: string }>('Advisor').implement({
    description: 'Whom the customer may call.',
    fields: (t) => ({ name: t.exposeString('name', { nullable: false }) }),
  });
  builder.objectField(types.portfolio, 'advisor', (t) =>
    t.field({ type: advisor, resolve: (portfolio) => ({ name: `Advisor of ${portfolio.name ?? portfolio.id}` }) }),
  );
  builder.queryField('favourite', (t) =>
    t.field({
      type: types.portfolio,
      args: { id: t.arg.id({ required: true }) },
      // Finds what this viewer may see, and vouches for it; an object from elsewhere would be refused.
      resolve: (_root, { id }, context) => portfolioById(context, id),
    }),
  );
};

/** This bank writes the broker's account group into the external id. */
function link(portfolio: Portfolio): BrokerLink | null {
  const accountGroupId = parseAccountGroupId(portfolio.externalId ?? '');
  return accountGroupId === undefined ? null : { accountGroupId, brokerageUserId: null };
}

/** Sessions instead of tokens: here simply the user's id in the place of one. */
const authenticate: Authenticate = ({ headers }) => {
  const userId = parseUserId(headers.get('authorization')?.replace('Session ', '') ?? '');
  if (userId === undefined) throw new UnauthenticatedError('Please log in.');
  return { subject: userId, issuer: 'https://bank.example', userId, scopes: new Set(['portfolios:read']) };
};

/** Fees that the broker collects for this bank are its management fees. Undefined: by the gateway's own table. */
const ledger: LedgerMapping = ({ type, amount: quantity, currency }) => {
  if (type !== 'FEE_COLLECTION' || currency === null) return undefined;
  const fee = { type: 'MANAGEMENT_FEE', instrumentId: `$${currency}`, quantity } as const;
  return {
    kind: 'transaction',
    movements: [{ ...fee, tradeType: null, description: null, referenceInstrumentId: null }],
  };
};

const gateway = await createGateway({
  ...optionsFrom(process.env),
  extend,
  link,
  ledger,
  auth: authenticate,
  logger: pino({ name: 'bank' }),
  tracer: trace.getTracer('bank'),
});
const server = createServer((request, response) => {
  gateway.handler(request, response, () => response.end('hello from a bank'));
});
server.listen(Number(process.env['PORT'] ?? 4000), '127.0.0.1');

process.once('SIGTERM', async () => {
  await gateway.drain();
  server.close(() => void gateway.stop());
});
