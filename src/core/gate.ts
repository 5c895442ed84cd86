import type { QueryParams, RequestHeaders } from './definition.ts';
import type { Endpoint } from './endpoint.ts';
import { is_token } from './http_header.ts';

/** What an upgrade request says of itself. */
export interface UpgradeFacts {
  readonly method: string;
  /** `1.1`, say. */
  readonly http_version: string;
  /** The request target, as it stands in the request line. */
  readonly url: string;
  readonly headers: RequestHeaders;
}

/** Why a client is not connected, as it will be told. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type UpgradeDecision =
  | {
      readonly action: 'accept';
      readonly endpoint: Endpoint;
      readonly params: QueryParams;
      readonly address: string | undefined;
    }
  | { readonly action: 'refuse'; readonly refusal: Refusal };

/** What the gate guards. */
export interface Gate {
  /** Where the endpoints are mounted: begins with `/`, ends without. */
  readonly path: string;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly is_closing: boolean;
}

/** A client's nonce: 16 bytes in base64 (RFC 6455 §4.1). */
const WEBSOCKET_KEY = /^[+/0-9A-Za-z]{22}==$/;
const WEBSOCKET_VERSION = '13';

/** The path of a request target, as it stands there: nothing is decoded or normalised. */
export function path_of(url: string): string {
  const query_at = url.indexOf('?');
  return query_at === -1 ? url : url.slice(0, query_at);
}

/** Whether a path is the mount's to answer. */
export function is_under(mount_path: string, path: string): boolean {
  return path.startsWith(`${mount_path}/`) || path === mount_path;
}

/** Accepts an upgrade request to a path of the gate's, or says why not. */
export function decide_upgrade(gate: Gate, facts: UpgradeFacts): UpgradeDecision {
  if (gate.is_closing) return refuse(503, 'closing', 'the server is shutting down');
  const path = path_of(facts.url);
  const name = path.slice(gate.path.length + 1);
  const endpoint = gate.endpoints.get(name);
  if (endpoint === undefined) {
    return refuse(404, 'unknown_endpoint', `there is no WebSocket endpoint at ${path}`);
  }
  if (facts.method !== 'GET') {
    return refuse(405, 'method_not_allowed', 'a WebSocket is opened with GET', { Allow: 'GET' });
  }
  if (!is_websocket_upgrade(facts.headers)) return refuse_plain_request();
  if (facts.headers['sec-websocket-version'] !== WEBSOCKET_VERSION) {
    return refuse(
      426,
      'upgrade_required',
      `the version of the WebSocket protocol must be ${WEBSOCKET_VERSION}`,
      { Upgrade: 'websocket', 'Sec-WebSocket-Version': WEBSOCKET_VERSION },
    );
  }
  const malformed = why_malformed(facts);
  if (malformed !== undefined) return refuse(400, 'bad_request', malformed);
  const params = parse_query(facts.url);
  const { id } = params;
  const address = Object.hasOwn(params, 'id') && typeof id === 'string' ? id : undefined;
  return { action: 'accept', endpoint, params, address };
}

/** What RFC 6455 §4.2.1 asks of an opening handshake, beyond what the gate looks at first. */
function why_malformed({ http_version, headers }: UpgradeFacts): string | undefined {
  if (http_version === '1.0' || http_version === '0.9') return 'HTTP must be 1.1 or newer';
  const key = headers['sec-websocket-key'];
  if (typeof key !== 'string' || !WEBSOCKET_KEY.test(key)) {
    return 'Sec-WebSocket-Key is missing or malformed';
  }
  const subprotocols = headers['sec-websocket-protocol'];
  if (subprotocols === undefined) return undefined;
  const names = String(subprotocols)
    .split(',')
    .map((name) => name.trim());
  if (names.every((name) => is_token(name)) && new Set(names).size === names.length)
    return undefined;
  return 'Sec-WebSocket-Protocol must be a list of different names';
}

/** Whether a request asks for WebSocket rather than, say, `h2c`. */
export function is_websocket_upgrade(headers: RequestHeaders): boolean {
  const { upgrade } = headers;
  return typeof upgrade === 'string' && upgrade.toLowerCase() === 'websocket';
}

/** To a request on an endpoint's path that asks for no WebSocket (RFC 9110 §15.5.22). */
export function refuse_plain_request(): UpgradeDecision & { action: 'refuse' } {
  return refuse(426, 'upgrade_required', 'this is a WebSocket endpoint: connect with ws: or wss:', {
    Upgrade: 'websocket',
  });
}

export function refuse(
  status: number,
  code: string,
  message: string,
  headers?: Record<string, string>,
): UpgradeDecision & { action: 'refuse' } {
  return { action: 'refuse', refusal: { status, code, message, ...(headers && { headers }) } };
}

/** The body of a refusal: what a client can act upon, and nothing of the server's inside. */
export function refusal_body({ code, message }: Refusal): string {
  return JSON.stringify({ error: { code, message } });
}

/** Each parameter an own property, whatever its name; an array where it repeats. */
export function parse_query(url: string): QueryParams {
  const params: QueryParams = {};
  const query_at = url.indexOf('?');
  if (query_at === -1) return params;
  for (const [name, value] of new URLSearchParams(url.slice(query_at + 1))) {
    const earlier = Object.hasOwn(params, name) ? params[name] : undefined;
    if (Array.isArray(earlier)) earlier.push(value);
    else set_own(params, name, earlier === undefined ? value : [earlier, value]);
  }
  return params;
}

function set_own(params: QueryParams, name: string, value: string | string[]): void {
  if (name !== '__proto__') {
    params[name] = value;
    return;
  }
  // Assignment would set the prototype.
  Object.defineProperty(params, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
