import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isLoopbackAddress } from './callers/loopback.ts';
import { decodeUtf8 } from './domain/utf8.ts';

/** Parses a setting's text. `problem` gets a message that follows the setting's name. */
export type Kind<T> = (text: string, problem: (what: string) => void) => T | undefined;

export const text: Kind<string> = (given) => given;

/** It goes into a header of each call, and between quotes. */
export const headerText: Kind<string> = (given, problem) => {
  if (!/^[!#-[\]-~]+$/.test(given)) {
    problem('must be of printable characters, without spaces, quotes and backslashes');
  }
  return given;
};

/** A media type without parameters, or only its second half. */
export const mediaType: Kind<string> = (given, problem) => {
  if (!/^([\w!#$&^.+-]+\/)?[\w!#$&^.+-]+$/.test(given)) {
    problem(`must be a media type such as at+jwt; got ${JSON.stringify(given)}`);
  }
  return given;
};

export function choice<const T extends string>(...values: readonly T[]): Kind<T> {
  return (given, problem) => {
    const value = values.find((candidate) => candidate === given);
    if (value === undefined) problem(`must be one of ${values.join(', ')}; got ${JSON.stringify(given)}`);
    return value;
  };
}

const ON_OFF = choice('on', 'off');
export const onOff: Kind<boolean> = (given, problem) => {
  const value = ON_OFF(given, problem);
  return value && value === 'on';
};

export function integer(min: number, max: number): Kind<number> {
  return (given, problem) => {
    const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
    if (value >= min && value <= max) return value;
    problem(`must be a whole number from ${min} to ${max}; got ${JSON.stringify(given)}`);
    return undefined;
  };
}

/** 0 to 100, with at most two decimals: 2.5. */
export const percent: Kind<number> = (given, problem) => {
  const value = /^\d{1,3}(\.\d{1,2})?$/.test(given) ? Number(given) : Number.NaN;
  if (value <= 100) return value;
  problem(`must be from 0 to 100, with at most two decimals; got ${JSON.stringify(given)}`);
  return undefined;
};

/** A list separated by commas. */
export function list(expected: string, isValid: (item: string) => boolean): Kind<readonly string[]> {
  return (given, problem) => {
    const items = given.split(',').map((item) => item.trim());
    for (const item of items.filter((each) => each !== '' && !isValid(each))) {
      problem(`must be ${expected}; got ${JSON.stringify(item)}`);
    }
    return items.filter((item) => item !== '');
  };
}

const httpUrl = z.url({ protocol: /^https?$/ });
const isWebAddress = (given: string): boolean => httpUrl.safeParse(given).success;

export const isOrigin = (given: string): boolean => isWebAddress(given) && new URL(given).origin === given;
export const isHeaderName = (given: string): boolean => /^[a-z][\w-]*$/i.test(given);
export const isBroker = (given: string): boolean => /^[^\s:]+:\d{1,5}$/.test(given);

/** `httpsOnly`: but for addresses that never leave the machine. `query`: it may have one. Without slashes at its end. */
export function url({ httpsOnly = false, query = false } = {}): Kind<string> {
  return (given, problem) => {
    if (!isWebAddress(given)) {
      problem('must be an http:// or https:// address');
      return undefined;
    }
    const { username, password, search, hash, protocol, hostname } = new URL(given);
    if (username !== '' || password !== '') problem('must not carry a user name or password');
    if (!query && (search !== '' || hash !== '')) problem('must not carry a query or a fragment');
    const isLocal = isLoopbackAddress(hostname.replace(/^\[|\]$/g, ''));
    if (httpsOnly && protocol !== 'https:' && !isLocal) problem('must be https:// in production');
    return given.replace(/\/+$/, '');
  };
}

/** The text of the file that is named; `check` throws or says what is wrong with it. */
export function file(check: (content: string) => string | undefined = () => undefined): Kind<string> {
  return (path, problem) => {
    try {
      const content = decodeUtf8(readFileSync(path));
      const wrong = content === undefined ? 'names a file that is not UTF-8' : check(content);
      if (wrong !== undefined) problem(wrong);
      return content;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      problem(`names a file that can't be read (${code})`);
      return undefined;
    }
  };
}

/** A folder with a page; `off`, or an empty text, for none. */
export const page: Kind<{ readonly folder: string | undefined }> = (given, problem) => {
  if (given === 'off') return { folder: undefined };
  if (!existsSync(join(given, 'index.html'))) problem('must be off or a folder with an index.html');
  return { folder: given };
};

/** A PEM in one line of an env file has its line ends written as \n. */
export const pem: Kind<string> = (given) => given.replaceAll('\\n', '\n');

export const postgresUrl: Kind<string> = (given, problem) => {
  if (!/^postgres(ql)?:\/\//.test(given)) problem('must start with postgres://');
  return given;
};
