// For files that a browser project also includes: neither the code nor its types need Node.

export {
  type ErrorCode,
  type ErrorDetails,
  type Problem,
  type SchemaIssue,
  UpgradeRefusal,
  WebsocketsError,
} from './core/base/errors.ts';
export type {
  Connection,
  QueryParams,
  RequestHeaders,
  UpgradeRequest,
} from './core/declare/connection.ts';
export {
  type ContextOf,
  define_websocket,
  type Fixed,
  type Given,
  type Later,
  type OnlyKnownKeys,
  type OnUpgradeMustStandBeforeTheHandlers,
  type UntilKnown,
} from './core/declare/define_websocket.ts';
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
} from './core/declare/definition.ts';
export type { DidYouMean, Nearest } from './core/declare/known_keys.ts';
