import { Problems, why_no_plain_object } from '../core/base/problems.ts';
import {
  type ConnectionOf,
  do_nothing,
  type ParsedWebsocket,
  type SendsOf,
  type Websocket,
  type WebsocketDefinition,
  type WebsocketOptions,
} from '../core/declare/definition.ts';
import type { KnownKeys } from '../core/declare/known_keys.ts';
import type { Wire } from '../core/declare/wire.ts';
import type { Endpoint } from '../core/endpoint/endpoint.ts';
import { create_endpoint_handle, type EndpointHandle } from '../core/endpoint/endpoint_handle.ts';
import { Mount } from '../core/mount/mount.ts';
import { type CloseOptions, create_mount_close } from '../core/mount/shutdown.ts';
import {
  COMMON_MOUNT_KEYS,
  type MountOptions,
  type ParsedMount,
  read_mount,
} from '../core/options/mount_option.ts';
import { Failures } from './failures.ts';
import { create_memory_platform } from './memory/memory_platform.ts';
import { Network } from './memory/network.ts';
import { MemoryEntrance } from './memory_entrance.ts';
import type { TestClient } from './test_client.ts';
import type { TestConnectOptions } from './test_request.ts';

/** The options of a test endpoint. The options of the mount are those of `mount_websockets`. */
export interface TestEndpointOptions extends Omit<MountOptions, 'path' | 'endpoint_options'> {
  /**
   * The name of the endpoint. Until the endpoint is closed, `websockets(name)` reaches it by this name.
   *
   * @default 'endpoint'
   */
  name?: string | undefined;
  /** Endpoint options. Each one takes precedence over the same option of the definition. */
  options?: WebsocketOptions | undefined;
}

/** The `params` that clients may pass. */
export type ParamsInputOf<D> =
  D extends Websocket<any, any, any, any, infer Input, any> ? Input : any;
/** The messages that clients may send. */
export type MessageInputOf<D> =
  D extends Websocket<any, any, any, any, any, infer Input> ? Input : any;

/** An endpoint without a network. */
export interface TestEndpoint<D = any> extends EndpointHandle<SendsOf<D>, ConnectionOf<D>> {
  /**
   * Connects a client. The origin check, the `params` schema and `on_upgrade` apply.
   *
   * @throws {WebsocketsError} `connect_refused`, with the status, headers and body of the refusal.
   */
  connect(
    options?: TestConnectOptions<ParamsInputOf<D>>,
  ): Promise<TestClient<Wire<SendsOf<D>>, MessageInputOf<D>>>;
  /** Resolves once all messages have arrived and all handlers have settled. */
  settled(): Promise<void>;
  /** All failures so far: the errors that `on_error` has received, and those that were logged. */
  readonly errors: unknown[];
  /**
   * Closes every connection with 1012, as a shutdown does. Messages that clients have sent before are handled.
   *
   * @throws the failures that the test would otherwise not notice: those that `on_error` did not handle and that the
   * test has not seen by reading `errors`.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Returns an endpoint without a network: it needs no port and no waiting. Everything except the socket is the code
 * that also runs in production. Time runs on the timers of the test runner, which may be faked.
 *
 * @throws {WebsocketsError} `bad_option`, with every mistake, like `mount_websockets`.
 */
export function create_test_endpoint<D extends WebsocketDefinition | Websocket>(
  definition: D & KnownKeys<{ endpoint: D }>['endpoint'],
  options?: TestEndpointOptions,
): TestEndpoint<D>;
export function create_test_endpoint(
  definition: WebsocketDefinition,
  options: TestEndpointOptions = {},
): TestEndpoint {
  return new MemoryEndpoint(definition, options);
}

const DEFAULT_NAME = 'endpoint';

class MemoryEndpoint implements TestEndpoint {
  readonly #name: string;
  readonly #endpoint: Endpoint;
  readonly #handle: EndpointHandle;
  readonly #network = new Network();
  readonly #failures = new Failures();
  readonly #entrance: MemoryEntrance;
  readonly #close: (options?: CloseOptions) => Promise<void>;

