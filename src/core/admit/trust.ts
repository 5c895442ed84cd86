import proxy_addr from 'proxy-addr';
import { describe, type Problems } from '../base/problems.ts';
import type { RequestHeaders } from '../declare/connection.ts';
import { read_answer } from './predicate.ts';

/**
 * Which proxies are believed about the client, as in Express: `true` for all, a number of hops,
 * addresses and subnets (or `'loopback'`, `'linklocal'`, `'uniquelocal'`), or a function.
 * A proxy that connects over a Unix socket has no address and is asked about as `127.0.0.1`.
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
      problems.add(path, `holds what is no address: ${describe(error)}`);
      return () => false;
    }
  }
  problems.add(
    path,
    `must be true or false, a number of hops, addresses or a function; got ${describe(value)}`,
  );
  return () => false;
}

/** Stands for the address of a peer on a Unix socket, which is on this machine and has none. */
export const UNIX_PEER = 'unix:';
const LOOPBACK = '127.0.0.1';

/**
 * The client's address: the first that no trusted proxy vouches for. Empty, where that is unknown.
 *
 * @param peer the address of the socket's other end, or {@link UNIX_PEER}; empty, where that is unknown.
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

/** What the client calls this server: `Host`, or `X-Forwarded-Host` where its proxy is trusted. */
export function client_host(
  trust: Trust,
  peer: string,
  headers: RequestHeaders,
): string | undefined {
  const forwarded = headers['x-forwarded-host'];
  if (typeof forwarded !== 'string' || !trusts_peer(trust, peer)) return headers.host;
  // Each proxy appends: the first is what the client said.
  return forwarded.split(',')[0]?.trim() || headers.host;
}
