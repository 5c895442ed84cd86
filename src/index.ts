import { app } from './app.ts';
import { websockets } from './core/local_mounts.ts';

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
} from './app.ts';
export type { BrokerStats } from './core/bus.ts';
export { CLOSE_CODES, type CloseCode } from './core/close_codes.ts';
export type {
  ParsedWebsocket,
  ParsedWebsocketOptions,
  ParsedWebsockets,
} from './core/definition.ts';
export type { EndpointHandle } from './core/endpoint_handle.ts';
export type { HistogramStats } from './core/histogram.ts';
export type { KnownKeys } from './core/known_keys.ts';
export { websockets } from './core/local_mounts.ts';
export type { EndpointStats } from './core/monitor.ts';
export type { MountStats } from './core/mount.ts';
export type { LoggerLike, MountOptions } from './core/mount_option.ts';
export { parse_websockets } from './core/option.ts';
export type { OriginPredicate } from './core/origin.ts';
export type { Broker, BrokerReceiver } from './core/ports.ts';
export type { Register } from './core/register.ts';
export type { CloseOptions } from './core/shutdown.ts';
export type { TrustProxy } from './core/trust.ts';
export * from './define.ts';
export { type MountedWebsockets, mount_websockets } from './node/mount.ts';
export type { UpgradeServer } from './node/server_upgrades.ts';

export default { app, websockets };
