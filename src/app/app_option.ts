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
  /** The address of the server, for example `http://localhost:2600`. It depends on `host`, `port` and `tls`. */
  readonly url: string;
  /** The port on which the server listens. */
  readonly port: number;
  /** Node's HTTP server, or its HTTPS server with `tls`. */
  readonly server: Server;
  /** The Express application. Add routes to it, or an error handler: `app.express.use(handler)`. */
  readonly express: ExpressApplication;
  /**
   * Returns a handle for the connections of an endpoint of this server.
   *
   * @throws {WebsocketsError} `unknown_endpoint`, if this server has no endpoint with this name.
   */
  websockets<Name extends keyof W & string>(
    name: Name,
  ): EndpointHandle<SendsOf<W[Name]>, ConnectionOf<W[Name]>>;
  /**
   * Closes the port at once, so that a load balancer sends new clients to other servers. Then closes every connection
   * ({@link MountedWebsockets.close}) and waits for requests in progress. A client that is still connecting is refused
   * with 503. When the grace period is over, all remaining connections are terminated.
   *
   * @throws {WebsocketsError} `bad_argument`, if an option is not a number of seconds. Nothing is closed then.
   */
  close(options?: CloseOptions): Promise<void>;
  /** Returns the counters and the current state of the endpoints: see {@link MountedWebsockets.stats}. */
  stats(): MountStats;
}

/** The options of `app()`. One {@link WebsocketsError} `bad_option` reports all mistakes together. */
export interface AppOptions<W extends Websockets = Websockets> {
  /** The endpoints by name. By default, each is served at `/api/_websockets/:name`. */
  websockets?: (W & KnownKeys<W>) | undefined;
  /** The handlers of HTTP requests, by path. Paths have the syntax of Express 5, and `'*'` matches every path. */
  routes?: Record<string, Route> | undefined;
  /** Middleware that runs before every route, in this order. */
  middleware?: RouteHandler[] | undefined;
  /**
   * The port to listen on: a whole number from 0 to 65535. 0 picks a free port.
   *
   * @default the environment variable PORT, otherwise 2600
   */
  port?: number | undefined;
  /**
   * The host name or IP address to listen on.
   *
   * @default every address of the machine
   */
  host?: string | undefined;
  /** The key and the certificate as PEM text, for example from `fs.readFileSync`. Serves `https:` and `wss:`. */
  tls?: { key: string | Buffer; cert: string | Buffer } | undefined;
  /** The options of the mount that serves the endpoints, for example `allowed_origins` and `trust_proxy`. */
  websocket_options?: MountOptions | undefined;
  /**
   * The options with which `SIGINT` and `SIGTERM` close the app. For example, use `{ drain_in_seconds: 30 }` behind a
   * load balancer.
   *
   * @default `{ grace_in_seconds: 5, drain_in_seconds: 0 }`
   */
  shutdown?: CloseOptions | undefined;
  /** The handlers of the server's own events. Both may be asynchronous. */
  events?:
    | {
        /**
         * Called once the server listens. `app()` waits for it. If it throws or rejects, the app closes, and `app()`
         * rejects with the error.
         */
        on_listening?: ((app: App<any>) => void) | undefined;
        /** Called once the app has closed. `close` waits for it. If it throws or rejects, the error is logged. */
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

/** @throws {WebsocketsError} `bad_option`, with every problem and its place. */
export function parse_app(options: unknown, environment: { PORT?: string | undefined }): ParsedApp {
  const problems = new Problems();
  const fields = problems.read_object('options', options) ?? new Map<string, unknown>();
  problems.check_keys('', fields, APP_KEYS);
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
    `is not set, so the environment variable PORT must be a whole number from 0 to 65535; got ${describe(from_environment)}`,
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
      `must be PEM text, which contains "-----BEGIN", for example from fs.readFileSync; got ${
        pem instanceof Uint8Array ? 'other bytes' : describe(pem)
      }`,
    );
  }
  return { key: fields.get('key') as string, cert: fields.get('cert') as string };
}

function is_pem(text: string): boolean {
  return text.includes('-----BEGIN');
}
