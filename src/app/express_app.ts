import type { Express, RequestHandler, Response } from 'express';
import { NO_WEBSOCKET, nothing_at, type Refusal, refusal_body } from '../core/admit/refusal.ts';
import { join_path, Problems } from '../core/base/problems.ts';
import { is_under, path_of } from '../core/mount/gate.ts';
import type { ParsedMount } from '../core/options/mount_option.ts';
import type { ParsedApp } from './app_option.ts';
import type { ParsedRoute } from './route_option.ts';

/**
 * Creates an Express 5 application with the middleware and routes of `app()`.
 *
 * @throws {WebsocketsError} `bad_option`, if Express does not understand a path.
 */
export async function create_express_app(parsed: ParsedApp): Promise<Express> {
  const { mount, middleware, routes } = parsed;
  // Loaded lazily: applications that only mount endpoints never load Express.
  const { default: create } = await import('express');
  const express = create();
  express.disable('x-powered-by');
  // Routes and endpoints must agree on the client's address.
  express.set('trust proxy', mount.trust);
  express.use(answer_at_endpoints(mount));
  for (const handler of middleware) express.use(handler);
  for (const route of routes) add_route(express, route);
  // Last, because routes may be below the path of the mount.
  express.use(answer_beside_endpoints(mount));
  return express;
}

/** Answers plain HTTP requests to an endpoint. */
function answer_at_endpoints({ path: mount_path, websockets }: ParsedMount): RequestHandler {
  return (request, response, next) => {
    const path = path_of(request.url);
    const is_below = path.startsWith(`${mount_path}/`);
    if (is_below && websockets.has(path.slice(mount_path.length + 1)))
      send_refusal(response, NO_WEBSOCKET);
    else next();
  };
}

/** Answers all other requests at or below the path of a mount. */
function answer_beside_endpoints({ path: mount_path }: ParsedMount): RequestHandler {
  return (request, response, next) => {
    const path = path_of(request.url);
    // If the mount is at the root, Express answers them.
    if (mount_path !== '' && is_under(mount_path, path)) send_refusal(response, nothing_at(path));
    else next();
  };
}

function send_refusal(response: Response, refusal: Refusal): void {
  const { status, headers = {} } = refusal;
  response.status(status).set(headers).type('json').send(refusal_body(refusal));
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
