import type {
  ParsedWebsocket,
  ParsedWebsocketOptions,
  ParsedWebsockets,
  WebsocketOptions,
} from './definition.ts';
import { describe, join_path, Problems } from './problems.ts';

interface Limit {
  default: number;
  minimum: number;
}

// The transport holds sizes as 32-bit numbers, and timers their milliseconds.
const MAX_COUNT = 2 ** 31 - 1;
export const MAX_SECONDS = Math.floor(MAX_COUNT / 1000);

const LIMITS: Record<keyof WebsocketOptions, Limit> = {
  max_message_size_in_bytes: { default: 1_048_576, minimum: 1 },
  max_queued_messages: { default: 64, minimum: 1 },
  max_concurrent_messages: { default: 1, minimum: 1 },
  upgrade_timeout_in_seconds: { default: 10, minimum: 0 },
  close_timeout_in_seconds: { default: 5, minimum: 0 },
};

const LIMIT_NAMES = Object.keys(LIMITS) as (keyof WebsocketOptions)[];

const DEFINITION_KEYS = [
  'on_upgrade',
  'on_open',
  'on_message',
  'on_close',
  'on_error',
  'options',
] as const;

/** Letters, digits, `-`, `_` and, not first, `.`: what a path can carry without any encoding. */
const ENDPOINT_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

/**
 * Turns what the user passed as `websockets` into a total value: every default
 * filled in, nothing optional left.
 *
 * @param defaults what every endpoint's `options` start from.
 * @throws {WebsocketsError} `bad_option`, with every problem and where it stands.
 */
export function parse_websockets(
  websockets: unknown,
  defaults: WebsocketOptions = {},
): ParsedWebsockets {
  const problems = new Problems();
  const parsed = read_websockets(
    problems,
    websockets,
    read_limits(problems, 'endpoint_options', defaults),
  );
  problems.throw_if_any();
  return parsed;
}

/** As {@link parse_websockets}, for whoever has other problems to report as well. */
export function read_websockets(
  problems: Problems,
  websockets: unknown,
  defaults: ParsedWebsocketOptions,
): ParsedWebsockets {
  const parsed = new Map<string, ParsedWebsocket>();
  for (const [name, definition] of problems.read_object('websockets', websockets) ?? []) {
    const path = join_path('websockets', name);
    if (name === '__proto__' || !ENDPOINT_NAME.test(name)) {
      problems.add(
        path,
        'is not a valid endpoint name: use letters, digits, -, _ and . (not first)',
      );
    } else {
      parsed.set(name, read_definition(problems, path, name, definition, defaults));
    }
  }
  return parsed;
}

function read_definition(
  problems: Problems,
  path: string,
  name: string,
  definition: unknown,
  defaults: ParsedWebsocketOptions,
): ParsedWebsocket {
  const fields = problems.read_object(path, definition) ?? new Map<string, unknown>();
  for (const limit of LIMIT_NAMES) {
    if (!fields.delete(limit)) continue;
    problems.add(join_path(path, limit), `belongs under options: ${path}.options.${limit}`);
  }
  problems.check_keys(path, fields, DEFINITION_KEYS);
  return {
    name,
    on_upgrade: problems.read_function(path, fields, 'on_upgrade'),
    on_open: problems.read_function(path, fields, 'on_open') ?? do_nothing,
    on_message: problems.read_function(path, fields, 'on_message') ?? do_nothing,
    on_close: problems.read_function(path, fields, 'on_close') ?? do_nothing,
    on_error: problems.read_function(path, fields, 'on_error'),
    options: read_limits(problems, `${path}.options`, fields.get('options'), defaults),
  };
}

/** An endpoint's limits, over those that hold where it sets none. */
export function read_limits(
  problems: Problems,
  path: string,
  value: unknown = {},
  defaults?: ParsedWebsocketOptions,
): ParsedWebsocketOptions {
  const fields = problems.read_object(path, value) ?? new Map<string, unknown>();
  problems.check_keys(path, fields, LIMIT_NAMES);
  const limits = {} as Record<keyof WebsocketOptions, number>;
  for (const name of LIMIT_NAMES) {
    limits[name] = defaults?.[name] ?? LIMITS[name].default;
    if (!fields.has(name)) continue;
    const limit = fields.get(name);
    const mistake = why_no_limit(name, limit);
    if (mistake === undefined) limits[name] = limit as number;
    else problems.add(join_path(path, name), mistake);
  }
  return limits;
}

function why_no_limit(name: keyof WebsocketOptions, value: unknown): string | undefined {
  if (name.endsWith('_in_seconds')) {
    if (typeof value === 'number' && value > 0 && value <= MAX_SECONDS) return undefined;
    return `must be a positive number of at most ${MAX_SECONDS}; it is ${describe(value)}`;
  }
  const { minimum } = LIMITS[name];
  if (Number.isInteger(value) && (value as number) >= minimum) {
    if ((value as number) <= MAX_COUNT) return undefined;
    return `must be at most ${MAX_COUNT}; it is ${describe(value)}`;
  }
  return `must be a whole number of at least ${minimum}; it is ${describe(value)}`;
}

function do_nothing(): void {}
