import { isIP } from 'node:net';

/**
 * Whether a Host header names a machine that public DNS can't: an address, `localhost`, a name without dots, or a
 * configured name.
 *
 * A gateway without authentication relies on the network. A page of another site can reach it by DNS rebinding: its
 * name resolves to this machine, and the browser treats the gateway as the page's own site. Only the name reveals that.
 */
export function isLocalName(host: string | undefined, alsoOurs: readonly string[]): boolean {
  if (host === undefined || alsoOurs.includes(host.toLowerCase())) return true;
  // An invalid name is refused as a bad request.
  if (!URL.canParse(`http://${host}`)) return true;
  const name = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
  return isIP(name) !== 0 || !name.includes('.') || name.endsWith('.localhost');
}

/** Message for a request with another name. */
export const NOT_OUR_NAME =
  'Without authentication this gateway answers to local names only; set PUBLIC_URL for another, or AUTH_….';
