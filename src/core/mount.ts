import { Endpoint } from './endpoint.ts';
import type { Gate } from './gate.ts';
import { add_local_mount, remove_local_mount } from './local_mounts.ts';
import type { ParsedMount } from './mount_option.ts';
import { Outbox } from './outbox.ts';
import type { Clock, Turn } from './ports.ts';

/** What the platform brings. */
export interface Platform {
  readonly clock: Clock;
  readonly turn: Turn;
  /** Whether what is sent is checked against `sends`. */
  readonly checks_sends: boolean;
}

/** The endpoints behind one gate, from when clients may come until the last has gone. */
export class Mount {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly gate: Gate & { is_closing: boolean };
  readonly clock: Clock;

  constructor(parsed: ParsedMount, { clock, turn, checks_sends }: Platform) {
    const { path, allowed_origins, logger } = parsed;
    const surroundings = { outbox: new Outbox(turn), clock, logger, checks_sends };
    const endpoints = new Map<string, Endpoint>();
    for (const [name, definition] of parsed.websockets) {
      endpoints.set(name, new Endpoint(definition, surroundings));
    }
    this.endpoints = endpoints;
    this.gate = { path, endpoints, allowed_origins, is_closing: false };
    this.clock = clock;
  }

  /** Reached by `websockets(name)` from now on. */
  join(): void {
    add_local_mount(this.endpoints);
  }

  /** No longer reached by `websockets(name)`. */
  leave(): void {
    remove_local_mount(this.endpoints);
  }
}
