import { normalize_origin, type OriginPolicy, type OriginPredicate } from '../admit/origin.ts';
import type { SeatLimits } from '../admit/seats.ts';
import { read_trust, type Trust, type TrustProxy } from '../admit/trust.ts';
import type { Broker, Logger } from '../base/ports.ts';
import { describe, join_path, Problems } from '../base/problems.ts';
import { ignore_rejection } from '../base/thenable.ts';
import type {
  ParsedWebsocketOptions,
  ParsedWebsockets,
  WebsocketOptions,
} from '../declare/definition.ts';
import { read_options, read_websockets, why_no_count } from './endpoint_option.ts';

type LogMethod = (...args: any[]) => unknown;

/** Any logger with `warn` and `error`, for example `console`, pino, winston or the logger of a framework. */
export interface LoggerLike {
  warn: LogMethod;
  error: LogMethod;
}

/** The options of a mount. One {@link WebsocketsError} `bad_option` reports all mistakes together. */
export interface MountOptions {
  /**
   * The path of the mount. Each endpoint is served at `<path>/<name>`.
   *
   * @default '/api/_websockets'
   */
  path?: string | undefined;
  /**
   * The pages that may connect. `'same_host'` admits pages of this server's own host, and `'*'` admits all pages.
   * A list names the allowed origins, for example `['https://example.com']`. A function is called with the origin and
   * the request, and returns true or false. All other pages are refused with 403 (`origin_not_allowed`). A client
   * without an `Origin` header is not a browser, and is admitted (RFC 6455 §10.2).
   *
   * @default 'same_host'
   */
  allowed_origins?: 'same_host' | '*' | readonly string[] | OriginPredicate | undefined;
  /**
   * The proxies that are trusted, as in Express. A trusted proxy decides the client's address (`X-Forwarded-For`) and
   * this server's host name (`X-Forwarded-Host`). A proxy that connects over a Unix socket counts as `127.0.0.1`, so
   * `'loopback'` trusts it.
   *
   * @default false
   */
  trust_proxy?: TrustProxy | undefined;
  /**
   * The logger that receives failures. Outside production (`NODE_ENV`), it also receives a line with the reason for
   * each refused client, at most ten lines in ten seconds. A pino-like logger (one with `bindings()`) is called with
   * the details first, any other logger with the message first.
   *
   * @default console
   */
  logger?: LoggerLike | undefined;
  /**
   * The broker that joins this process to other processes and machines. Without a broker, messages reach only the
   * clients of this process. Upgrades never wait for the broker. All mounts of one process must share one broker:
   * with several, each message that `websockets` sends arrives several times. The last mount that closes also closes
   * the broker.
   */
  broker?: Broker | undefined;
  /**
   * The maximum number of clients that are connected to all endpoints of the mount together, on this node. Clients that
   * wait for `on_upgrade` count, too. Further clients are refused with 503 (`server_full`). 0 switches the limit off.
   *
   * @default 0
   */
  max_connections?: number | undefined;
  /**
   * The maximum number of clients with the same address, counted as for `max_connections`. Further clients are refused
   * with 429 (`too_many_connections`). Behind a proxy, set `trust_proxy`; otherwise all clients have the address of the
   * proxy. Clients on a Unix socket without a trusted proxy are not counted, because their address is unknown.
   * 0 switches the limit off.
   *
   * @default 0
   */
  max_connections_per_address?: number | undefined;
  /** The defaults for the `options` of every endpoint. */
  endpoint_options?: WebsocketOptions | undefined;
}

export interface ParsedMount {
  /** Begins with `/` and does not end with it. Empty for the root. */
  readonly path: string;
  readonly allowed_origins: OriginPolicy;
  readonly trust: Trust;
  readonly logger: Logger;
  readonly broker: Broker | undefined;
  readonly seat_limits: SeatLimits;
  readonly websockets: ParsedWebsockets;
}

export const DEFAULT_PATH = '/api/_websockets';

/** The options that also apply to a single endpoint without a path. */
export const COMMON_MOUNT_KEYS = [
  'allowed_origins',
  'trust_proxy',
  'logger',
  'broker',
  'max_connections',
  'max_connections_per_address',
] as const;
const MOUNT_KEYS = ['path', ...COMMON_MOUNT_KEYS, 'endpoint_options'] as const;

