import type { Endpoint } from '../core/endpoint.ts';
import { WebsocketsError } from '../core/errors.ts';
import { create_endpoint_handle, type EndpointHandle } from '../core/publisher.ts';

type Endpoints = ReadonlyMap<string, Endpoint>;

const live_mounts = new Set<Endpoints>();

export function add_local_mount(endpoints: Endpoints): void {
  live_mounts.add(endpoints);
}

export function remove_local_mount(endpoints: Endpoints): void {
  live_mounts.delete(endpoints);
}

/**
 * A server's way to the clients of an endpoint, from anywhere in the process: reaches
 * every live mount that declares the name.
 *
 * @throws {WebsocketsError} `unknown_endpoint`, naming those that exist, where none does.
 */
export function websockets(name: string): EndpointHandle {
  find_endpoints(live_mounts, name);
  return create_endpoint_handle(() => find_endpoints(live_mounts, name));
}

/** The endpoints of this name. @throws {WebsocketsError} `unknown_endpoint`, where there is none. */
export function find_endpoints(mounts: Iterable<Endpoints>, name: string): Endpoint[] {
  const found: Endpoint[] = [];
  const known = new Set<string>();
  for (const endpoints of mounts) {
    const endpoint = endpoints.get(name);
    if (endpoint !== undefined) found.push(endpoint);
    for (const other of endpoints.keys()) known.add(other);
  }
  if (found.length > 0) return found;
  const names = [...known].sort();
  throw new WebsocketsError(
    'unknown_endpoint',
    `no mounted endpoint is called ${JSON.stringify(name)}; ` +
      (names.length > 0 ? `there is ${names.join(', ')}` : 'nothing is mounted'),
    { endpoint: String(name), known: names },
  );
}
