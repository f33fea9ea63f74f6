import { Dispatcher } from 'undici';
import type { SimulatedProcess } from './process.ts';
import type { NetworkFault } from './scenario.ts';
import type { Answer, Call, Wire } from './wire.ts';

export interface Network {
  /** One way, in milliseconds. */
  readonly delayMs: () => number;
  readonly faultOf: (call: Call) => NetworkFault | undefined;
  /** Lets something happen at the upstream. */
  readonly later: (ms: number, work: () => void) => void;
  readonly tell: (who: string, what: string) => void;
}

/** Longer than an attempt may take. */
const NEVER_MS = 60_000;

/** undici's interface to a network in memory, of one process to one upstream. */
export class SimulatedDispatcher extends Dispatcher {
  readonly #process: SimulatedProcess;
  readonly #network: Network;
  readonly #upstream: { readonly name: string; answer(call: Call): Answer };

  constructor(
    process: SimulatedProcess,
    network: Network,
    upstream: { readonly name: string; answer(call: Call): Answer },
  ) {
    super();
    this.#process = process;
    this.#network = network;
    this.#upstream = upstream;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const exchange = new Exchange(handler);
    exchange.start();
    if (exchange.isOver) return true;
    const call = callOf(options);
    const fault = this.#network.faultOf(call);
    const { name } = this.#process;
    this.#network.tell(
      name,
      `${call.method} ${this.#upstream.name}${call.path}${fault === undefined ? '' : `  FAULT ${JSON.stringify(fault)}`}`,
    );
    this.#travel(call, fault, exchange);
    return true;
  }

  #travel(call: Call, fault: NetworkFault | undefined, exchange: Exchange): void {
    const there = this.#network.delayMs();
    const work = (): Answer => this.#upstream.answer(call);
    const fail = (code: string, ms: number): void => this.#back(ms, () => exchange.fail(codedError(code)));
    const arrive = (ms: number, happen: () => void): void => this.#network.later(there + ms, happen);
    switch (fault?.kind) {
      case 'not-sent':
        fail('ECONNREFUSED', there);
        break;
      case 'lost':
        arrive(0, () => {
          if (fault.done) work();
          fail('ECONNRESET', fault.silent ? NEVER_MS : this.#network.delayMs());
        });
        break;
      case 'late':
        fail('ECONNRESET', there);
        arrive(fault.ms, () => void work());
        break;
      case 'answered':
        arrive(0, () => {
          if (fault.done) work();
          const headers = fault.retryAfter === null ? {} : { 'retry-after': String(fault.retryAfter) };
          this.#answer(exchange, { status: fault.status, headers, body: { title: 'Fault', status: fault.status } });
        });
        break;
      case 'garbage':
        arrive(0, () => {
          const honest = fault.done ? work() : { status: 502 };
          this.#answer(exchange, { status: honest.status, bytes: garbage(fault.what, honest) });
        });
        break;
      default:
        // Only a proxy doubles requests, and it may only where a key makes that harmless.
        if (fault?.kind === 'doubled' && call.key !== '') arrive(fault.ms, () => void work());
        arrive(0, () => this.#answer(exchange, work(), fault?.kind === 'slow' ? fault.ms : 0));
    }
  }

  #answer(exchange: Exchange, answer: Answer, ms = 0): void {
    this.#back(this.#network.delayMs() + ms, () => exchange.answer(answer));
  }

  #back(ms: number, run: () => void): void {
    this.#process.comes(ms, run);
  }

  override async close(): Promise<void> {}
  override async destroy(): Promise<void> {}
}

function garbage(what: 'html' | 'latin1' | 'empty' | 'cut', answer: Answer): Buffer {
  if (what === 'html') return Buffer.from('<html><body>Service temporarily unavailable</body></html>');
  if (what === 'latin1') return Buffer.from('{"title":"Verarbeitung l\xe4uft","id":"\xe4"}', 'latin1');
  if (what === 'empty') return Buffer.alloc(0);
  const whole = JSON.stringify(answer.body ?? {});
  return Buffer.from(whole.slice(0, Math.max(1, whole.length >> 1)));
}

function codedError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function callOf({ method, path, headers, body }: Dispatcher.DispatchOptions): Call {
  const [pathname = '', query = ''] = path.split('?');
  const given = headers as Readonly<Record<string, string>>;
  const text = typeof body === 'string' ? body : '';
  const json: Wire = text.startsWith('{') ? JSON.parse(text) : {};
  return { method, path: pathname, query: decodeURIComponent(query), key: given['idempotency-key'] ?? '', body: json };
}

/** One request and its answer, with a controller as undici's handlers expect it. */
class Exchange {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #controller: Dispatcher.DispatchController;
  isOver = false;

  constructor(handler: Dispatcher.DispatchHandler) {
    this.#handler = handler;
    const abort = (reason: Error): void => this.fail(reason);
    this.#controller = {
      aborted: false,
      paused: false,
      reason: null,
      rawHeaders: null,
      rawTrailers: null,
      abort,
      pause: () => undefined,
      resume: () => undefined,
    };
  }

  start(): void {
    try {
      this.#handler.onRequestStart?.(this.#controller, {});
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  fail(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#handler.onResponseError?.(this.#controller, error);
  }

  answer({ status, body, bytes, headers }: Answer): void {
    if (this.isOver) return;
    this.isOver = true;
    const sent = { 'content-type': 'application/json', ...headers };
    this.#handler.onResponseStart?.(this.#controller, status, sent, '');
    const data = bytes ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
    if (data !== undefined && data.length > 0) this.#handler.onResponseData?.(this.#controller, data);
    this.#handler.onResponseEnd?.(this.#controller, {});
  }
}
