import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isLoopbackAddress } from './callers/loopback.ts';
import { decodeUtf8 } from './domain/utf8.ts';
import type { SettingName } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An address that never leaves the machine; plain HTTP is fine there. */
const isLoopback = (url: URL): boolean => isLoopbackAddress(url.hostname.replace(/^\[|\]$/g, ''));

const httpUrl = z.url({ protocol: /^https?$/ });

export const isWebAddress = (text: string): boolean => httpUrl.safeParse(text).success;

/** Reads one variable at a time and collects what is wrong, so that a person sees everything at once. */
export class SettingsReader {
  readonly problems: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  problem(name: SettingName, what: string): void {
    this.problems.push(`${name} ${what}`);
  }

  text(name: SettingName): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  /** What is separated by commas. */
  list(name: SettingName, isValid: (item: string) => boolean, expected: string): readonly string[] {
    const items = (this.text(name) ?? '').split(',').map((item) => item.trim());
    const given = items.filter((item) => item !== '');
    for (const item of given) {
      if (!isValid(item)) this.problem(name, `must be ${expected}; got ${JSON.stringify(item)}`);
    }
    return given;
  }

  require(name: SettingName, why: string): void {
    if (this.text(name) === undefined) this.problem(name, why);
  }

  /** It goes into a header of each call, and between quotes. */
  requireHeaderText(name: SettingName): void {
    const text = this.text(name);
    if (text !== undefined && !/^[!#-[\]-~]+$/.test(text)) {
      this.problem(name, 'must be of printable characters, without spaces, quotes and backslashes');
    }
  }

  /** A media type without parameters, or only its second half. */
  mediaType(name: SettingName): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !/^([\w!#$&^.+-]+\/)?[\w!#$&^.+-]+$/.test(text)) {
      this.problem(name, `must be a media type such as at+jwt; got ${JSON.stringify(text)}`);
    }
    return text;
  }

  choice<const T extends string>(name: SettingName, values: readonly T[], otherwise: T): T {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = values.find((candidate) => candidate === text);
    if (value !== undefined) return value;
    this.problem(
      name,
      `must be one of ${values.filter((each) => each !== '').join(', ')}; got ${JSON.stringify(text)}`,
    );
    return otherwise;
  }

  integer(name: SettingName, { min, max, otherwise }: { min: number; max: number; otherwise: number }): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.problem(name, `must be a whole number from ${min} to ${max}; got ${JSON.stringify(text)}`);
    return otherwise;
  }

  url(name: SettingName, { httpsOnly }: { httpsOnly: boolean }): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!isWebAddress(text)) {
      this.problem(name, 'must be an http:// or https:// address');
      return undefined;
    }
    const url = new URL(text);
    if (url.username !== '' || url.password !== '') this.problem(name, 'must not carry a user name or password');
    if (name !== 'AUTH_JWKS_URL' && (url.search !== '' || url.hash !== '')) {
      this.problem(name, 'must not carry a query or a fragment');
    }
    if (httpsOnly && url.protocol !== 'https:' && !isLoopback(url))
      this.problem(name, 'must be https:// in production');
    return text.replace(/\/+$/, '');
  }

  file(name: SettingName): string | undefined {
    const path = this.text(name);
    if (path === undefined) return undefined;
    try {
      const text = decodeUtf8(readFileSync(path));
      if (text === undefined) this.problem(name, 'names a file that is not UTF-8');
      return text;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      this.problem(name, `names a file that can't be read (${code})`);
      return undefined;
    }
  }
}
