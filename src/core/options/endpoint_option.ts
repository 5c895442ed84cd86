import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, join_path, Problems } from '../base/problems.ts';
import { is_standard_schema } from '../base/schema.ts';
import {
  do_nothing,
  type ParsedWebsocket,
  type ParsedWebsocketOptions,
  type ParsedWebsockets,
  type WebsocketOptions,
} from '../declare/definition.ts';

interface Limit {
  default: number;
  minimum: number;
  /** Whether 0 switches a duration off. Other durations must be positive. */
  can_be_off?: boolean;
}

// The transport stores sizes, and timers store milliseconds, as signed 32-bit numbers.
const MAX_COUNT = 2 ** 31 - 1;
export const MAX_SECONDS = Math.floor(MAX_COUNT / 1000);

type LimitName = Exclude<keyof WebsocketOptions, 'compression'>;

const LIMITS: Record<LimitName, Limit> = {
  max_message_size_in_bytes: { default: 1_048_576, minimum: 1 },
  max_queued_messages: { default: 64, minimum: 1 },
  max_concurrent_messages: { default: 1, minimum: 1 },
  max_messages_per_second: { default: 0, minimum: 0 },
  max_buffered_in_bytes: { default: 4_194_304, minimum: 0 },
  max_connections: { default: 0, minimum: 0 },
  max_topics: { default: 1000, minimum: 1 },
  heartbeat_interval_in_seconds: { default: 25, minimum: 0, can_be_off: true },
  heartbeat_timeout_in_seconds: { default: 10, minimum: 0 },
  upgrade_timeout_in_seconds: { default: 10, minimum: 0 },
  close_timeout_in_seconds: { default: 5, minimum: 0 },
};

const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];

const OPTION_NAMES: (keyof WebsocketOptions)[] = [...LIMIT_NAMES, 'compression'];

const DEFINITION_KEYS = [
  'params',
  'receives',
  'sends',
  'on_upgrade',
  'on_open',
  'on_message',
  'on_close',
  'on_error',
  'options',
] as const;

/** Only letters, digits, `-`, `_` and, except at the start, `.`: a path carries these without encoding. */
const ENDPOINT_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

/**
 * Parses the `websockets` of a user: checks everything, and fills in every default, so that nothing optional is left.
 *
 * @param defaults the defaults for the `options` of every endpoint.
 * @throws {WebsocketsError} `bad_option`, with every problem and its place.
 */
export function parse_websockets(
  websockets: unknown,
  defaults: WebsocketOptions = {},
): ParsedWebsockets {
  const problems = new Problems();
  const parsed = read_websockets(
    problems,
    websockets,
    read_options(problems, 'endpoint_options', defaults),
  );
  problems.throw_if_any();
  return parsed;
}

/** Works as {@link parse_websockets}, but adds to `problems` instead of throwing. */
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
  for (const option of OPTION_NAMES) {
    if (!fields.delete(option)) continue;
    problems.add(join_path(path, option), `belongs under options: ${path}.options.${option}`);
  }
  problems.check_keys(path, fields, DEFINITION_KEYS);
  return {
    name,
    params: read_schema(problems, path, fields, 'params'),
    receives: read_schema(problems, path, fields, 'receives'),
    sends: read_sends(problems, path, fields),
    on_upgrade: read_on_upgrade(problems, path, fields),
    on_open: problems.read_function(path, fields, 'on_open') ?? do_nothing,
    on_message: problems.read_function(path, fields, 'on_message') ?? do_nothing,
    on_close: problems.read_function(path, fields, 'on_close') ?? do_nothing,
    on_error: problems.read_function(path, fields, 'on_error'),
    options: read_options(problems, `${path}.options`, fields.get('options'), defaults),
  };
}

function read_schema(
  problems: Problems,
  path: string,
  fields: Map<string, unknown>,
  key: string,
): StandardSchemaV1 | undefined {
  const schema = fields.get(key);
  if (schema === undefined || is_standard_schema(schema)) return schema;
  problems.add(
    join_path(path, key),
    `must be a Standard Schema, for example from zod, valibot or arktype; got ${describe(schema)}`,
  );
  return undefined;
}

