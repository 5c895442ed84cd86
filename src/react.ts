// For React 18 and newer. React is a peer dependency.

export {
  create_use_websocket,
  type UsedWebsocket,
  type UseWebsocketArguments,
  type UseWebsocketOptions,
  useWebsocket,
} from './client/bindings/react.ts';
export type {
  ClientConnection,
  ClientDefaults,
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
