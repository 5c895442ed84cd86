import type { Connection, QueryParams, UpgradeRequest } from './connection.ts';
import {
  do_nothing,
  type Websocket,
  type WebsocketContract,
  type WebsocketDefinition,
  type WebsocketHandlers,
} from './definition.ts';
import { WebsocketsError } from './errors.ts';
import { why_no_plain_object } from './problems.ts';

/** Whatever `on_upgrade` returned is the context; what a handler says of its connection is not. */
export type Fixed<T> = [T][T extends any ? 0 : never];

/**
 * What `connection.context` is called in an error where `on_upgrade` stands behind a handler that
 * takes `connection`: TypeScript infers from the first to the last. Move `on_upgrade` up.
 */
export interface OnUpgradeMustStandBeforeTheHandlers {
  readonly 'on_upgrade must stand before the handlers that take connection': never;
}

/**
 * Declares an endpoint with its types: params and messages from the schemas, the context from what
 * `on_upgrade` returns. `on_upgrade` stands before the handlers that take `connection`.
 *
 * @returns the definition, with every handler in place, so that a test can call it.
 * @throws {WebsocketsError} `bad_argument`, unless it is a plain object. What it holds is checked where it is mounted.
 */
export function define_websocket<
  Returned = OnUpgradeMustStandBeforeTheHandlers,
  ParamsInput = QueryParams,
  Params = QueryParams,
  MessageInput = unknown,
  Message = unknown,
  Sends = any,
>(
  definition: WebsocketContract<ParamsInput, Params, MessageInput, Message, Sends> & {
    on_upgrade: (request: UpgradeRequest<Params>) => Returned;
  } & WebsocketHandlers<Message, Connection<Params, Sends, Fixed<Awaited<Returned>>>>,
): Websocket<Params, Message, Sends, Awaited<Returned>, ParamsInput, MessageInput>;
export function define_websocket<
  ParamsInput = QueryParams,
  Params = QueryParams,
  MessageInput = unknown,
  Message = unknown,
  Sends = any,
>(
  definition: WebsocketContract<ParamsInput, Params, MessageInput, Message, Sends> & {
    on_upgrade?: undefined;
  } & WebsocketHandlers<Message, Connection<Params, Sends, undefined>>,
): Websocket<Params, Message, Sends, undefined, ParamsInput, MessageInput>;
export function define_websocket(definition: WebsocketDefinition): Websocket {
  const mistake = why_no_plain_object(definition);
  if (mistake !== undefined) {
    throw new WebsocketsError('bad_argument', `the definition of a WebSocket ${mistake}`, {
      argument: 'definition',
    });
  }
  const {
    params,
    receives,
    sends,
    on_upgrade = do_nothing,
    on_open = do_nothing,
    on_message = do_nothing,
    on_close = do_nothing,
  } = definition;
  return { ...definition, params, receives, sends, on_upgrade, on_open, on_message, on_close };
}
