import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as create_tls_server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Express, RequestHandler } from 'express';
import {
  type App,
  type AppOptions,
  type ParsedApp,
  type ParsedRoute,
  parse_app,
} from './app_option.ts';
import { WebsocketsError } from './core/errors.ts';
import { path_of, refusal_body, refuse_plain_request } from './core/gate.ts';
import { join_path } from './core/problems.ts';
import {
  type CloseOptions,
  check_grace,
  DEFAULT_GRACE_IN_SECONDS,
  type MountedWebsockets,
  mount_parsed,
} from './node/mount.ts';
import { close_on_signals } from './signals.ts';

export type { App, AppOptions, Route, RouteHandler } from './app_option.ts';

/**
 * Starts an Express 5 server with these routes and WebSocket endpoints. `SIGINT` and `SIGTERM`
 * close it gracefully; a second one cuts short.
 *
 * @throws {WebsocketsError} `bad_option`, with every problem, before anything listens;
 * `listen_failed`, where the port is in use, say. Nothing is left running then.
 */
export async function app(options: AppOptions = {}): Promise<App> {
  const parsed = parse_app(options, process.env);
  const express = await create_express(parsed);
  const server = create_server(parsed, express);
  const mounted = mount_parsed(server, parsed.mount);
  let started: App | undefined;
  try {
    await listen(server, parsed);
    started = describe_app(parsed, server, express, mounted);
    parsed.on_listening?.(started);
    return started;
  } catch (error) {
    const now = { grace_in_seconds: 0 };
    await (started?.close(now) ?? close_server(server, mounted, now));
    throw error;
  }
}

async function create_express({ mount, middleware, routes }: ParsedApp): Promise<Express> {
  // Loaded here: whoever only mounts never pays for it.
  const { default: create } = await import('express');
  const express = create();
  express.disable('x-powered-by');
  const endpoint_paths = new Set(
    [...mount.websockets.keys()].map((name) => `${mount.path}/${name}`),
  );
  express.use(answer_plain_requests(endpoint_paths));
  for (const handler of middleware) express.use(handler);
  for (const route of routes) add_route(express, route);
  return express;
}

/** Answers requests to an endpoint that ask for no WebSocket. */
function answer_plain_requests(endpoint_paths: ReadonlySet<string>): RequestHandler {
  const { refusal } = refuse_plain_request();
  return (request, response, next) => {
    if (!endpoint_paths.has(path_of(request.url))) return next();
    response.status(refusal.status).set(refusal.headers).type('json').send(refusal_body(refusal));
  };
}

function add_route(express: Express, { path, methods, handlers }: ParsedRoute): void {
  try {
    const route = express.route(path);
    for (const method of methods) route[method as 'get'](...handlers);
  } catch (cause) {
    const message = `is not a path that Express 5 understands: ${cause instanceof Error ? cause.message : cause}`;
    const problem = { path: join_path('routes', path), message };
    throw new WebsocketsError(
      'bad_option',
      `${problem.path} ${message}`,
      { problems: [problem] },
      { cause },
    );
  }
}

function create_server({ tls }: ParsedApp, express: Express): Server {
  if (tls === undefined) return createServer(express);
  try {
    return create_tls_server(tls, express);
  } catch (cause) {
    const message = `does not hold a key and its certificate that Node can read: ${
      cause instanceof Error ? cause.message : cause
    }`;
    throw new WebsocketsError(
      'bad_option',
      `tls ${message}`,
      { problems: [{ path: 'tls', message }] },
      { cause },
    );
  }
}

async function listen(server: Server, { host, port }: ParsedApp): Promise<void> {
  try {
    server.listen({ port, ...(host !== undefined && { host }) });
    await once(server, 'listening');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new WebsocketsError(
      'listen_failed',
      code === 'EADDRINUSE'
        ? `port ${port} is already in use; stop what listens there, or pass another port`
        : `cannot listen on port ${port}: ${message}`,
      { host, port },
      { cause },
    );
  }
}

function describe_app(
  parsed: ParsedApp,
  server: Server,
  express: Express,
  mounted: MountedWebsockets,
): App {
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = async (options: CloseOptions = {}) => {
    check_grace(options.grace_in_seconds);
    if (closing !== undefined) {
      // A second, shorter grace cuts the first one short.
      close_server(server, mounted, options);
      return closing;
    }
    closing = close_server(server, mounted, options).then(() => {
      unhook_signals();
      parsed.on_closed?.();
    });
    return closing;
  };
  const unhook_signals = close_on_signals(close);
  return {
    url: `${parsed.tls === undefined ? 'http' : 'https'}://${name_host(parsed.host)}:${port}`,
    port,
    server,
    express,
    websockets: (name) => mounted.endpoint(name),
    close,
  };
}

async function close_server(
  server: Server,
  mounted: MountedWebsockets,
  options: CloseOptions,
): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const { grace_in_seconds = DEFAULT_GRACE_IN_SECONDS } = options;
  const cut = setTimeout(() => server.closeAllConnections(), grace_in_seconds * 1000);
  await mounted.close(options);
  await stopped;
  clearTimeout(cut);
}

/** How one reaches it from this machine. */
function name_host(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
