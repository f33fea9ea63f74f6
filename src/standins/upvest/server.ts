import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { brokerInstruments } from '../seed/instruments.ts';
import type { UpvestSeed } from '../seed/seed-data.ts';
import { createAdmin } from '../server/admin.ts';
import { type CallLog, CallRecorder } from '../server/calls.ts';
import type { Answer } from '../server/exchange.ts';
import { FaultRules, type Faults } from '../server/faults.ts';
import { startHttpServer } from '../server/http-server.ts';
import { createIdempotentAnswers } from '../server/idempotency.ts';
import { createSchedule, type Schedule } from '../server/schedule.ts';
import { type Calendar, type Clock, createCalendar, systemClock } from '../values/clock.ts';
import { createTokenAuth } from './auth.ts';
import type { UpvestContext } from './context.ts';
import { controlRoutes, createControls, type UpvestControls } from './controls.ts';
import { errorAnswer, problem } from './errors.ts';
import { createHandler, withRequestId } from './handler.ts';
import { DEFAULT_UPVEST_SETTINGS, type UpvestSettings } from './settings.ts';
import { RequestVerifier } from './signature.ts';
import { UpvestStore } from './store.ts';
import { createWebhookKeys } from './webhook-keys.ts';
import { newWebhook } from './webhook-operations.ts';
import { WebhookDispatcher } from './webhooks.ts';

/** A public key that requests may be signed with: P-521 or Ed25519, SPKI PEM. */
export interface ClientKey {
  readonly keyId: string;
  readonly publicKeyPem: string;
}

export interface UpvestCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly keyId: string;
  /** P-521, PKCS #8, made when the stand-in started. */
  readonly privateKeyPem: string;
}

export interface UpvestStandinOptions {
  readonly host?: '127.0.0.1';
  /** Default 0: the system picks a free one. */
  readonly port?: number;
  readonly seed?: Partial<UpvestSeed>;
  /** Made up when left out. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Further public keys, for clients that keep their own private key. */
  readonly clientKeys?: readonly ClientKey[];
  /** An enabled webhook for all events, there from the start. */
  readonly webhookUrl?: string;
  readonly settings?: Partial<UpvestSettings>;
  readonly clock?: Clock;
}

export interface UpvestStandin extends UpvestControls {
  /** Without a slash at the end. */
  readonly url: string;
  readonly credentials: UpvestCredentials;
  /** Can be changed at any time. */
  readonly settings: UpvestSettings;
  readonly calls: CallLog;
  readonly faults: Faults;
  readonly schedule: Pick<Schedule, 'advance' | 'advanceAll' | 'pending'>;
  stop(): Promise<void>;
}

/** Starts a server that behaves as Upvest's Investment API is documented, with a state of its own. */
export async function startUpvestStandin(options: UpvestStandinOptions = {}): Promise<UpvestStandin> {
  const settings: UpvestSettings = { ...DEFAULT_UPVEST_SETTINGS, ...options.settings };
  const clock = options.clock ?? systemClock;
  const { credentials, keys } = clientIdentity(options);
  const webhookKeys = createWebhookKeys();
  const calendar = createCalendar(clock);
  const dispatcher = new WebhookDispatcher(settings, { clock, calendar: calendar.now }, webhookKeys);
  const context = createContext(settings, { clock, calendar }, dispatcher, options.seed ?? {});
  const auth = createTokenAuth(credentials, settings, clock);
  const verifier = new RequestVerifier({ settings, keyOf: (keyId) => keys.get(keyId), now: clock });
  const calls = new CallRecorder();
  const faults = new FaultRules();
  const controls = createControls(context, { dispatcher, keys: webhookKeys, auth, clock, calendar });
  if (options.webhookUrl !== undefined)
    dispatcher.webhooks.put(newWebhook(calendar.now, options.webhookUrl, { title: 'Gateway', enabled: true }));
  const server = await startHttpServer({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    calls,
    faults,
    latencyMs: () => settings.latencyMs,
    handle: createHandler({ context, credentials, auth, verifier, dispatcher, webhookKeys }),
    admin: createAdmin({
      name: 'Upvest stand-in',
      calls,
      faults,
      schedule: context.schedule,
      settings,
      routes: controlRoutes(controls, () => ({ ...credentials })),
    }),
    errorAnswer: (status) => withRequestId(errorAnswer(status)),
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
      dispatcher.stop();
      await server.stop();
    },
  };
}

function clientIdentity(options: UpvestStandinOptions): {
  readonly credentials: UpvestCredentials;
  readonly keys: ReadonlyMap<string, KeyObject>;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp521r1' });
  const keyId = randomUUID();
  const given = (options.clientKeys ?? []).map((key) => [key.keyId, createPublicKey(key.publicKeyPem)] as const);
  return {
    credentials: {
      clientId: options.clientId ?? randomUUID(),
      clientSecret: options.clientSecret ?? randomBytes(24).toString('base64url'),
      keyId,
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    keys: new Map([[keyId, publicKey], ...given]),
  };
}

function createContext(
  settings: UpvestSettings,
  { clock, calendar }: { readonly clock: Clock; readonly calendar: Calendar },
  dispatcher: WebhookDispatcher,
  seed: Partial<UpvestSeed>,
): UpvestContext {
  const store = new UpvestStore();
  store.add({ instruments: brokerInstruments() });
  store.add(seed);
  const conflictAnswer = (): Answer => problem(409, 'The idempotency key was used with another request');
  return {
    store,
    settings,
    clock: calendar.now,
    schedule: createSchedule(() => settings.settleDelayMs),
    idempotent: createIdempotentAnswers({
      clock,
      windowMs: () => settings.idempotencyWindowMs,
      conflict: () => settings.idempotencyConflict,
      conflictAnswer,
    }),
    emit: (type, object) => {
      dispatcher.emit(type, object);
    },
  };
}
