import { parse_websockets, type Websockets } from 'joystick-websockets';
import { Seats } from '../../src/core/admit/seats.ts';
import { Endpoint } from '../../src/core/endpoint/endpoint.ts';
import { Outbox } from '../../src/core/send/outbox.ts';
import { create_memory_platform } from '../../src/testing/memory/memory_platform.ts';
import { Network } from '../../src/testing/memory/network.ts';

/** Creates endpoints without a mount, for tests that need only the endpoints. */
export function create_endpoints(websockets: Websockets): Map<string, Endpoint> {
  const platform = create_memory_platform(new Network());
  const surroundings = {
    ...platform,
    outbox: new Outbox(platform.turn),
    logger: { warn: () => {}, error: () => {} },
    bus: undefined,
    seats: new Seats({ max_connections: 0, max_connections_per_address: 0 }),
  };
  const endpoints = new Map<string, Endpoint>();
  for (const [name, definition] of parse_websockets(websockets)) {
    endpoints.set(name, new Endpoint(definition, surroundings));
  }
  return endpoints;
}
