import { type BrokerStats, Bus } from './bus.ts';
import { Counts } from './counts.ts';
import { Endpoint } from './endpoint.ts';
import { decide_upgrade, type Gate, type UpgradeDecision, type UpgradeFacts } from './gate.ts';
import { add_local_mount, remove_local_mount } from './local_mounts.ts';
import type { EndpointStats } from './monitor.ts';
import type { ParsedMount } from './mount_option.ts';
import { Outbox } from './outbox.ts';
import type { Clock, Events, Logger, Turn } from './ports.ts';
import type { Refusal } from './refusal.ts';
import { Seats } from './seats.ts';

/** What the platform brings. */
export interface Platform {
  readonly events: Events;
  readonly clock: Clock;
  readonly turn: Turn;
  /** Whether what is sent is checked against `sends`. */
  readonly checks_sends: boolean;
  /** Whether bytes are UTF-8. */
  is_utf8(bytes: Uint8Array): boolean;
}

/** What a refusal is noted with. */
export type ClientFacts = Pick<UpgradeFacts, 'url' | 'remote_address'>;

/** What a mount has done since it was made, and holds now. */
export interface MountStats {
  /** By their names. */
  readonly endpoints: Readonly<Record<string, EndpointStats>>;
  /** Clients that asked for no endpoint that there is, by the code of their refusal. */
  readonly refused: Readonly<Record<string, number>>;
  /** Undefined without one. */
  readonly broker: BrokerStats | undefined;
}

/** The endpoints behind one gate, from when clients may come until the last has gone. */
export class Mount {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly gate: Gate & { is_closing: boolean };
  readonly clock: Clock;
  readonly seats: Seats;
  readonly #bus: Bus | undefined;
  readonly #logger: Logger;
  readonly #events: Events;
  readonly #refused = new Counts();

  constructor(parsed: ParsedMount, platform: Platform) {
    const { clock, turn, events, checks_sends } = platform;
    const { path, allowed_origins, logger, broker } = parsed;
    this.seats = new Seats(parsed.seat_limits);
    this.#bus = broker && Bus.of(broker, logger, platform);
    const surroundings = {
      outbox: new Outbox(turn),
      clock,
      logger,
      bus: this.#bus,
      seats: this.seats,
      events,
      checks_sends,
    };
    const endpoints = new Map<string, Endpoint>();
    for (const [name, definition] of parsed.websockets) {
      endpoints.set(name, new Endpoint(definition, surroundings));
    }
    this.endpoints = endpoints;
    this.gate = { path, endpoints, allowed_origins, seats: this.seats, is_closing: false };
    this.clock = clock;
    this.#logger = logger;
    this.#events = events;
  }

  /** Decides about a request; a client that is accepted has its seat until it {@link Mount.leave_seat}. */
  decide(facts: UpgradeFacts): UpgradeDecision {
    const decision = decide_upgrade(this.gate, facts);
    if (decision.action === 'refuse') this.refused(decision.refusal, facts, decision.endpoint);
    else this.seats.take(decision.endpoint, facts.remote_address);
    return decision;
  }

  /** A client that was accepted goes before it was connected. */
  leave_seat(endpoint: Endpoint, { remote_address }: ClientFacts): void {
    this.seats.leave(endpoint, remote_address);
  }

  /** Notes that a client is refused. */
  refused(refusal: Refusal, { url, remote_address }: ClientFacts, endpoint?: Endpoint): void {
    const { log, status, code } = refusal;
    if (log?.error !== undefined) this.#logger.error(log.message, { error: log.error });
    else if (log !== undefined) this.#logger.warn(log.message, {});
    if (endpoint !== undefined) endpoint.monitor.refused(refusal);
    else this.#refused.add(code);
    const { refusal: channel } = this.#events;
    if (!channel.hasSubscribers) return;
    const name = endpoint?.definition.name;
    channel.publish({ endpoint: name, status, code, url, remote_address });
  }

  stats(): MountStats {
    const endpoints: Record<string, EndpointStats> = Object.create(null);
    for (const [name, endpoint] of this.endpoints) endpoints[name] = endpoint.stats();
    return { endpoints, refused: this.#refused.read(), broker: this.#bus?.stats() };
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
