import { CapabilityNotGrantedError } from '../../errors.ts';
import type { TokenSource } from './tokens.ts';

/**
 * Capabilities that a tenant of Upvest may lack, with the scopes of their calls. Each has a token of its own, so a scope that is
 * not granted costs that capability and nothing else. A call declares its capability (`capability` of {@link ReadOf}); calls
 * without one use the tokens that every tenant has.
 *
 * - **Off** (UPVEST_CAPABILITIES): the read is null, without a call.
 * - **Not granted**: Upvest has refused the token, or answered a call with 403. The read throws a CapabilityNotGrantedError, without
 *   a call for ten minutes; then it is tried again with a new token.
 */
export const CAPABILITY_SCOPES = {
  valuations: 'valuations:read',
  returns: 'account_returns:read',
  instruments: 'instruments:read',
  prices: 'prices:read',
  orders: 'orders:admin',
  ledger: 'transactions:read',
} as const satisfies Readonly<Record<string, string>>;

export type Capability = keyof typeof CAPABILITY_SCOPES;

export const CAPABILITIES = ['valuations', 'returns', 'instruments', 'prices', 'orders', 'ledger'] as const;

export const isCapability = (name: string): name is Capability => Object.hasOwn(CAPABILITY_SCOPES, name);

/** Throws a TypeError where a name is none; for embedders, whose list no compiler may have checked. */
export function checkedCapabilities(names: readonly string[]): readonly Capability[] {
  const unknown = names.filter((name) => !isCapability(name));
  if (unknown.length === 0) return names.filter(isCapability);
  throw new TypeError(`upvest.capabilities has ${unknown.join(', ')}; there are ${CAPABILITIES.join(', ')}`);
}

/** `unknown`: nothing has been asked of it yet. */
export type CapabilityState = 'off' | 'unknown' | 'granted' | 'not-granted';

/** The capabilities of a connection. */
export class Capabilities {
  readonly #used: ReadonlySet<Capability>;
  readonly #tokens: Readonly<Record<Capability, TokenSource>>;

  constructor(used: readonly Capability[], tokens: Readonly<Record<Capability, TokenSource>>) {
    this.#used = new Set(used);
    this.#tokens = tokens;
  }

  isOn(capability: Capability): boolean {
    return this.#used.has(capability);
  }

  stateOf(capability: Capability): CapabilityState {
    if (!this.isOn(capability)) return 'off';
    const token = this.#tokens[capability];
    if (token.refusal instanceof CapabilityNotGrantedError) return 'not-granted';
    return token.isHeld ? 'granted' : 'unknown';
  }

  /** A call was answered with 403: the error to throw, for this call and all others until it is asked again. */
  refuse(capability: Capability): CapabilityNotGrantedError {
    const error = new CapabilityNotGrantedError(capability);
    this.#tokens[capability].refuse(error);
    return error;
  }
}
