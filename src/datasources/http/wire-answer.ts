import { type ExactJson, parseExactJson } from './exact-json.ts';
import { retryAfterMs } from './rate-limit-pause.ts';

/** An answer of any status. */
export class WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;

  constructor(status: number, headers: Readonly<Record<string, string | undefined>>, text: string) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The body with every number as its text. Throws a SyntaxError where it is not JSON. */
  json(): ExactJson {
    return parseExactJson(this.text);
  }

  /** `Retry-After` in milliseconds, capped; see {@link retryAfterMs}. */
  get retryAfterMs(): number | undefined {
    return retryAfterMs(this.headers);
  }
}
