import type { Refusal } from '../admit/refusal.ts';
import { Seats } from '../admit/seats.ts';
import type { Clock, Events, Turn } from '../base/ports.ts';
import { type BrokerStats, Bus } from '../endpoint/bus.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { add_local_mount, remove_local_mount } from '../endpoint/local_mounts.ts';
import { Counts } from '../observe/counts.ts';
import type { EndpointStats } from '../observe/monitor.ts';
import type { ParsedMount } from '../options/mount_option.ts';
import { Outbox } from '../send/outbox.ts';
import { decide_upgrade, type Gate, type UpgradeDecision, type UpgradeFacts } from './gate.ts';
import { RefusalLog } from './refusal_log.ts';

/** The services that the platform provides. */
export interface MountPlatform {
  readonly events: Events;
  readonly clock: Clock;
  readonly turn: Turn;
  /** Whether sent messages are checked and all refusals are logged, which costs too much in production. */
  readonly is_development: boolean;
  /** Whether bytes are UTF-8. */
  is_utf8(bytes: Uint8Array): boolean;
}

/** The facts that are recorded about a refused client. */
export type ClientFacts = Pick<UpgradeFacts, 'url' | 'remote_address'>;

/** Counts since the mount was created, and its current state. */
export interface MountStats {
  /** The counts of each endpoint, by name. */
  readonly endpoints: Readonly<Record<string, EndpointStats>>;
  /** The number of refused clients that asked for no existing endpoint, by the code of the refusal. */
  readonly refused: Readonly<Record<string, number>>;
  /** The state and the counts of the broker. `undefined` without a broker. */
  readonly broker: BrokerStats | undefined;
}

/** The endpoints behind one gate, from the time that clients may connect until the last connection is over. */
export class Mount {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly gate: Gate & { is_closing: boolean };
  readonly clock: Clock;
  readonly seats: Seats;
  readonly #bus: Bus | undefined;
  readonly #refusal_log: RefusalLog;
  readonly #events: Events;
  readonly #refused = new Counts();

  constructor(parsed: ParsedMount, platform: MountPlatform) {
    const { clock, turn, events, is_development } = platform;
    const { path, allowed_origins, logger, broker } = parsed;
    this.seats = new Seats(parsed.seat_limits);
    this.#bus = broker && Bus.of(broker, logger, platform);
    const services = {
      outbox: new Outbox(turn),
      clock,
      logger,
      bus: this.#bus,
      seats: this.seats,
      events,
      is_development,
    };
    const endpoints = new Map<string, Endpoint>();
    for (const [name, definition] of parsed.websockets) {
      endpoints.set(name, new Endpoint(definition, services));
    }
    this.endpoints = endpoints;
    this.gate = { path, endpoints, allowed_origins, seats: this.seats, is_closing: false };
    this.clock = clock;
    this.#refusal_log = new RefusalLog(parsed, clock, is_development);
    this.#events = events;
  }

  /** Decides about a request. An accepted client takes a seat; if it is not connected, {@link Mount.leave_seat} frees it. */
  decide(facts: UpgradeFacts): UpgradeDecision {
    const decision = decide_upgrade(this.gate, facts);
    if (decision.action === 'refuse') this.refused(decision.refusal, facts, decision.endpoint);
    else this.seats.take(decision.endpoint, facts.remote_address);
    return decision;
  }

  /** Frees the seat of a client that was accepted but is not connected. */
  leave_seat(endpoint: Endpoint, { remote_address }: ClientFacts): void {
    this.seats.leave(endpoint, remote_address);
  }

  /** Counts, logs and announces that a client is refused. */
  refused(refusal: Refusal, { url, remote_address }: ClientFacts, endpoint?: Endpoint): void {
    const { status, code } = refusal;
    const name = endpoint?.definition.name;
    this.#refusal_log.note(refusal, url, name);
    if (endpoint !== undefined) endpoint.monitor.refused(refusal);
    else this.#refused.add(code);
    const { refusal: channel } = this.#events;
    if (!channel.hasSubscribers) return;
    channel.publish({ endpoint: name, status, code, url, remote_address });
  }

  /** Logs that a client was refused on a path outside the mount that no mount or listener serves. */
  declined(refusal: Refusal, url: string): void {
    this.#refusal_log.note(refusal, url, undefined);
  }

  stats(): MountStats {
    const endpoints: Record<string, EndpointStats> = Object.create(null);
    for (const [name, endpoint] of this.endpoints) endpoints[name] = endpoint.stats();
    return { endpoints, refused: this.#refused.read(), broker: this.#bus?.stats() };
  }

  /** Resolves when the broker becomes ready for the first time, or at once without a broker; never rejects. */
  get ready(): Promise<void> {
    return this.#bus?.ready ?? Promise.resolve();
  }

  /**
   * Makes the mount reachable for `websockets(name)` and for other nodes.
   *
   * @throws {WebsocketsError} `bad_argument`, if the broker is closed.
   */
  join(): void {
    this.#bus?.join();
    add_local_mount(this.endpoints);
  }

  /** Makes the mount unreachable. Resolves when nothing of it is left. */
  async leave(): Promise<void> {
    remove_local_mount(this.endpoints);
    await this.#bus?.leave();
  }
}