  constructor(definition: WebsocketDefinition | Websocket, options: TestEndpointOptions) {
    const { name = DEFAULT_NAME } = options;
    const parsed = watch_failures(parse(name, definition, options), this.#failures);
    const platform = create_memory_platform(this.#network);
    const mount = new Mount(parsed, platform);
    const endpoint = mount.endpoints.get(name) as Endpoint;
    this.#name = name;
    this.#endpoint = endpoint;
    this.#handle = create_endpoint_handle(() => [endpoint]);
    this.#entrance = new MemoryEntrance(mount, parsed, this.#network, () =>
      this.#failures.explain(),
    );
    this.#close = create_mount_close(mount, this.#entrance, async () => {});
    mount.join();
  }

  get connections() {
    return this.#handle.connections;
  }

  get errors(): unknown[] {
    return this.#failures.seen;
  }

  connect(options: TestConnectOptions = {}): Promise<TestClient> {
    return this.#entrance.connect(this.#name, options);
  }

  send(message: unknown, ...ids: [id?: string]): void {
    this.#handle.send(message, ...ids);
  }

  publish(topic: string, message: unknown): void {
    this.#handle.publish(topic, message);
  }

  close_all(code?: number, reason?: string): void {
    this.#handle.close_all(code, reason);
  }

  async settled(): Promise<void> {
    // If a handler calls this, it has to return first.
    await Promise.resolve();
    for (;;) {
      await this.#network.quiet();
      const busy = [...this.#endpoint.connections].filter(({ is_idle }) => !is_idle);
      if (busy.length === 0) return;
      await Promise.all(
        busy.map((connection) => new Promise<void>((resolve) => connection.when_idle(resolve))),
      );
    }
  }

  async close(options?: CloseOptions): Promise<void> {
    await this.#close(options);
    this.#failures.throw_if_unseen();
  }
}

function parse(
  name: string,
  definition: WebsocketDefinition | Websocket,
  given: TestEndpointOptions,
): ParsedMount {
  const problems = new Problems();
  const fields = problems.read_object('options', given) ?? new Map();
  problems.check_keys('options', fields, ['name', 'options', ...COMMON_MOUNT_KEYS]);
  const common = COMMON_MOUNT_KEYS.filter((key) => fields.has(key));
  const mount_options = common.map((key) => [key, fields.get(key)]);
  // A mount ignores an endpoint that is undefined, but here it must be reported.
  const websockets = { [name]: limit(definition, given.options) ?? null };
  const parsed = read_mount(problems, websockets, 'options', {
    logger: SILENT,
    ...Object.fromEntries(mount_options),
  });
  problems.throw_if_any();
  return parsed;
}

function limit(definition: WebsocketDefinition | Websocket, options: WebsocketOptions | undefined) {
  // Not copied if it is, for example, an instance of a class: the copy would pass as a plain object.
  if (options === undefined || why_no_plain_object(definition) !== undefined) return definition;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...definition, options: { ...definition.options, ...Object.fromEntries(given) } };
}

/** The default logger. It is silent, because logged errors are in `errors`. */
const SILENT = { warn: do_nothing, error: do_nothing };

/** Returns a mount that records failures before they reach `on_error` or the log. */
function watch_failures(
  { logger, websockets, ...parsed }: ParsedMount,
  failures: Failures,
): ParsedMount {
  const watched = new Map<string, ParsedWebsocket>();
  for (const [name, definition] of websockets) {
    const { on_error } = definition;
    watched.set(name, {
      ...definition,
      on_error:
        on_error &&
        ((error, connection) => {
          failures.add_handled(error);
          return on_error(error, connection);
        }),
    });
  }
  return {
    ...parsed,
    websockets: watched,
    logger: {
      warn: (message, details) => logger.warn(message, details),
      error: (message, details) => {
        failures.add(details.error, details.handler);
        logger.error(message, details);
      },
    },
  };
}
