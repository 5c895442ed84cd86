import type { IncomingMessage, ServerResponse } from 'node:http';

/** The request of a route: Node's request with the additions of Express 5. */
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
  /** The named parts of the path. For example, the path `/notes/:id` has `params.id`. */
  readonly params: Record<string, string | string[]>;
  readonly query: Record<string, any>;
  /** The body as a middleware such as `express.json()` parsed it. */
  body: any;
  /** Returns the value of a header. Upper and lower case in its name make no difference. */
  get(name: string): string | undefined;
}

/** The response of a route: Node's response with the additions of Express 5. */
export interface RouteResponse extends ServerResponse {
  /** Values that middleware passes to later handlers. */
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

/** Continues with the next handler. If it is called with an error, continues with the next error handler. */
export type RouteNext = (error?: unknown) => void;

/**
 * A handler that answers a request or passes it on. Handlers and middleware that are typed by `@types/express` or
 * another package are accepted unchanged.
 */
// A method type, because TypeScript then accepts handlers whose parameters are narrower, such as those of Express.
export type RouteHandler = {
  handle(request: RouteRequest, response: RouteResponse, next: RouteNext): unknown;
}['handle'];

/** A handler that answers a request after another handler has failed. Pass it to `app.express.use()`. */
export type RouteErrorHandler = {
  handle(error: any, request: RouteRequest, response: RouteResponse, next: RouteNext): unknown;
}['handle'];

type AddHandlers = (path: string | RegExp, ...handlers: RouteHandler[]) => unknown;

/**
 * An Express 5 application, with the types that most apps need. If `@types/express` is installed,
 * `app.express as Express` has all types.
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
