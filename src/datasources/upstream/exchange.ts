import type { Dispatcher } from 'undici';

export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/** A whole answer, before it is looked at. */
export interface Received {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array;
}

/**
 * One request and its whole answer. By `dispatch` and not by undici's `request`, which makes a stream of each body and a signal's
 * listener of each call: together a fifth of what a call costs. All bodies are read whole here.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly received: Promise<Received>;
  #resolve: (received: Received) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: Error | undefined;
  #status = 0;
  #headers: AnswerHeaders = {};
  readonly #chunks: Uint8Array[] = [];
  readonly #onHeaders: (status: number, headers: AnswerHeaders) => void;

  /** `onHeaders` is called when the body is still to come. */
  constructor(
    dispatcher: Dispatcher,
    options: Dispatcher.DispatchOptions,
    onHeaders: (status: number, headers: AnswerHeaders) => void,
  ) {
    this.#onHeaders = onHeaders;
    this.received = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    dispatcher.dispatch(options, this);
  }

  /** Reason of the abort; undefined without one. */
  get aborted(): Error | undefined {
    return this.#aborted;
  }

  /** Ends it at once, if it has not ended: `received` rejects. What waits for a connection is not sent when there is one. */
  abort(reason: Error): void {
    this.#aborted ??= reason;
    this.#controller?.abort(this.#aborted);
    this.#reject(this.#aborted);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted !== undefined) controller.abort(this.#aborted);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
  ): void {
    // Early hints and the like: the answer comes behind them.
    if (status < 200) return;
    this.#status = status;
    this.#headers = flatten(headers);
    this.#onHeaders(status, this.#headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first, ...others] = this.#chunks;
    const body = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}

function flatten(headers: Dispatcher.ResponseData['headers']): AnswerHeaders {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  return flat;
}
