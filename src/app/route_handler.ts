import type { IncomingMessage, ServerResponse } from 'node:http';

/** The request of a route: Node's own, and what Express 5 adds to it. */
export interface RouteRequest extends IncomingMessage {
  readonly method: string;
  readonly url: string;
  readonly originalUrl: string;
  readonly baseUrl: string;
  readonly path: string;
  readonly protocol: string;
  readonly secure: boolean;
  readonly hostname: string;
  readonly ip: string | undefined;
  /** The named parts of the path: `/notes/:id` has `params.id`. */
  readonly params: Record<string, string | string[]>;
  readonly query: Record<string, any>;
  /** What a middleware such as `express.json()` made of the body. */
  body: any;
  /** The header of this name, in any casing. */
  get(name: string): string | undefined;
}

/** The response of a route: Node's own, and what Express 5 adds to it. */
export interface RouteResponse extends ServerResponse {
  /** What middleware leaves to the handlers after it. */
  readonly locals: Record<string, any>;
  status(code: number): this;
  sendStatus(code: number): this;
  send(body?: any): this;
  json(body?: any): this;
  sendFile(path: string, options?: object): void;
  download(path: string, filename?: string): void;
  redirect(url: string): void;
  redirect(status: number, url: string): void;
  render(view: string, locals?: object): void;
  get(name: string): string | undefined;
  set(name: string, value: string | string[]): this;
  set(headers: object): this;
  append(name: string, value: string | string[]): this;
  type(type: string): this;
  location(url: string): this;
  cookie(name: string, value: any, options?: object): this;
  clearCookie(name: string, options?: object): this;
}

/** Goes on with the next handler; with an error, with whatever handles errors. */
export type RouteNext = (error?: unknown) => void;

/**
 * Answers a request, or passes it on. Middleware and handlers that are typed by `@types/express` or
 * another package are taken as they are.
 */
// The type of a method: its parameters may be more special than these, as those of Express are.
export type RouteHandler = {
  handle(request: RouteRequest, response: RouteResponse, next: RouteNext): unknown;
}['handle'];

/** Answers a request for which another handler has failed; takes part in `app.express.use()`. */
export type RouteErrorHandler = {
  handle(error: any, request: RouteRequest, response: RouteResponse, next: RouteNext): unknown;
}['handle'];

type AddHandlers = (path: string | RegExp, ...handlers: RouteHandler[]) => unknown;

/**
 * An Express 5 application, as far as `app()` needs its types. With `@types/express` installed,
 * `app.express as Express` has them all.
 */
export interface ExpressApplication {
  (request: IncomingMessage, response: ServerResponse): unknown;
  readonly locals: Record<string, any>;
  use(...handlers: RouteHandler[]): unknown;
  use(handler: RouteErrorHandler): unknown;
  use(path: string | RegExp, ...handlers: RouteHandler[]): unknown;
  all: AddHandlers;
  get: AddHandlers;
  post: AddHandlers;
  put: AddHandlers;
  patch: AddHandlers;
  delete: AddHandlers;
  set(setting: string, value: any): unknown;
}
