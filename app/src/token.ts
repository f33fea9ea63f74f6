import { clearSession, readSession, writeSession } from './session.ts';
import { Store } from './store.ts';

const NAME = 'token';

export interface TokenState {
  /** Undefined: none given. */
  readonly token: string | undefined;
  /** The gateway wants a token, or another one. */
  readonly refused: boolean;
}

const kept = readSession(NAME);

/** The bearer token of this tab. It is kept in sessionStorage only, so it is gone with the tab. */
export const tokenState = new Store<TokenState>({ token: typeof kept === 'string' ? kept : undefined, refused: false });

/** `Bearer …`, or undefined. */
export const authorization = (): string | undefined => {
  const { token } = tokenState.get();
  return token === undefined ? undefined : `Bearer ${token}`;
};

export function refuseToken(): void {
  tokenState.set({ ...tokenState.get(), refused: true });
}

/** Another caller may see other things: everything that was kept is forgotten, and the page begins anew. */
export function changeToken(token: string | undefined): void {
  writeSession(NAME, token);
  clearSession(NAME);
  location.reload();
}
