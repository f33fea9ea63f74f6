import { randomBytes } from 'node:crypto';
import type { InvestSuiteSeed } from '../seed/seed-data.ts';
import { createAdmin, plain } from '../server/admin.ts';
import { type CallLog, CallRecorder } from '../server/calls.ts';
import type { Answer, Exchange } from '../server/exchange.ts';
import { FaultRules, type Faults } from '../server/faults.ts';
import { startHttpServer } from '../server/http-server.ts';
import { createIdempotentAnswers } from '../server/idempotency.ts';
import { createRouter } from '../server/router.ts';
import { createSchedule, type Schedule } from '../server/schedule.ts';
import { type Calendar, type Clock, createCalendar, systemClock } from '../values/clock.ts';
import { createAuth, type InvestSuiteCredentials } from './auth.ts';
import type { InvestSuiteContext } from './context.ts';
import { controlRoutes, createControls, type InvestSuiteControls } from './controls.ts';
import { conflict, errorAnswer, noSuchPath } from './errors.ts';
import { eventRoutes } from './events.ts';
import { optimizationRoutes } from './optimizations.ts';
import { portfolioRoutes } from './portfolios.ts';
import { sandboxRoutes } from './sandbox-routes.ts';
import { DEFAULT_INVESTSUITE_SETTINGS, type InvestSuiteSettings } from './settings.ts';
import { InvestSuiteStore } from './store.ts';
import { transactionRoutes } from './transactions.ts';
import { userRoutes } from './users.ts';

export interface InvestSuiteStandinOptions {
  readonly host?: '127.0.0.1';
  /** Default 0: the system picks a free one. */
  readonly port?: number;
  readonly seed?: Partial<InvestSuiteSeed>;
  /** Made up when left out. */
  readonly credentials?: InvestSuiteCredentials;
  readonly settings?: Partial<InvestSuiteSettings>;
  readonly clock?: Clock;
}

export interface InvestSuiteStandin extends InvestSuiteControls {
  /** Without a slash at the end. */
  readonly url: string;
  readonly credentials: InvestSuiteCredentials;
  /** Can be changed at any time. */
  readonly settings: InvestSuiteSettings;
  readonly calls: CallLog;
  readonly faults: Faults;
  readonly schedule: Pick<Schedule, 'advance' | 'advanceAll' | 'pending'>;
  stop(): Promise<void>;
}

const URL_TOO_LONG: Answer = { status: 414, body: { title: 'URI too long', status: 414 } };

/** Starts a server that behaves as InvestSuite's Integration API is documented, with a state of its own. */
export async function startInvestSuiteStandin(options: InvestSuiteStandinOptions = {}): Promise<InvestSuiteStandin> {
  const settings: InvestSuiteSettings = { ...DEFAULT_INVESTSUITE_SETTINGS, ...options.settings };
  const credentials = options.credentials ?? {
    accessKeyId: `standin-${randomBytes(6).toString('hex')}`,
    secretAccessKey: randomBytes(24).toString('base64url'),
  };
  const clock = options.clock ?? systemClock;
  const calendar = createCalendar(clock);
  const context = createContext(settings, { clock, calendar }, options.seed);
  const auth = createAuth(credentials, settings, clock);
  const calls = new CallRecorder();
  const faults = new FaultRules();
  const controls = createControls(context, auth);
  const router = createRouter([
    { method: 'POST', pattern: '/auth/login', slash: 'either', handler: (exchange) => auth.login(exchange) },
    { method: 'POST', pattern: '/auth/refresh-token', slash: 'either', handler: (exchange) => auth.refresh(exchange) },
    ...portfolioRoutes(context),
    ...userRoutes(context),
    ...transactionRoutes(context),
    ...optimizationRoutes(context),
    ...eventRoutes(context),
  ]);
  const handle = (exchange: Exchange): Answer | Promise<Answer> => {
    if (exchange.path.length + exchange.search.length > settings.maxUrlLength) return URL_TOO_LONG;
    if (!exchange.path.startsWith('/auth/')) auth.authorize(exchange);
    const found = router.find(exchange.method, exchange.path);
    if (found.kind === 'route') return found.route.handler(exchange, found.parameters);
    if (found.kind === 'no-such-path') return noSuchPath(exchange.path);
    return { ...errorAnswer(405), headers: { allow: found.allowed.join(', ') } };
  };
  const server = await startHttpServer({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    calls,
    faults,
    latencyMs: () => settings.latencyMs,
    handle,
    admin: createAdmin({
      name: 'InvestSuite stand-in',
      calls,
      faults,
      schedule: context.schedule,
      settings,
      routes: [
        ...controlRoutes(context, controls, () => plain({ credentials })),
        ...sandboxRoutes(context, controls, calendar),
      ],
    }),
    errorAnswer,
  });
  return {
    ...controls,
    url: server.url,
    credentials,
    settings,
    calls,
    faults,
    schedule: context.schedule,
    async stop() {
      context.schedule.stop();
      await server.stop();
    },
  };
}

function createContext(
  settings: InvestSuiteSettings,
  { clock, calendar }: { readonly clock: Clock; readonly calendar: Calendar },
  seed: Partial<InvestSuiteSeed> = {},
): InvestSuiteContext {
  const store = new InvestSuiteStore();
  store.add(seed);
  return {
    store,
    settings,
    clock: calendar.now,
    schedule: createSchedule(() => settings.settleDelayMs),
    idempotent: createIdempotentAnswers({
      clock,
      windowMs: () => settings.idempotencyWindowMs,
      conflict: () => settings.idempotencyConflict,
      conflictAnswer: () => conflict('Idempotency-Key was used with another body').answer,
    }),
    busListeners: new Set(),
  };
}
