import { isIP } from 'node:net';

/**
 * Whether a Host header names a machine that no public name server can speak for: an address, `localhost` or a name
 * without dots, or one of those that were set.
 *
 * A gateway that asks for no token relies on who can reach it. A page of another site can: its name is made to lead to
 * this machine (DNS rebinding), and the browser takes the gateway for that page's own site. Only the name tells.
 */
export function isLocalName(host: string | undefined, alsoOurs: readonly string[]): boolean {
  if (host === undefined || alsoOurs.includes(host.toLowerCase())) return true;
  // What is no name leads nowhere; it is refused as a bad request.
  if (!URL.canParse(`http://${host}`)) return true;
  const name = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
  return isIP(name) !== 0 || !name.includes('.') || name.endsWith('.localhost');
}

/** What a request under another name is told. */
export const NOT_OUR_NAME =
  'Without authentication this gateway answers to local names only; set PUBLIC_URL for another, or AUTH_….';
