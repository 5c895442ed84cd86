import proxy_addr from 'proxy-addr';
import type { RequestHeaders } from './connection.ts';
import { read_answer } from './predicate.ts';
import { describe, type Problems } from './problems.ts';

/**
 * Which proxies are believed about the client, as in Express: `true` for all, a number of hops,
 * addresses and subnets (or `'loopback'`, `'linklocal'`, `'uniquelocal'`), or a function.
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
    `must be true or false, a number of hops, addresses or a function; it is ${describe(value)}`,
  );
  return () => false;
}

/** The client's address: the first that no trusted proxy vouches for. */
export function client_address(
  trust: Trust,
  socket_address: string,
  headers: RequestHeaders,
): string {
  const forwarded = headers['x-forwarded-for'];
  if (forwarded === undefined) return socket_address;
  const request: object = {
    headers: { 'x-forwarded-for': [forwarded].flat().join(', ') },
    socket: { remoteAddress: socket_address },
  };
  return proxy_addr(request as Parameters<typeof proxy_addr>[0], trust);
}

/** What the client calls this server: `Host`, or `X-Forwarded-Host` where its proxy is trusted. */
export function client_host(
  trust: Trust,
  socket_address: string,
  headers: RequestHeaders,
): string | undefined {
  const forwarded = headers['x-forwarded-host'];
  if (typeof forwarded !== 'string' || !trust(socket_address, 0)) return headers.host;
  // Each proxy appends: the first is what the client said.
  return forwarded.split(',')[0]?.trim() || headers.host;
}
