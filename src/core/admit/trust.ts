import proxy_addr from 'proxy-addr';
import { describe, type Problems } from '../base/problems.ts';
import type { RequestHeaders } from '../declare/connection.ts';
import { read_answer } from './predicate.ts';

/**
 * Which proxies are trusted, as in Express: `true` for all, a number of hops, addresses and subnets (or
 * `'loopback'`, `'linklocal'`, `'uniquelocal'`), or a function. A function must return true or false.
 * A proxy that connects over a Unix socket has no address, and counts as `127.0.0.1`.
 */
export type TrustProxy =
  | boolean
  | number
  | string
  | string[]
  | ((address: string, hop: number) => boolean);

export type Trust = (address: string, hop: number) => boolean;

export function read_trust(problems: Problems, path: string, value: unknown = false): Trust {
  if (typeof value === 'function') {
    return (address, hop) => read_answer('trust_proxy', value(address, hop));
  }
  if (typeof value === 'boolean') return () => value;
  if (Number.isInteger(value) && (value as number) >= 0) {
    return (_address, hop) => hop < (value as number);
  }
  const addresses = typeof value === 'string' ? value.split(',') : value;
  if (Array.isArray(addresses) && addresses.every((address) => typeof address === 'string')) {
    try {
      return proxy_addr.compile(addresses.map((address) => address.trim()));
    } catch (error) {
      problems.add(
        path,
        `must contain only IP addresses, subnets and names such as "loopback"; ${describe(error)}`,
      );
      return () => false;
    }
  }
  problems.add(
    path,
    `must be true, false, a number of hops, addresses or a function; got ${describe(value)}`,
  );
  return () => false;
}

/** Stands for the address of a peer on a Unix socket, which has no address. */
export const UNIX_PEER = 'unix:';
const LOOPBACK = '127.0.0.1';

/**
 * Returns the client's address: the nearest address that does not belong to a trusted proxy. Empty if it is unknown.
 *
 * @param peer the address of the socket's other end, or {@link UNIX_PEER}. Empty if it is unknown.
 */
export function client_address(trust: Trust, peer: string, headers: RequestHeaders): string {
  const forwarded = headers['x-forwarded-for'];
  const address = forwarded === undefined ? peer : forwarded_address(trust, peer, forwarded);
  return address === UNIX_PEER ? '' : address;
}

function forwarded_address(trust: Trust, peer: string, forwarded: string | string[]): string {
  const request: object = {
    headers: { 'x-forwarded-for': [forwarded].flat().join(', ') },
    socket: { remoteAddress: peer },
  };
  return proxy_addr(request as Parameters<typeof proxy_addr>[0], (address, hop) =>
    hop === 0 ? trusts_peer(trust, peer) : trust(address, hop),
  );
}

function trusts_peer(trust: Trust, peer: string): boolean {
  return trust(peer === UNIX_PEER ? LOOPBACK : peer, 0);
}

/** Returns the host that the client used: from `X-Forwarded-Host` if the proxy is trusted, otherwise from `Host`. */
export function client_host(
  trust: Trust,
  peer: string,
  headers: RequestHeaders,
): string | undefined {
  const forwarded = headers['x-forwarded-host'];
  if (typeof forwarded !== 'string' || !trusts_peer(trust, peer)) return headers.host;
  // Each proxy appends its own value, so the first value comes from the client.
  return forwarded.split(',')[0]?.trim() || headers.host;
}
