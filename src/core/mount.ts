import { Bus } from './bus.ts';
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
  readonly #bus: Bus | undefined;

  constructor(parsed: ParsedMount, { clock, turn, checks_sends }: Platform) {
    const { path, allowed_origins, logger, broker } = parsed;
    this.#bus = broker && Bus.of(broker, logger, clock);
    const surroundings = {
      outbox: new Outbox(turn),
      clock,
      logger,
      bus: this.#bus,
      checks_sends,
    };
    const endpoints = new Map<string, Endpoint>();
    for (const [name, definition] of parsed.websockets) {
      endpoints.set(name, new Endpoint(definition, surroundings));
    }
    this.endpoints = endpoints;
    this.gate = { path, endpoints, allowed_origins, is_closing: false };
    this.clock = clock;
  }

  /** Resolves once other nodes are reached for the first time; never rejects. */
  get ready(): Promise<void> {
    return this.#bus?.ready ?? Promise.resolve();
  }

  /**
   * From now on, `websockets(name)` and other nodes reach it.
   *
   * @throws {WebsocketsError} `bad_argument`, where the broker is closed.
   */
  join(): void {
    this.#bus?.join();
    add_local_mount(this.endpoints);
  }

  /** Nobody reaches it any longer. Resolves when nothing of it is left. */
  async leave(): Promise<void> {
    remove_local_mount(this.endpoints);
    await this.#bus?.leave();
  }
}
