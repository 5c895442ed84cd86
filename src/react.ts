// For React 18 and newer, which the page brings.

export { type UsedWebsocket, useWebsocket } from './client/react.ts';
export type {
  ClientConnection,
  ClientError,
  ConnectArguments,
  ConnectEvents,
  ConnectionOptions,
  ConnectionState,
  ConnectOptions,
  ConnectOptionsOf,
  Handler,
  HandlerOfDefaults,
  PlatformSocket,
  QueryInput,
  QueryOf,
  QueryOption,
  QueryValue,
  ReceivedOf,
  SentOf,
  WebSocketClass,
} from './client.ts';
