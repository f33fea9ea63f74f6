import { type ExactJson, parseExactJson } from './exact-json.ts';

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

  /** `Retry-After` in milliseconds: seconds or a date. */
  get retryAfterMs(): number | undefined {
    const value = this.headers['retry-after'];
    if (value === undefined) return undefined;
    if (/^\d+$/.test(value)) return Number(value) * 1000;
    const at = Date.parse(value);
    return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
  }
}