function read_sends(
  problems: Problems,
  path: string,
  fields: Map<string, unknown>,
): StandardSchemaV1 | undefined {
  const sends = read_schema(problems, path, fields, 'sends');
  // Only valibot shows that a schema is asynchronous. For other schemas, the first use reports it.
  if (shows_asynchronous(sends)) {
    problems.add(join_path(path, 'sends'), 'must be synchronous: send() does not wait');
  }
  return sends;
}

function shows_asynchronous(schema: unknown): boolean {
  try {
    return (schema as { async?: unknown } | undefined)?.async === true;
  } catch {
    return false;
  }
}

function read_on_upgrade(problems: Problems, path: string, fields: Map<string, unknown>) {
  const on_upgrade = problems.read_function<ParsedWebsocket['on_upgrade']>(
    path,
    fields,
    'on_upgrade',
  );
  // Without on_upgrade, a client is connected at once.
  return on_upgrade === do_nothing ? undefined : on_upgrade;
}

/** Parses the options of an endpoint. `defaults` apply to the options that it does not set. */
export function read_options(
  problems: Problems,
  path: string,
  value: unknown = {},
  defaults?: ParsedWebsocketOptions,
): ParsedWebsocketOptions {
  const fields = problems.read_object(path, value) ?? new Map<string, unknown>();
  problems.check_keys(path, fields, OPTION_NAMES);
  const limits = {} as Record<LimitName, number>;
  for (const name of LIMIT_NAMES) {
    limits[name] = defaults?.[name] ?? LIMITS[name].default;
    if (!fields.has(name)) continue;
    const limit = fields.get(name);
    const mistake = why_no_limit(name, limit);
    if (mistake === undefined) limits[name] = limit as number;
    else problems.add(join_path(path, name), mistake);
  }
  limits.heartbeat_timeout_in_seconds = resolve_heartbeat_timeout(
    problems,
    path,
    fields,
    limits,
    defaults !== undefined,
  );
  let compression = defaults?.compression ?? false;
  if (fields.has('compression')) {
    const value = fields.get('compression');
    if (typeof value === 'boolean') compression = value;
    else problems.add(`${path}.compression`, `must be true or false; got ${describe(value)}`);
  }
  return { ...limits, compression };
}

/**
 * The heartbeat's time-out is at most its interval: a client has to answer a ping before the next one would be sent.
 * A longer time-out is a problem if these options set it. A time-out from the defaults is shortened to the interval.
 *
 * @param has_defaults false for `endpoint_options`. These keep their time-out, because an endpoint may have a longer
 * interval.
 */
function resolve_heartbeat_timeout(
  problems: Problems,
  path: string,
  fields: Map<string, unknown>,
  limits: Record<LimitName, number>,
  has_defaults: boolean,
): number {
  const { heartbeat_interval_in_seconds: interval, heartbeat_timeout_in_seconds: timeout } = limits;
  if (interval === 0 || timeout <= interval) return timeout;
  if (fields.has('heartbeat_timeout_in_seconds')) {
    problems.add(
      join_path(path, 'heartbeat_timeout_in_seconds'),
      `must be at most heartbeat_interval_in_seconds, which is ${interval}; got ${timeout}`,
    );
  }
  return has_defaults ? interval : timeout;
}

function why_no_limit(name: LimitName, value: unknown): string | undefined {
  const { minimum, can_be_off = false } = LIMITS[name];
  if (can_be_off && value === 0) return undefined;
  if (name.endsWith('_in_seconds')) {
    if (typeof value === 'number' && value > 0 && value <= MAX_SECONDS) return undefined;
    const or_off = can_be_off ? ', or 0 to switch it off' : '';
    return `must be a positive number of at most ${MAX_SECONDS}${or_off}; got ${describe(value)}`;
  }
  return why_no_count(value, minimum);
}

/** Returns why a value is not a count of at least `minimum`, or `undefined` if it is one. */
export function why_no_count(value: unknown, minimum: number): string | undefined {
  if (Number.isInteger(value) && (value as number) >= minimum) {
    if ((value as number) <= MAX_COUNT) return undefined;
    return `must be at most ${MAX_COUNT}; got ${describe(value)}`;
  }
  return `must be a whole number of at least ${minimum}; got ${describe(value)}`;
}
