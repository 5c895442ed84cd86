import { WebsocketsError } from '../base/errors.ts';
import { why_no_plain_object } from '../base/problems.ts';
import type { Connection, QueryParams, UpgradeRequest } from './connection.ts';
import {
  do_nothing,
  type Websocket,
  type WebsocketContract,
  type WebsocketDefinition,
  type WebsocketHandlers,
  type WebsocketOptions,
} from './definition.ts';
import type { DidYouMean, Nearest } from './known_keys.ts';

/** Whatever `on_upgrade` returned is the context; what a handler says of its connection is not. */
export type Fixed<T> = [T][T extends any ? 0 : never];

/**
 * The context's name in an error, if `on_upgrade` stands after a handler that takes `connection`:
 * TypeScript infers from the first to the last. Move `on_upgrade` up.
 */
export interface OnUpgradeMustStandBeforeTheHandlers {
  readonly 'on_upgrade must stand before the handlers that take connection': never;
}

/** Stands for an `on_upgrade` that is a function, to tell it from one that is given as `undefined`. */
export interface Given {
  readonly given: never;
}

/** The context of a connection: what `on_upgrade` returns, or `undefined` if the definition has none. */
export type ContextOf<Keys, Returned, Upgrade> = 'on_upgrade' extends Keys
  ? [Upgrade] extends [undefined]
    ? undefined
    : Awaited<Returned>
  : undefined;

/**
 * `Then`, once TypeScript knows what `on_upgrade` returns; `Before`, as long as it does not.
 *
 * TypeScript checks a literal twice: first what needs no types from elsewhere (schemas, options, handlers that
 * are annotated), while `Returned` has only its default. An error that it finds there is reported with that
 * default, also at every handler. So in the first pass nothing may be wrong.
 */
export type Later<Keys, Returned, Then, Before> = 'on_upgrade' extends Keys
  ? 0 extends 1 & Returned
    ? Then
    : [Returned, OnUpgradeMustStandBeforeTheHandlers] extends [
          OnUpgradeMustStandBeforeTheHandlers,
          Returned,
        ]
      ? Before
      : Then
  : Then;

/** Anything that is there, until the context is known. */
export type UntilKnown<Keys, Returned> = Later<Keys, Returned, never, Record<never, never>>;

/** Requires of each misspelt key the type that names the right one, and nothing of the others. */
export type OnlyKnownKeys<Keys extends string, Returned> = {
  [Key in Keys]?: Key extends keyof WebsocketDefinition
    ? unknown
    : Later<
        Keys,
        Returned,
        DidYouMean<Nearest<Key, keyof WebsocketDefinition>>,
        ((...args: any[]) => any) | Record<never, never>
      >;
};

/**
 * Declares an endpoint with its types: params and messages from the schemas, the context from what
 * `on_upgrade` returns. `on_upgrade` stands before the handlers that take `connection`.
 *
 * @returns the definition, with every handler in place, so that a test can call it.
 * @throws {WebsocketsError} `bad_argument`, unless it is a plain object. What it holds is checked where it is mounted.
 */
export function define_websocket<
  Keys extends string,
  Returned = OnUpgradeMustStandBeforeTheHandlers,
  ParamsInput = QueryParams,
  Params = QueryParams,
  MessageInput = unknown,
  Message = unknown,
  Sends = any,
  Upgrade extends undefined | Given = Given,
>(
  given: WebsocketContract<
    ParamsInput,
    Params,
    MessageInput,
    Message,
    Sends,
    UntilKnown<Keys, Returned>
  > &
    WebsocketHandlers<
      Message,
      Connection<Params, Sends, Fixed<ContextOf<Keys, Returned, Upgrade>>>,
      UntilKnown<Keys, Returned>
    > & {
      on_upgrade?: ((request: UpgradeRequest<Params>) => Returned) | Upgrade;
      options?: WebsocketOptions | UntilKnown<Keys, Returned> | undefined;
    } & OnlyKnownKeys<Keys, Returned>,
): Websocket<
  Params,
  Message,
  Sends,
  // A call with an error makes no errors elsewhere.
  [Upgrade] extends [undefined]
    ? undefined
    : Later<Keys, Returned, ContextOf<Keys, Returned, Upgrade>, any>,
  ParamsInput,
  MessageInput
> {
  const definition = given as WebsocketDefinition;
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
  return {
    ...definition,
    params,
    receives,
    sends,
    on_upgrade,
    on_open,
    on_message,
    on_close,
  } as Websocket<any, any, any, any>;
}
