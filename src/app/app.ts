import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Websockets } from '../core/declare/definition.ts';
import { type CloseOptions, check_close_options } from '../core/mount/shutdown.ts';
import { MAX_SECONDS } from '../core/options/endpoint_option.ts';
import { type MountedWebsockets, mount_parsed } from '../node/mount.ts';
import { type App, type AppOptions, type ParsedApp, parse_app } from './app_option.ts';
import { create_express_app } from './express_app.ts';
import { create_server, listen, prepare_stop } from './http_server.ts';
import type { ExpressApplication } from './route_handler.ts';
import { close_on_signals } from './signals.ts';

export type { App, AppOptions } from './app_option.ts';
export type {
  ExpressApplication,
  RouteErrorHandler,
  RouteHandler,
  RouteNext,
  RouteRequest,
  RouteResponse,
} from './route_handler.ts';
export type { Route } from './route_option.ts';

/**
 * Starts an Express 5 server with routes and WebSocket endpoints. `SIGINT` and `SIGTERM` close it gracefully, and a
 * second signal closes it at once. Then the signal ends the process, unless your code also listens to the signal.
 *
 * @returns the app, once the server listens and `on_listening` has settled.
 * @throws {WebsocketsError} `bad_option`, with every problem; `unsupported_runtime` under Bun;
 * `listen_failed`, for example if the port is in use. The promise rejects, and nothing is left running.
 */
export async function app<W extends Websockets>(options: AppOptions<W> = {}): Promise<App<W>> {
  const parsed = parse_app(options, process.env);
  const express = await create_express_app(parsed);
  const server = create_server(parsed, express);
  const mounted = mount_parsed<W>(server, parsed.mount);
  const close = create_app_close(parsed, server, mounted);
  let unhook_signals = () => {};
  try {
    await listen(server, parsed);
    unhook_signals = close_on_signals(close, parsed.shutdown);
    const started = create_app(parsed, server, express, mounted, async (options) => {
      await close(options);
      unhook_signals();
    });
    await parsed.on_listening?.(started);
    return started;
  } catch (error) {
    await close({ grace_in_seconds: 0 });
    unhook_signals();
    throw error;
  }
}

/** Creates the `close` of an app. It closes once. A further call can only shorten the grace period. */
function create_app_close(
  parsed: ParsedApp,
  server: Server,
  mounted: Pick<MountedWebsockets, 'close'>,
) {
  const { stop, cut } = prepare_stop(server);
  let closed: Promise<void> | undefined;
  const close_once = async (options: CloseOptions) => {
    const has_listened = server.listening;
    const stopped = stop();
    await mounted.close(options);
    await stopped;
    try {
      if (has_listened) await parsed.on_closed?.();
    } catch (error) {
      parsed.mount.logger.error('events.on_closed failed', { error });
    }
  };
  return async (options: CloseOptions = {}): Promise<void> => {
    const { grace_in_seconds, drain_in_seconds } = check_close_options(options);
    const patience = Math.min(drain_in_seconds + grace_in_seconds, MAX_SECONDS);
    const cutting = setTimeout(cut, patience * 1000);
    if (closed === undefined) closed = close_once(options);
    else mounted.close(options);
    await closed;
    clearTimeout(cutting);
  };
}

function create_app<W>(
  { tls, host }: ParsedApp,
  server: Server,
  express: ExpressApplication,
  mounted: MountedWebsockets<W>,
  close: App['close'],
): App<W> {
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${name_host(host)}:${port}`,
    port,
    server,
    express,
    websockets: (name) => mounted.endpoint(name),
    stats: () => mounted.stats(),
    close,
  };
}

/** Returns the host name under which this machine reaches the server. */
function name_host(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
