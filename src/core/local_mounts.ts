import type { ConnectionOf, SendsOf } from './definition.ts';
import type { Endpoint } from './endpoint.ts';
import { create_endpoint_handle, type EndpointHandle } from './endpoint_handle.ts';
import { WebsocketsError } from './errors.ts';
import { describe } from './problems.ts';
import type { Register } from './register.ts';

type Endpoints = ReadonlyMap<string, Endpoint>;

/** What users have registered; else any name, and any message. */
type Registered = Register extends { websockets: infer W } ? W : Record<string, any>;

const live_mounts = new Set<Endpoints>();
/** One for each name that some mount has declared, whether or not it still lives. */
const handles = new Map<string, EndpointHandle<any, any>>();

export function add_local_mount(endpoints: Endpoints): void {
  live_mounts.add(endpoints);
  for (const name of endpoints.keys()) {
    if (!handles.has(name)) handles.set(name, handle_of(live_mounts, name));
  }
}

export function remove_local_mount(endpoints: Endpoints): void {
  live_mounts.delete(endpoints);
}

/**
 * A server's way to the clients of an endpoint, from anywhere in the process: reaches
 * every live mount that declares the name. Where all that did have closed, it reaches nobody: a
 * timer that goes on publishing must not fail a shutdown.
 *
 * @throws {WebsocketsError} `unknown_endpoint`, naming those that exist, where none ever did.
 */
export function websockets<Name extends keyof Registered & string>(
  name: Name,
): EndpointHandle<SendsOf<Registered[Name]>, ConnectionOf<Registered[Name]>> {
  const handle = handles.get(name);
  if (handle === undefined) throw unknown_endpoint(name, live_mounts);
  return handle;
}

/** @throws {WebsocketsError} `unknown_endpoint`, where the mount declares no such name. */
export function endpoint_of(endpoints: Endpoints, name: string): EndpointHandle<any, any> {
  if (!endpoints.has(name)) throw unknown_endpoint(name, [endpoints]);
  return handle_of([endpoints], name);
}

function handle_of(mounts: Iterable<Endpoints>, name: string): EndpointHandle<any, any> {
  return create_endpoint_handle(() => {
    const found: Endpoint[] = [];
    for (const endpoints of mounts) {
      const endpoint = endpoints.get(name);
      if (endpoint !== undefined) found.push(endpoint);
    }
    return found;
  });
}

function unknown_endpoint(name: unknown, mounts: Iterable<Endpoints>) {
  const known = [...new Set([...mounts].flatMap((endpoints) => [...endpoints.keys()]))].sort();
  return new WebsocketsError(
    'unknown_endpoint',
    `no mounted endpoint is called ${describe(name)}; ` +
      (known.length > 0 ? `there is ${known.join(', ')}` : 'nothing is mounted'),
    { endpoint: String(name), known },
  );
}
