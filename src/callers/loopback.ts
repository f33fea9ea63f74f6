import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whether an address to listen on, or the one that a connection arrived at, can be reached from this machine only. Takes
 * IPv4 addresses inside of IPv6 ones (`::ffff:127.0.0.1`). Of names only `localhost` counts: others may lead elsewhere.
 */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return address.toLowerCase() === 'localhost';
  return loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** The message of the 403 for a connection from another machine. */
export const NOT_FROM_ELSEWHERE =
  'Without authentication this gateway answers connections to loopback addresses only; set AUTH_…, or ALLOW_ANONYMOUS_OPERATOR=on.';
