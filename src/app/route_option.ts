import { METHODS } from 'node:http';
import { describe, join_path, type Problems, why_no_plain_object } from '../core/base/problems.ts';
import type { RouteHandler } from './route_handler.ts';

/** The handler of one path. A function answers GET requests. */
export type Route =
  | RouteHandler
  | {
      /**
       * The HTTP method that the handler answers.
       *
       * @default 'GET'
       */
      method?: string | undefined;
      /** Several HTTP methods, instead of `method`. */
      methods?: string[] | undefined;
      /** Middleware that runs before the handler, in this order. */
      middleware?: RouteHandler[] | undefined;
      /** The function that answers the request. Required. */
      handler: RouteHandler;
    };

export interface ParsedRoute {
  readonly path: string;
  readonly methods: readonly string[];
  readonly handlers: readonly RouteHandler[];
}

const ROUTE_KEYS = ['method', 'methods', 'middleware', 'handler'] as const;

/** Parses the routes, in the order of the object. */
export function read_routes(problems: Problems, value: unknown = {}): ParsedRoute[] {
  const routes: ParsedRoute[] = [];
  for (const [path, route] of problems.read_object('routes', value) ?? []) {
    const at = join_path('routes', path);
    if (path !== '*' && !path.startsWith('/')) {
      problems.add(at, 'must begin with /, or be *');
    }
    routes.push({ path: path === '*' ? '/{*splat}' : path, ...read_route(problems, at, route) });
  }
  return routes;
}

function read_route(problems: Problems, at: string, route: unknown): Omit<ParsedRoute, 'path'> {
  if (typeof route === 'function') return { methods: ['get'], handlers: [route as RouteHandler] };
  if (why_no_plain_object(route) !== undefined) {
    const right = 'must be a function, which answers GET, or an object such as { method, handler }';
    problems.add(at, `${right}; got ${describe(route)}`);
    return { methods: [], handlers: [] };
  }
  const fields = problems.read_object(at, route) ?? new Map<string, unknown>();
  problems.check_keys(at, fields, ROUTE_KEYS);
  const handler = problems.read_function<RouteHandler>(at, fields, 'handler');
  if (!fields.has('handler')) problems.add(`${at}.handler`, 'is missing; it must be a function');
  return {
    methods: read_methods(problems, at, fields),
    handlers: [
      ...read_handlers(problems, `${at}.middleware`, fields.get('middleware')),
      ...(handler === undefined ? [] : [handler]),
    ],
  };
}

function read_methods(problems: Problems, at: string, fields: Map<string, unknown>): string[] {
  const method = fields.get('method');
  const methods = fields.get('methods');
  if (method !== undefined && methods !== undefined) {
    problems.add(at, 'has both method and methods; keep one of them');
  }
  if (methods !== undefined && !(Array.isArray(methods) && methods.length > 0)) {
    problems.add(`${at}.methods`, `must be an array of HTTP methods; got ${describe(methods)}`);
    return [];
  }
  const named: unknown[] = Array.isArray(methods)
    ? methods
    : [method === undefined ? 'GET' : method];
  return named.map((name, index) => {
    if (typeof name === 'string' && METHODS.includes(name.toUpperCase())) return name.toLowerCase();
    const where = methods === undefined ? `${at}.method` : `${at}.methods[${index}]`;
    problems.add(where, `must be an HTTP method; got ${describe(name)}`);
    return 'get';
  });
}

export function read_handlers(problems: Problems, path: string, value: unknown): RouteHandler[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.add(path, `must be an array of functions; got ${describe(value)}`);
    return [];
  }
  for (const [index, handler] of value.entries()) {
    if (typeof handler === 'function') continue;
    problems.add(`${path}[${index}]`, `must be a function; got ${describe(handler)}`);
  }
  return value;
}
