// For browsers and all platforms with a WebSocket: without dependencies, and without Node's types.

export type { ClientConnection, ConnectEvents, ConnectionState } from './client/base/connection.ts';
export type { QueryOf, ReceivedOf, SentOf } from './client/base/contract.ts';
export { ClientError, type ClientErrorCode } from './client/base/errors.ts';
export type { PlatformSocket, WebSocketClass } from './client/base/platform.ts';
export type { QueryInput, QueryValue } from './client/base/query.ts';
export type { ComponentWebsockets } from './client/component.ts';
export { connect_component_websockets } from './client/component.ts';
export { type ConnectArguments, type ConnectionTo, connect } from './client/connect.ts';
export { type Client, create_client } from './client/create_client.ts';
export type {
  ClientDefaults,
  ConnectionOptions,
  ConnectOptions,
  ConnectOptionsOf,
  QueryOption,
} from './client/options/connect_options.ts';
export type { Handler, HandlerOfDefaults } from './core/declare/definition.ts';
