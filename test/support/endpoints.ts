import { parse_websockets, type Websockets } from 'joystick-websockets';
import { Endpoint } from '../../src/core/endpoint.ts';
import { Outbox } from '../../src/core/outbox.ts';

/** Endpoints that are mounted nowhere: for tests that need them to exist. */
export function create_endpoints(websockets: Websockets): Map<string, Endpoint> {
  const surroundings = {
    outbox: new Outbox({ at_end: queueMicrotask }),
    clock: { now: () => 0, after: () => () => {} },
    logger: { warn: () => {}, error: () => {} },
    bus: undefined,
    checks_sends: true,
  };
  const endpoints = new Map<string, Endpoint>();
  for (const [name, definition] of parse_websockets(websockets)) {
    endpoints.set(name, new Endpoint(definition, surroundings));
  }
  return endpoints;
}
