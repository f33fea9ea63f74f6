import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreUnavailableError } from '../errors.ts';

/** An error and its causes, outermost first. */
function* causesOf(error: unknown): Generator<Error, void, undefined> {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth += 1) yield each;
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

/**
 * One sentence about a problem of the embedded database: the file, the problem, and what to do. Passes on errors that
 * have such a sentence. @param path of `gateway.db`.
 */
export function embeddedTrouble(error: unknown, path: string): StoreUnavailableError {
  if (error instanceof StoreUnavailableError) return error;
  for (const each of causesOf(error)) {
    // libsql reports a file that it could not open by its error number alone.
    const code = /Unable to open connection.*: 14\b/.test(each.message) ? 'SQLITE_CANTOPEN' : codeOf(each);
    const sentence = ofSqlite(code, path);
    if (sentence !== undefined) return new StoreUnavailableError(sentence, { cause: error });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new StoreUnavailableError(`${path} can't be used: ${why}`, { cause: error });
}

function ofSqlite(code: string, path: string): string | undefined {
  const folder = dirname(path);
  if (code === 'SQLITE_NOTADB') return `${path} is not a database; put a back-up in its place, or set DATA_DIR`;
  if (code.startsWith('SQLITE_CORRUPT')) return `${path} is damaged; put a back-up in its place (docs/operations.md)`;
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT|EFBIG)/.test(code)) return `the disk of ${folder} is full; make room on it`;
  if (/^(SQLITE_BUSY|SQLITE_LOCKED)/.test(code)) return `${path} is locked by another program; end that one`;
  if (code === 'EEXIST' || code === 'ENOTDIR') return `${folder} is not a folder; set DATA_DIR to one`;
  if (/^(SQLITE_READONLY|SQLITE_PERM|SQLITE_AUTH|SQLITE_CANTOPEN|EACCES|EPERM|EROFS|EISDIR)/.test(code)) {
    return isFolder(path)
      ? `${path} is a folder where a file should be; move it away, or set DATA_DIR`
      : `${path} can't be read and written; let the gateway's user do so, with its folder ${folder} too, or set DATA_DIR`;
  }
  if (code.startsWith('SQLITE_IOERR')) return `${path} could not be read or written (${code}); look at its disk`;
  return undefined;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** As {@link embeddedTrouble}, of PostgreSQL. Of DATABASE_URL only host and port are shown. */
export function postgresTrouble(error: unknown, url: string): StoreUnavailableError {
  if (error instanceof StoreUnavailableError && error.cause === undefined) return error;
  for (const each of causesOf(error)) {
    const sentence = ofPostgres(codeOf(each), each.message, hostOf(url));
    if (sentence !== undefined) return new StoreUnavailableError(sentence, { cause: error });
  }
  const why = [...causesOf(error)].at(-1)?.message ?? String(error);
  return new StoreUnavailableError(`PostgreSQL at ${hostOf(url)} can't be used: ${why}`, { cause: error });
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host || 'the local socket' : 'DATABASE_URL');

function ofPostgres(code: string, message: string, host: string): string | undefined {
  if (/^28/.test(code)) return `PostgreSQL at ${host} refuses the user or the password of DATABASE_URL`;
  if (code === '3D000') return `PostgreSQL at ${host} has no such database; create it, or correct DATABASE_URL`;
  if (code === '42501') {
    return `the user of DATABASE_URL may not do what is needed at ${host} (${message}); make it the owner of the database`;
  }
  if (/^(53100|53200)/.test(code)) return `PostgreSQL at ${host} has no room left (${message})`;
  if (code === '53300') return `PostgreSQL at ${host} has no connection left; raise max_connections`;
  if (code === '25006' || /leads to a standby/.test(message)) {
    return `PostgreSQL at ${host} takes no writes: it is a standby, or read-only; DATABASE_URL must lead to the primary`;
  }
  if (/SSL|CERT|certificate/i.test(`${code} ${message}`)) {
    return `no TLS connection to PostgreSQL at ${host} (${message}); see sslmode and sslrootcert in DATABASE_URL`;
  }
  if (/^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|ENOENT|57P0)/.test(code) || /timeout|terminated/i.test(message)) {
    return `PostgreSQL at ${host} can't be reached (${code || message}); start it, or correct DATABASE_URL`;
  }
  return undefined;
}

/** Oldest version that the gateway's SQL supports. */
const OLDEST_POSTGRES = 14;

/** Throws a StoreUnavailableError. @param version `server_version_num`, such as 150004. */
export function refuseOldPostgres(version: number, url: string): void {
  const major = Math.floor(version / 10_000);
  if (major >= OLDEST_POSTGRES) return;
  throw new StoreUnavailableError(
    `PostgreSQL at ${hostOf(url)} is of version ${major}; version ${OLDEST_POSTGRES} or newer is needed`,
  );
}
