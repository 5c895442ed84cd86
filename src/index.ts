import { app } from './app/app.ts';
import { websockets } from './core/endpoint/local_mounts.ts';

export {
  type App,
  type AppOptions,
  app,
  type ExpressApplication,
  type Route,
  type RouteErrorHandler,
  type RouteHandler,
  type RouteNext,
  type RouteRequest,
  type RouteResponse,
} from './app/app.ts';
export type { OriginPredicate } from './core/admit/origin.ts';
export type { TrustProxy } from './core/admit/trust.ts';
export { CLOSE_CODES, type CloseCode } from './core/base/close_codes.ts';
export type { Broker, BrokerReceiver } from './core/base/ports.ts';
export type {
  ParsedWebsocket,
  ParsedWebsocketOptions,
  ParsedWebsockets,
} from './core/declare/definition.ts';
export type { KnownKeys } from './core/declare/known_keys.ts';
export type { Register } from './core/declare/register.ts';
export type { BrokerStats } from './core/endpoint/bus.ts';
export type { EndpointHandle } from './core/endpoint/endpoint_handle.ts';
export { websockets } from './core/endpoint/local_mounts.ts';
export type { MountStats } from './core/mount/mount.ts';
export type { CloseOptions } from './core/mount/shutdown.ts';
export type { HistogramStats } from './core/observe/histogram.ts';
export type { EndpointStats } from './core/observe/monitor.ts';
export { parse_websockets } from './core/options/endpoint_option.ts';
export type { LoggerLike, MountOptions } from './core/options/mount_option.ts';
export * from './define.ts';
export { type MountedWebsockets, mount_websockets } from './node/mount.ts';
export type { UpgradeServer } from './node/upgrade/server_upgrades.ts';

export default { app, websockets };
