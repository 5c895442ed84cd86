import type { Server } from 'node:http';
import { describe, Problems } from '../core/base/problems.ts';
import type { ConnectionOf, SendsOf, Websockets } from '../core/declare/definition.ts';
import type { KnownKeys } from '../core/declare/known_keys.ts';
import type { EndpointHandle } from '../core/endpoint/endpoint_handle.ts';
import type { MountStats } from '../core/mount/mount.ts';
import { type CloseOptions, why_no_duration } from '../core/mount/shutdown.ts';
import { type MountOptions, type ParsedMount, read_mount } from '../core/options/mount_option.ts';
import type { ExpressApplication, RouteHandler } from './route_handler.ts';
import { type ParsedRoute, type Route, read_handlers, read_routes } from './route_option.ts';

/** A server that `app()` started. */
export interface App<W = any> {
  /** `http://localhost:2600`, or as host, port and TLS have it. */
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly express: ExpressApplication;
  /** @throws {WebsocketsError} `unknown_endpoint`, where this server declares no such name. */
  websockets<Name extends keyof W & string>(
    name: Name,
  ): EndpointHandle<SendsOf<W[Name]>, ConnectionOf<W[Name]>>;
  /**
   * Closes the port at once, so that a load balancer sends new clients elsewhere. Then closes every
   * connection ({@link MountedWebsockets.close}) and waits for the requests that are under way. A
   * client that was already connecting is refused with 503. When the grace is over, the rest is cut.
   */
  close(options?: CloseOptions): Promise<void>;
  /** What its endpoints have done so far, and hold now ({@link MountedWebsockets.stats}). */
  stats(): MountStats;
}

export interface AppOptions<W extends Websockets = Websockets> {
  /** Endpoints by their names. Each is served at `/api/_websockets/:name`. */
  websockets?: (W & KnownKeys<W>) | undefined;
  /** Paths, as Express 5 understands them, to what answers them. `'*'` is every path. */
  routes?: Record<string, Route> | undefined;
  /** Runs before every route, in order. */
  middleware?: RouteHandler[] | undefined;
  /**
   * 0 picks a free one.
   *
   * @default the environment's PORT, else 2600
   */
  port?: number | undefined;
  /** @default every address of the machine */
  host?: string | undefined;
  /** PEM text: what `fs.readFileSync` returns for the two files. With it, `https:` and `wss:` are served. */
  tls?: { key: string | Buffer; cert: string | Buffer } | undefined;
  /** How the endpoints are mounted. */
  websocket_options?: MountOptions | undefined;
  /**
   * How `SIGINT` and `SIGTERM` close: a load balancer's clients over half a minute, say.
   *
   * @default those of {@link CloseOptions}: a grace of 5 seconds, and no drain
   */
  shutdown?: CloseOptions | undefined;
  events?:
    | {
        on_listening?: ((app: App<any>) => void) | undefined;
        on_closed?: (() => void) | undefined;
      }
    | undefined;
}

/** {@link AppOptions} with every default filled in. */
export interface ParsedApp {
  readonly mount: ParsedMount;
  readonly routes: readonly ParsedRoute[];
  readonly middleware: readonly RouteHandler[];
  readonly port: number;
  readonly host: string | undefined;
  readonly tls: { key: string | Buffer; cert: string | Buffer } | undefined;
  readonly shutdown: CloseOptions;
  readonly on_listening: ((app: App) => unknown) | undefined;
  readonly on_closed: (() => unknown) | undefined;
}

const APP_KEYS = [
  'websockets',
  'routes',
  'middleware',
  'port',
  'host',
  'tls',
  'websocket_options',
  'shutdown',
  'events',
] as const;
const CLOSE_KEYS = ['grace_in_seconds', 'drain_in_seconds'] as const;
const EVENT_KEYS = ['on_listening', 'on_closed'] as const;
const TLS_KEYS = ['key', 'cert'] as const;
const DEFAULT_PORT = 2600;

/** @throws {WebsocketsError} `bad_option`, with every problem and where it stands. */
export function parse_app(options: unknown, environment: { PORT?: string | undefined }): ParsedApp {
  const problems = new Problems();
  const fields = problems.read_object('options', options) ?? new Map<string, unknown>();
  problems.check_keys('options', fields, APP_KEYS);
  const events = read_events(problems, fields.get('events'));
  const parsed: ParsedApp = {
    mount: read_mount(
      problems,
      fields.has('websockets') ? fields.get('websockets') : {},
      'websocket_options',
      fields.get('websocket_options'),
    ),
    routes: read_routes(problems, fields.get('routes')),
    middleware: read_handlers(problems, 'middleware', fields.get('middleware')),
    port: read_port(problems, fields.get('port'), environment.PORT),
    host: read_host(problems, fields.get('host')),
    tls: read_tls(problems, fields.get('tls')),
    shutdown: read_shutdown(problems, fields.get('shutdown')),
    on_listening: problems.read_function('events', events, 'on_listening'),
    on_closed: problems.read_function('events', events, 'on_closed'),
  };
  problems.throw_if_any();
  return parsed;
}

function read_events(problems: Problems, value: unknown = {}): Map<string, unknown> {
  const events = problems.read_object('events', value) ?? new Map<string, unknown>();
  problems.check_keys('events', events, EVENT_KEYS);
  return events;
}

function read_shutdown(problems: Problems, value: unknown = {}): CloseOptions {
  const fields = problems.read_object('shutdown', value) ?? new Map<string, unknown>();
  problems.check_keys('shutdown', fields, CLOSE_KEYS);
  for (const key of CLOSE_KEYS) {
    const mistake = fields.has(key) ? why_no_duration(fields.get(key)) : undefined;
    if (mistake !== undefined) problems.add(`shutdown.${key}`, mistake);
  }
  return Object.fromEntries(fields);
}

function read_port(problems: Problems, value: unknown, from_environment?: string): number {
  if (value !== undefined) {
    if (is_port(value)) return value;
    problems.add('port', `must be a whole number from 0 to 65535; got ${describe(value)}`);
    return DEFAULT_PORT;
  }
  if (from_environment === undefined || from_environment === '') return DEFAULT_PORT;
  const port = Number(from_environment);
  if (/^\d+$/.test(from_environment) && is_port(port)) return port;
  problems.add(
    'port',
    `is not given, and the environment's PORT must be a whole number from 0 to 65535; got ${describe(from_environment)}`,
  );
  return DEFAULT_PORT;
}

function is_port(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
}

function read_host(problems: Problems, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  problems.add('host', `must be a host name or an IP address; got ${describe(value)}`);
  return undefined;
}

function read_tls(problems: Problems, value: unknown): ParsedApp['tls'] {
  if (value === undefined) return undefined;
  const fields = problems.read_object('tls', value);
  if (fields === undefined) return undefined;
  problems.check_keys('tls', fields, TLS_KEYS);
  for (const name of TLS_KEYS) {
    const pem = fields.get(name);
    if ((typeof pem === 'string' || pem instanceof Uint8Array) && is_pem(String(pem))) continue;
    problems.add(
      `tls.${name}`,
      `must be PEM text, which begins with "-----BEGIN": what fs.readFileSync returns for the file; got ${
        pem instanceof Uint8Array ? 'other bytes' : describe(pem)
      }`,
    );
  }
  return { key: fields.get('key') as string, cert: fields.get('cert') as string };
}

function is_pem(text: string): boolean {
  return text.includes('-----BEGIN');
}
