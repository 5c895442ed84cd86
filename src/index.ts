import { app } from './app.ts';
import { websockets } from './node/local_mounts.ts';

export { type App, type AppOptions, app, type Route, type RouteHandler } from './app.ts';
export { CLOSE_CODES, type CloseCode } from './core/close_codes.ts';
export type {
  Connection,
  ParsedWebsocket,
  ParsedWebsocketOptions,
  ParsedWebsockets,
  QueryParams,
  RequestHeaders,
  UpgradeRequest,
  WebsocketDefinition,
  WebsocketOptions,
  Websockets,
} from './core/definition.ts';
export {
  type ErrorCode,
  type ErrorDetails,
  type Problem,
  UpgradeRefusal,
  WebsocketsError,
} from './core/errors.ts';
export type { LoggerLike, MountOptions } from './core/mount_option.ts';
export { parse_websockets } from './core/option.ts';
export type { EndpointHandle } from './core/publisher.ts';
export { websockets } from './node/local_mounts.ts';
export { type CloseOptions, type MountedWebsockets, mount_websockets } from './node/mount.ts';
export type { UpgradeServer } from './node/server_upgrades.ts';

export default { app, websockets };
