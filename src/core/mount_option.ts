import type { ParsedWebsocketOptions, ParsedWebsockets, WebsocketOptions } from './definition.ts';
import { read_limits, read_websockets } from './option.ts';
import type { Logger } from './ports.ts';
import { describe, join_path, Problems } from './problems.ts';

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
   * Where failures are reported. A pino-like logger (one with `bindings()`) is called with the
   * details first, any other with the message first.
   *
   * @default console
   */
  logger?: LoggerLike | undefined;
  /** What every endpoint's `options` start from. */
  endpoint_options?: WebsocketOptions | undefined;
}

export interface ParsedMount {
  /** Begins with `/`, or is empty for the root; ends without. */
  readonly path: string;
  readonly logger: Logger;
  readonly websockets: ParsedWebsockets;
}

export const DEFAULT_PATH = '/api/_websockets';

const MOUNT_KEYS = ['path', 'logger', 'endpoint_options'] as const;

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
  const defaults: ParsedWebsocketOptions = read_limits(
    problems,
    `${path}.endpoint_options`,
    fields.get('endpoint_options'),
  );
  return {
    path: read_path(problems, `${path}.path`, fields.get('path')),
    logger: read_logger(problems, `${path}.logger`, fields.get('logger')),
    websockets: read_websockets(problems, websockets, defaults),
  };
}

function read_path(problems: Problems, path: string, value: unknown = DEFAULT_PATH): string {
  if (value === '/') return '';
  if (typeof value === 'string' && MOUNT_PATH.test(value)) return value;
  problems.add(
    path,
    `must begin with / and not end with it, in letters, digits, -, _, ~ and .; it is ${describe(value)}`,
  );
  return DEFAULT_PATH;
}

function read_logger(problems: Problems, path: string, value: unknown = console): Logger {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    problems.add(path, `must be a logger, with warn and error; it is ${describe(value)}`);
    return adapt_logger(console);
  }
  const methods = value as Record<string, unknown>;
  for (const name of ['warn', 'error'] as const) {
    if (typeof methods[name] === 'function') continue;
    problems.add(join_path(path, name), `must be a function; it is ${describe(methods[name])}`);
  }
  return adapt_logger(value as LoggerLike & { bindings?: unknown });
}

function adapt_logger(logger: LoggerLike & { bindings?: unknown }): Logger {
  const is_details_first = typeof logger.bindings === 'function';
  const log_with = (level: 'warn' | 'error') => (message: string, details: object) => {
    try {
      const logged: unknown = is_details_first
        ? logger[level](name_error(details), message)
        : logger[level](message, details);
      Promise.resolve(logged).catch(do_nothing);
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

function do_nothing(): void {}
