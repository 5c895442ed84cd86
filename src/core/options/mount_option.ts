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

/** Any logger with `warn` and `error`: `console`, pino, winston, a framework's own. */
export interface LoggerLike {
  warn: LogMethod;
  error: LogMethod;
}

/** How endpoints are mounted on a server. */
export interface MountOptions {
  /**
   * Where the endpoints are served: `<path>/<name>`.
   *
   * @default '/api/_websockets'
   */
  path?: string | undefined;
  /**
   * Which pages may connect: those of this server's own host; `'*'`, any; a list of origins, such as
   * `'https://example.com'`; or a function of the origin and the request, which returns true or false.
   * Others are refused with 403. A client that sends no `Origin` is no browser, and is admitted.
   *
   * @default 'same_host'
   */
  allowed_origins?: 'same_host' | '*' | readonly string[] | OriginPredicate | undefined;
  /**
   * Which proxies are believed about the client's address (`X-Forwarded-For`) and about what it calls
   * this server (`X-Forwarded-Host`), as in Express. A proxy that connects over a Unix socket counts as `127.0.0.1`, so
   * that `'loopback'` trusts it.
   *
   * @default false
   */
  trust_proxy?: TrustProxy | undefined;
  /**
   * Where failures are reported and, outside production (`NODE_ENV`), each refused client: a line with the reason, at most
   * ten lines in ten seconds. A pino-like logger (one with `bindings()`) is called with the
   * details first, any other with the message first.
   *
   * @default console
   */
  logger?: LoggerLike | undefined;
  /**
   * What reaches the connections of other processes and machines; without one, there are none. Upgrades
   * never wait for it. Mounts of one process share one, or what `websockets` sends arrives once by each;
   * the last to close closes it.
   */
  broker?: Broker | undefined;
  /**
   * How many clients may be connected to all endpoints together, or wait to be, on this node. One
   * more is refused with 503. 0 switches it off.
   *
   * @default 0
   */
  max_connections?: number | undefined;
  /**
   * The same for the clients of one address; one more is refused with 429. Behind a proxy, set
   * `trust_proxy`, or all are of one address. Clients whose address is unknown are not counted: those on a Unix socket
   * without a trusted proxy. 0 switches it off.
   *
   * @default 0
   */
  max_connections_per_address?: number | undefined;
  /** What every endpoint's `options` start from. */
  endpoint_options?: WebsocketOptions | undefined;
}

export interface ParsedMount {
  /** Begins with `/`, or is empty for the root; ends without. */
  readonly path: string;
  readonly allowed_origins: OriginPolicy;
  readonly trust: Trust;
  readonly logger: Logger;
  readonly broker: Broker | undefined;
  readonly seat_limits: SeatLimits;
  readonly websockets: ParsedWebsockets;
}

export const DEFAULT_PATH = '/api/_websockets';

/** Those that mean something without a path, and for a single endpoint, too. */
export const COMMON_MOUNT_KEYS = [
  'allowed_origins',
  'trust_proxy',
  'logger',
  'broker',
  'max_connections',
  'max_connections_per_address',
] as const;
const MOUNT_KEYS = ['path', ...COMMON_MOUNT_KEYS, 'endpoint_options'] as const;

/** Segments of what a path can carry without any encoding. */
const MOUNT_PATH = /^(\/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+$/;

/**
 * @param path where the options stand, for its problems.
 * @throws {WebsocketsError} `bad_option`, with every problem of both.
 */
export function parse_mount(websockets: unknown, options: unknown): ParsedMount {
  const problems = new Problems();
  const parsed = read_mount(problems, websockets, 'options', options);
  problems.throw_if_any();
  return parsed;
}

/** As {@link parse_mount}, for whoever has other problems to report as well. */
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
    `must begin with / and not end with it, in letters, digits, -, _, ~ and .; got ${describe(value)}`,
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
    // What a browser calls the origin of a page that has none, a file or a sandboxed frame.
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
    problems.add(path, `must be a logger, with warn and error; got ${describe(value)}`);
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
  // The console would show empty details as a stray {}.
  const is_shown = (details: object) => logger !== console || Object.keys(details).length > 0;
  const log_with = (level: 'warn' | 'error') => (message: string, details: object) => {
    try {
      const logged: unknown = is_details_first
        ? logger[level](name_error(details), message)
        : logger[level](message, ...(is_shown(details) ? [details] : []));
      ignore_rejection(logged);
    } catch {
      // A logger that fails is no reason to fail a client.
    }
  };
  return { warn: log_with('warn'), error: log_with('error') };
}

/** pino serialises an error under `err`. */
function name_error(details: object): object {
  const { error, ...rest } = details as { error?: unknown };
  return error === undefined ? rest : { err: error, ...rest };
}
