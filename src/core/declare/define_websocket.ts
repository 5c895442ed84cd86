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

/** Prevents inference from this place: `on_upgrade` alone decides the context, never a handler's annotation. */
export type Fixed<T> = [T][T extends any ? 0 : never];

/**
 * Appears as the context in a type error if `on_upgrade` stands after a handler that takes `connection`.
 * TypeScript infers from the first property to the last: move `on_upgrade` up.
 */
export interface OnUpgradeMustStandBeforeTheHandlers {
  readonly 'on_upgrade must stand before the handlers that take connection': never;
}

/** Stands for an `on_upgrade` that is a function, as opposed to one that is set to `undefined`. */
export interface Given {
  readonly given: never;
}

/** The type of a connection's context: what `on_upgrade` returns, or `undefined` if there is no `on_upgrade`. */
export type ContextOf<Keys, Returned, Upgrade> = 'on_upgrade' extends Keys
  ? [Upgrade] extends [undefined]
    ? undefined
    : Awaited<Returned>
  : undefined;

/**
 * `Then` if TypeScript already knows what `on_upgrade` returns, otherwise `Before`.
 *
 * TypeScript checks an object literal in two passes. The first pass covers everything that needs no types from
 * elsewhere: schemas, options and annotated handlers. `Returned` still has its default there, and an error of
 * this pass is reported with that default, at every handler. The first pass must therefore find no error.
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

/** Any value except `undefined` and `null`, until the context is known. */
export type UntilKnown<Keys, Returned> = Later<Keys, Returned, never, Record<never, never>>;

/** Requires a type that names the right key of each misspelt key, and nothing of the other keys. */
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
 * Declares an endpoint and infers its types: params and messages from the schemas, the context from the return value
 * of `on_upgrade`. Put `on_upgrade` before the handlers that take `connection`, because TypeScript infers from the
 * first property to the last.
 *
 * @returns the definition, with an empty handler for each missing one (except `on_error`): a test can call them all.
 * @throws {WebsocketsError} `bad_argument`, if the definition is not a plain object. The mount checks its content.
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
  // A call that has a type error must not cause further errors where its result is used.
  [Upgrade] extends [undefined]
    ? undefined
    : Later<Keys, Returned, ContextOf<Keys, Returned, Upgrade>, any>,
  ParamsInput,
  MessageInput
> {
  const definition = given as WebsocketDefinition;
  const mistake = why_no_plain_object(definition);
  if (mistake !== undefined) {
    throw new WebsocketsError('bad_argument', `the definition of an endpoint ${mistake}`, {
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