/** Segments of characters that a path carries without encoding. */
const MOUNT_PATH = /^(\/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+$/;

/**
 * Parses the endpoints and the options of a mount.
 *
 * @throws {WebsocketsError} `bad_option`, with every problem of both.
 */
export function parse_mount(websockets: unknown, options: unknown): ParsedMount {
  const problems = new Problems();
  const parsed = read_mount(problems, websockets, 'options', options);
  problems.throw_if_any();
  return parsed;
}

/**
 * Works as {@link parse_mount}, but adds to `problems` instead of throwing.
 *
 * @param path the place of the options, for the problems.
 */
export function read_mount(
  problems: Problems,
  websockets: unknown,
  path: string,
  options: unknown = {},
): ParsedMount {
  const fields = problems.read_object(path, options) ?? new Map<string, unknown>();
  problems.check_keys(path, fields, MOUNT_KEYS);
  const defaults: ParsedWebsocketOptions = read_options(
    problems,
    `${path}.endpoint_options`,
    fields.get('endpoint_options'),
  );
  return {
    path: read_path(problems, `${path}.path`, fields.get('path')),
    allowed_origins: read_origins(
      problems,
      `${path}.allowed_origins`,
      fields.get('allowed_origins'),
    ),
    trust: read_trust(problems, `${path}.trust_proxy`, fields.get('trust_proxy')),
    logger: read_logger(problems, `${path}.logger`, fields.get('logger')),
    broker: read_broker(problems, `${path}.broker`, fields.get('broker')),
    seat_limits: {
      max_connections: read_count(problems, path, fields, 'max_connections'),
      max_connections_per_address: read_count(
        problems,
        path,
        fields,
        'max_connections_per_address',
      ),
    },
    websockets: read_websockets(problems, websockets, defaults),
  };
}

function read_count(
  problems: Problems,
  path: string,
  fields: Map<string, unknown>,
  name: keyof SeatLimits,
): number {
  const value = fields.has(name) ? fields.get(name) : 0;
  const mistake = why_no_count(value, 0);
  if (mistake === undefined) return value as number;
  problems.add(`${path}.${name}`, mistake);
  return 0;
}

function read_path(problems: Problems, path: string, value: unknown = DEFAULT_PATH): string {
  if (value === '/') return '';
  if (typeof value === 'string' && MOUNT_PATH.test(value)) return value;
  problems.add(
    path,
    `must begin with /, not end with /, and contain only letters, digits, -, _, ~ and .; got ${describe(value)}`,
  );
  return DEFAULT_PATH;
}

function read_origins(
  problems: Problems,
  path: string,
  value: unknown = 'same_host',
): OriginPolicy {
  if (value === 'same_host' || value === '*') return value;
  if (typeof value === 'function') return value as OriginPredicate;
  if (!Array.isArray(value)) {
    problems.add(
      path,
      `must be 'same_host', '*', a list of origins or a function; got ${describe(value)}`,
    );
    return 'same_host';
  }
  const origins = new Set<string>();
  for (const [index, text] of value.entries()) {
    const origin = typeof text === 'string' ? normalize_origin(text) : undefined;
    // A browser sends the origin "null" for a page without one, such as a file or a sandboxed frame.
    if (text === 'null') origins.add(text);
    else if (origin !== undefined) origins.add(origin);
    else {
      problems.add(
        `${path}[${index}]`,
        `must be an origin, such as "https://example.com"; got ${describe(text)}`,
      );
    }
  }
  return origins;
}

const BROKER_METHODS = ['start', 'publish', 'subscribe', 'unsubscribe', 'close'] as const;

function read_broker(problems: Problems, path: string, value: unknown): Broker | undefined {
  if (value === undefined) return undefined;
  const is_broker =
    typeof value === 'object' &&
    value !== null &&
    BROKER_METHODS.every((name) => typeof (value as Broker)[name] === 'function');
  if (is_broker) return value as Broker;
  problems.add(path, `must be a broker, such as redis_broker({ client }); got ${describe(value)}`);
  return undefined;
}

function read_logger(problems: Problems, path: string, value: unknown = console): Logger {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    problems.add(path, `must be a logger with warn and error; got ${describe(value)}`);
    return adapt_logger(console);
  }
  const methods = value as Record<string, unknown>;
  for (const name of ['warn', 'error'] as const) {
    if (typeof methods[name] === 'function') continue;
    problems.add(join_path(path, name), `must be a function; got ${describe(methods[name])}`);
  }
  return adapt_logger(value as LoggerLike & { bindings?: unknown });
}

function adapt_logger(logger: LoggerLike & { bindings?: unknown }): Logger {
  const is_details_first = typeof logger.bindings === 'function';
  // The console would print empty details as {}.
  const is_shown = (details: object) => logger !== console || Object.keys(details).length > 0;
  const log_with = (level: 'warn' | 'error') => (message: string, details: object) => {
    try {
      const logged: unknown = is_details_first
        ? logger[level](name_error(details), message)
        : logger[level](message, ...(is_shown(details) ? [details] : []));
      ignore_rejection(logged);
    } catch {
      // A logger that fails must not affect a client.
    }
  };
  return { warn: log_with('warn'), error: log_with('error') };
}

/** Renames `error` to `err`, the key under which pino serialises an error. */
function name_error(details: object): object {
  const { error, ...rest } = details as { error?: unknown };
  return error === undefined ? rest : { err: error, ...rest };
}
