import type { Express, RequestHandler } from 'express';
import type { ParsedApp } from './app_option.ts';
import { path_of } from './core/gate.ts';
import { join_path, Problems } from './core/problems.ts';
import { NO_WEBSOCKET, refusal_body } from './core/refusal.ts';
import type { ParsedRoute } from './route_option.ts';

/**
 * An Express 5 application with the middleware and routes of `app()`.
 *
 * @throws {WebsocketsError} `bad_option`, where Express does not understand a path.
 */
export async function create_express_app(parsed: ParsedApp): Promise<Express> {
  const { mount, middleware, routes } = parsed;
  // Loaded here: whoever only mounts never pays for it.
  const { default: create } = await import('express');
  const express = create();
  express.disable('x-powered-by');
  // Who a client is, is the same for a route as for an endpoint.
  express.set('trust proxy', mount.trust);
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
  const { status, headers } = NO_WEBSOCKET;
  const body = refusal_body(NO_WEBSOCKET);
  return (request, response, next) => {
    if (!endpoint_paths.has(path_of(request.url))) return next();
    response.status(status).set(headers).type('json').send(body);
  };
}

function add_route(express: Express, { path, methods, handlers }: ParsedRoute): void {
  try {
    const route = express.route(path);
    for (const method of methods) route[method as 'get'](...handlers);
  } catch (cause) {
    const problems = new Problems();
    const why = cause instanceof Error ? cause.message : cause;
    problems.add(join_path('routes', path), `is not a path that Express 5 understands: ${why}`);
    problems.throw_if_any(cause);
  }
}
