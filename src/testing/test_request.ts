import { client_address, client_host, type Trust } from '../core/admit/trust.ts';
import { Problems } from '../core/base/problems.ts';
import type { RequestHeaders } from '../core/declare/connection.ts';
import type { UpgradeFacts } from '../core/mount/gate.ts';
import { check_options } from './check_options.ts';

/** The client that a test connects as. */
export interface TestConnectOptions<Params = any> {
  /** The query. Numbers and booleans become text; an array repeats its parameter. */
  params?: Params | undefined;
  /** The request headers. Names may be in any case. `host` is `localhost` by default. */
  headers?: Readonly<Record<string, string | string[] | undefined>> | undefined;
  /** The origin of the page. Without an origin, the client is not a browser. */
  origin?: string | undefined;
  /** The IP address of the peer. @default '127.0.0.1' */
  remote_address?: string | undefined;
  /** Aborting it makes the client leave while `on_upgrade` decides. `connect` then rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/** 16 bytes in base64, as in the example of RFC 6455 §1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const OPTION_NAMES = ['params', 'headers', 'origin', 'remote_address', 'signal'] as const;

/**
 * Returns the facts of the request that a client would send.
 *
 * @throws {WebsocketsError} `bad_option`, unless all options are known and `params` is a plain object.
 */
export function create_request(
  path: string,
  options: TestConnectOptions,
  trust: Trust,
): UpgradeFacts {
  check_options(options, OPTION_NAMES);
  const { params, headers, origin, remote_address = '127.0.0.1' } = options;
  const sent: Record<string, string | string[] | undefined> = {
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': KEY,
  };
  if (origin !== undefined) sent.origin = origin;
  for (const [name, value] of Object.entries(headers ?? {})) sent[name.toLowerCase()] = value;
  const request_headers = read_headers(sent);
  return {
    method: 'GET',
    http_version: '1.1',
    url: `${path}${to_query(params)}`,
    headers: request_headers,
    host: client_host(trust, remote_address, request_headers),
    remote_address: client_address(trust, remote_address, request_headers),
  };
}

/** Reads headers as Node does. Repeated headers are joined. */
function read_headers(sent: Record<string, string | string[] | undefined>): RequestHeaders {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(sent)) {
    if (value === undefined) continue;
    headers[name] = [value].flat().join(name === 'cookie' ? '; ' : ', ');
  }
  return headers;
}

function to_query(params: unknown = {}): string {
  const problems = new Problems();
  const fields = problems.read_object('options.params', params);
  problems.throw_if_any();
  const query = new URLSearchParams();
  for (const [name, value] of fields ?? []) {
    for (const item of [value].flat()) if (item !== undefined) query.append(name, String(item));
  }
  return query.size === 0 ? '' : `?${query}`;
}
