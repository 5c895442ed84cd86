// For files that a browser project also sees: nothing here needs Node, nor do its types.

export type { Connection, QueryParams, RequestHeaders, UpgradeRequest } from './core/connection.ts';
export {
  type ContextOf,
  define_websocket,
  type Fixed,
  type Given,
  type Later,
  type OnlyKnownKeys,
  type OnUpgradeMustStandBeforeTheHandlers,
  type UntilKnown,
} from './core/define_websocket.ts';
export type {
  ConnectionOf,
  Handler,
  HandlerOfDefaults,
  SendsOf,
  Websocket,
  WebsocketContract,
  WebsocketDefinition,
  WebsocketHandlers,
  WebsocketOptions,
  Websockets,
} from './core/definition.ts';
export {
  type ErrorCode,
  type ErrorDetails,
  type Problem,
  type SchemaIssue,
  UpgradeRefusal,
  WebsocketsError,
} from './core/errors.ts';
export type { DidYouMean, Nearest } from './core/known_keys.ts';
