import { type Runtime, systemRuntime } from '../../domain/runtime.ts';
import { decodeUtf8 } from '../../domain/utf8.ts';
import { type ExactJson, parseForeignJson, type Writable } from './exact-json.ts';
import { retryAfterMs } from './rate-limit-pause.ts';
import { parseWritableJson } from './writable-json.ts';

/** An answer of any status. */
export class WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly #body: Uint8Array;
  readonly #runtime: Pick<Runtime, 'now'>;

  constructor(
    status: number,
    headers: Readonly<Record<string, string | undefined>>,
    body: Uint8Array,
    runtime: Pick<Runtime, 'now'> = systemRuntime,
  ) {
    this.#runtime = runtime;
    this.status = status;
    this.headers = headers;
    this.#body = body;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /**
   * The body with every number as its text. Throws a SyntaxError where it is not JSON in UTF-8, but for Python's
   * `NaN`: a text with replaced characters could be written back, as the description of a movement.
   */
  json(): ExactJson {
    return parseForeignJson(this.#text());
  }

  /** The body as a value to be written back as it was read. Throws as {@link json}. */
  writableJson(): Writable {
    return parseWritableJson(this.#text());
  }

  #text(): string {
    const text = decodeUtf8(this.#body);
    if (text === undefined) throw new SyntaxError('the body is not UTF-8');
    return text;
  }

  /** `Retry-After` in milliseconds, capped; see {@link retryAfterMs}. */
  get retryAfterMs(): number | undefined {
    return retryAfterMs(this.headers, this.#runtime);
  }
}
