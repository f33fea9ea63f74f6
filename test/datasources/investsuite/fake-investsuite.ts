import {
  createInvestSuite,
  type InvestSuite,
  type InvestSuiteOptions,
} from '../../../src/datasources/investsuite/index.ts';
import type { TransactionId, UserId } from '../../../src/domain/ids.ts';
import { type PortfolioId, parsePortfolioId, parseTransactionId, parseUserId } from '../../../src/domain/ids.ts';
import {
  type FakeAnswer,
  type Handler,
  type Misbehave,
  type ReceivedCall,
  startFakeUpstream,
} from '../fake-upstream.ts';

export const KEY = 'the-access-key';
export const SECRET = 'the-secret-access-key';
export const TOKEN = 'the-access-token';

/** An id with this number in it. */
export const portfolioId = (number: number): PortfolioId => made(parsePortfolioId(idText('P', number)));
export const transactionId = (number: number): TransactionId => made(parseTransactionId(idText('T', number)));
export const userId = (number: number): UserId => made(parseUserId(idText('U', number)));

const idText = (letter: string, number: number): string => letter + String(number).padStart(26, '0');

function made<T>(id: T | undefined): T {
  if (id === undefined) throw new Error('not an id');
  return id;
}

/** The least that is a portfolio, and what a test wants different. */
export const wirePortfolio = (number: number, more: Readonly<Record<string, unknown>> = {}) => ({
  id: portfolioId(number),
  owned_by_user_id: userId(number),
  base_currency: 'EUR',
  version: 1,
  deleted: false,
  ...more,
});

export const wireUser = (number: number, more: Readonly<Record<string, unknown>> = {}) => ({
  id: userId(number),
  first_name: `First ${number}`,
  deleted: false,
  ...more,
});

export const wireTransaction = (number: number, more: Readonly<Record<string, unknown>> = {}) => ({
  id: transactionId(number),
  external_id: `external-${number}`,
  movements: [
    {
      type: 'CASH_DEPOSIT',
      status: 'SETTLED',
      datetime: '2021-10-06T00:00:00+00:00',
      instrument_id: '$EUR',
      quantity: 500.5,
    },
  ],
  version: 1,
  deleted: false,
  ...more,
});

/** The envelope of a list. */
export const page = (results: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): FakeAnswer => ({
  body: { next: null, count: String(results.length), offset: '0', results, _embedded: {}, ...more },
});

export const notFound: FakeAnswer = {
  status: 404,
  body: {
    title: 'Resource not found',
    detail: "Entity 'x' (version=0) not found for tenant 'example.com'",
    status: 404,
  },
};

const unauthorized: FakeAnswer = {
  status: 401,
  body: { title: 'Unauthorized', description: 'JWT invalid', request_id: '8d3cc569-00e1-9cdf-96b3-ed394f402fd3' },
};

function login({ body }: ReceivedCall): FakeAnswer {
  const keys: unknown = JSON.parse(body);
  if (JSON.stringify(keys) !== JSON.stringify({ access_key_id: KEY, secret_access_key: SECRET })) return unauthorized;
  return { body: { access_token: TOKEN, token_type: 'Bearer', expires_in: '300', refresh_token: 'refresh-1' } };
}

export const badRequest = (at: string): FakeAnswer => ({
  status: 400,
  body: {
    title: 'Bad request',
    detail: [{ loc: ['query', at], msg: 'not understood', type: 'value_error' }],
    status: 400,
  },
});

/** The ids that a batch asks for; undefined where the call is no batch. */
export function idsAskedFor({ query }: ReceivedCall): readonly string[] | undefined {
  const list = /^id in \[(.*)\]$/.exec(query.get('query') ?? '')?.[1];
  return list?.split(', ').map((item) => item.slice(1, -1));
}

export interface FakeInvestSuite {
  readonly investSuite: InvestSuite;
  /** Calls but for those of the login. */
  calls(): readonly ReceivedCall[];
  logins(): readonly ReceivedCall[];
  readonly mostAtOnce: () => number;
  readonly url: string;
  handle(handler: Handler): void;
  stop(): Promise<void>;
}

/** The datasource over a fake InvestSuite that lets it in, and nobody else; what it answers besides is the test's. */
export async function startFakeInvestSuite(
  handler: Handler = () => notFound,
  options: Partial<InvestSuiteOptions> = {},
): Promise<FakeInvestSuite> {
  let current = handler;
  const upstream = await startFakeUpstream((call): FakeAnswer | Misbehave | Promise<FakeAnswer | Misbehave> => {
    if (call.path === '/auth/login/') return login(call);
    return call.headers.authorization === `Bearer ${TOKEN}` ? current(call) : unauthorized;
  });
  const investSuite = createInvestSuite({
    baseUrl: upstream.url,
    accessKeyId: KEY,
    secretAccessKey: SECRET,
    ...options,
  });
  return {
    investSuite,
    url: upstream.url,
    calls: () => upstream.calls.filter(({ path }) => !path.startsWith('/auth/')),
    logins: () => upstream.calls.filter(({ path }) => path.startsWith('/auth/')),
    mostAtOnce: upstream.mostAtOnce,
    handle: (next) => {
      current = next;
    },
    stop: async () => {
      await investSuite.close();
      await upstream.stop();
    },
  };
}
