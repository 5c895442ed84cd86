import { WebsocketsError } from '../base/errors.ts';
import { describe } from '../base/problems.ts';
import type { ConnectionOf, SendsOf } from '../declare/definition.ts';
import type { Register } from '../declare/register.ts';
import {
  create_endpoint_handle,
  type EndpointHandle,
  type ReachableEndpoint,
} from './endpoint_handle.ts';
import { is_out_of_reach, process_registry } from './process_registry.ts';

type Endpoints = ReadonlyMap<string, ReachableEndpoint>;

/** The endpoints that users have registered. Without a registration: any name, and any message. */
type Registered = Register extends { websockets: infer W } ? W : Record<string, any>;

const { names, live_mounts } = process_registry;
/** The handles that this copy of the package has created, by name. */
const handles = new Map<string, EndpointHandle<any, any>>();

export function add_local_mount(endpoints: Endpoints): void {
  live_mounts.add(endpoints);
  for (const name of endpoints.keys()) names.add(name);
}

export function remove_local_mount(endpoints: Endpoints): void {
  live_mounts.delete(endpoints);
}

/**
 * Returns a handle for the connections of an endpoint, from anywhere in the process. It reaches every live mount that
 * declares the name. It also works from another copy of the package, for example one that a bundler has put into a
 * route. Once all those mounts have closed, the handle reaches no client and throws no error: a timer that continues
 * to publish must not disturb a shutdown.
 *
 * @throws {WebsocketsError} `unknown_endpoint` with the existing names, if no mount ever declared the name, or if only
 * an incompatible version of the package did.
 */
export function websockets<Name extends keyof Registered & string>(
  name: Name,
): EndpointHandle<SendsOf<Registered[Name]>, ConnectionOf<Registered[Name]>> {
  let handle = handles.get(name);
  if (handle === undefined) {
    if (!names.has(name)) throw unknown_endpoint(name, live_mounts);
    handle = endpoint_handle_of(live_mounts, name);
    handles.set(name, handle);
  }
  return handle;
}

/** @throws {WebsocketsError} `unknown_endpoint`, if the mount does not declare the name. */
export function endpoint_of(endpoints: Endpoints, name: string): EndpointHandle<any, any> {
  if (!endpoints.has(name)) throw unknown_endpoint(name, [endpoints]);
  return endpoint_handle_of([endpoints], name);
}

function endpoint_handle_of(mounts: Iterable<Endpoints>, name: string): EndpointHandle<any, any> {
  return create_endpoint_handle(() => {
    const found: ReachableEndpoint[] = [];
    for (const endpoints of mounts) {
      const endpoint = endpoints.get(name);
      if (endpoint !== undefined) found.push(endpoint);
    }
    return found;
  });
}

function unknown_endpoint(name: string, mounts: Iterable<Endpoints>) {
  const known = [...new Set([...mounts].flatMap((endpoints) => [...endpoints.keys()]))].sort();
  const which =
    known.length > 0 ? `mounted endpoints: ${known.join(', ')}` : 'no endpoint is mounted';
  return new WebsocketsError(
    'unknown_endpoint',
    `no mounted endpoint is called ${describe(name)}; ${which}${advise(name, known)}`,
    { endpoint: String(name), known },
  );
}

function advise(name: string, known: string[]): string {
  if (is_out_of_reach(name)) {
    return (
      '; another copy of joystick-websockets, of an incompatible version, declares it: ' +
      'install only one version of the package'
    );
  }
  return known.length === 0 ? ': pass endpoints to app() or mount_websockets() first' : '';
}
