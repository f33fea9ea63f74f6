import { type KeyValueStorage, memoryStorage } from '../../client/index.ts';

/** Storage of this tab alone that survives a reload. Where the browser forbids it, memory until the next load. */
export const tabStorage: KeyValueStorage = allowedStorage() ?? memoryStorage();

function allowedStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

/** Callers check the values that they read. */
export function readSession(name: string): unknown {
  try {
    const text = sessionStorage.getItem(name);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function writeSession(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage that is full or forbidden: the page works without, until it is loaded again.
  }
}

/** Forgets all but what is named. */
export function clearSession(except: string): void {
  const kept = readSession(except);
  try {
    sessionStorage.clear();
  } catch {
    // As above.
  }
  writeSession(except, kept);
}
