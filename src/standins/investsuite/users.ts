import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { newInvestSuiteId } from '../values/ids.ts';
import { listOf, matching, nullable, object, oneOf, text } from '../values/shape.ts';
import { bodyOf } from './body.ts';
import { type InvestSuiteContext, newEnvelope, nextVersion } from './context.ts';
import type { User } from './entities.ts';
import { notMutable } from './errors.ts';
import { USER_FIELDS } from './fields.ts';
import { existing, item, list, type Resource } from './listing.ts';

const COUNTER_ACCOUNT = object(
  {
    bank_account_number: matching(/^[A-Z]{2}[A-Z0-9]{14,30}$/),
    bank_account_number_type: oneOf('ABA', 'IBAN'),
    bank_id: nullable(matching(/^([0-9]{9}|[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?)$/)),
    bank_id_type: nullable(oneOf('BIC', 'ABA')),
  },
  ['bank_account_number', 'bank_account_number_type'],
);

const UPDATABLE = {
  external_id: nullable(text(64)),
  first_name: nullable(text(128)),
  last_name: nullable(text(128)),
  language: text(16),
  counter_account: nullable(COUNTER_ACCOUNT),
  status: oneOf('WAITING_FOR_VERIFICATION', 'WAITING_FOR_SIGNATURE', 'ACTIVE', 'INACTIVE', 'VERIFICATION_FAILED'),
};

const USER = object({
  ...UPDATABLE,
  email: matching(/^[^@\s]+@[^@\s]+$/),
  phone: nullable(matching(/^\+[1-9][0-9]{7,15}$/)),
  feature_flags: listOf(oneOf('CONSOLE', 'ROBO_ADVISOR', 'SELF_INVESTOR')),
});

const WRITE_ONCE = ['email', 'phone', 'feature_flags'] as const;

export function userRoutes(context: InvestSuiteContext): readonly Route[] {
  const resource: Resource<User> = { collection: context.store.users, fields: USER_FIELDS, read: (user) => user };
  return [
    { method: 'GET', pattern: '/users', slash: 'either', handler: (exchange) => list(context, exchange, resource) },
    { method: 'POST', pattern: '/users', slash: 'either', handler: (exchange) => create(context, exchange) },
    {
      method: 'GET',
      pattern: '/users/:id',
      slash: 'either',
      handler: (exchange, { id = '' }) => item(context, exchange, resource, id),
    },
    {
      method: 'PATCH',
      pattern: '/users/:id',
      slash: 'either',
      handler: (exchange, { id = '' }) => patch(context, exchange, id),
    },
    { method: 'DELETE', pattern: '/users/:id', slash: 'either', handler: (_, { id = '' }) => remove(context, id) },
  ];
}

const userAnswer = (status: number, user: User): Answer => ({ status, body: { ...user, _embedded: {} } });

function create(context: InvestSuiteContext, exchange: Exchange): Answer {
  const given = bodyOf(exchange, USER);
  const user: User = {
    ...newEnvelope(context, newInvestSuiteId('U', context.clock()), null),
    readable_by: [],
    modifiable_by: [],
    first_name: null,
    last_name: null,
    email: null,
    phone: null,
    language: 'en-US',
    status: 'WAITING_FOR_VERIFICATION',
    counter_account: null,
    brokerage_user_id: null,
    idp_user_id: null,
    products: [],
    feature_flags: [],
    ...given,
  };
  return userAnswer(201, context.store.users.put(user));
}

function patch(context: InvestSuiteContext, exchange: Exchange, id: string): Answer {
  const before = existing(context, context.store.users, id);
  const body = bodyOf(exchange, USER);
  const refused = WRITE_ONCE.filter((field) => body[field] !== undefined);
  if (refused.length > 0) throw notMutable(refused);
  return userAnswer(200, context.store.users.put(nextVersion(context, before, body)));
}

function remove(context: InvestSuiteContext, id: string): Answer {
  const before = existing(context, context.store.users, id);
  return userAnswer(200, context.store.users.put(nextVersion(context, before, { deleted: true })));
}
