import {
  is_origin_allowed,
  normalize_origin,
  type OriginFacts,
  type OriginPolicy,
} from '../admit/origin.ts';
import {
  bad_request,
  CLOSING,
  METHOD_NOT_ALLOWED,
  NO_WEBSOCKET,
  nothing_at,
  origin_not_allowed,
  type Refusal,
  too_many_params,
  UNSUPPORTED_VERSION,
  UPGRADE_FAILED,
  WEBSOCKET_VERSION,
} from '../admit/refusal.ts';
import type { Seats } from '../admit/seats.ts';
import { is_token } from '../base/http_header.ts';
import { describe } from '../base/problems.ts';
import type { QueryParams, RequestHeaders } from '../declare/connection.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

/** The facts about an upgrade request. */
export interface UpgradeFacts extends OriginFacts {
  readonly method: string;
  /** For example `1.1`. */
  readonly http_version: string;
  /** The request target, exactly as in the request line. */
  readonly url: string;
  readonly remote_address: string;
}

export type UpgradeDecision =
  | {
      readonly action: 'accept';
      readonly endpoint: Endpoint;
      readonly params: QueryParams;
      readonly address: string | undefined;
    }
  | {
      readonly action: 'refuse';
      readonly refusal: Refusal;
      /** The endpoint that the client asked for, if it exists. */
      readonly endpoint?: Endpoint | undefined;
    };

/** The part of a mount that decides which clients may connect. */
export interface Gate {
  /** The path at which the endpoints are mounted. It begins with `/` and does not end with `/`. */
  readonly path: string;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly allowed_origins: OriginPolicy;
  readonly seats: Seats;
  readonly is_closing: boolean;
}

/** The nonce of a client: 16 bytes in base64 (RFC 6455 §4.1). */
const WEBSOCKET_KEY = /^[+/0-9A-Za-z]{22}==$/;

/** The part before the path of a request target in absolute form (RFC 9112 §3.2.2). */
const SCHEME_AND_AUTHORITY = /^(?:https?|wss?):\/\/[^/?#]*/i;

/** Returns the path of a request target, exactly as written: nothing is decoded or normalised. */
export function path_of(url: string): string {
  const target = url.startsWith('/') ? url : url.replace(SCHEME_AND_AUTHORITY, '');
  const query_at = target.indexOf('?');
  return query_at === -1 ? target : target.slice(0, query_at);
}

/** Whether a path is the path of a mount or below it. */
export function is_under(mount_path: string, path: string): boolean {
  return path.startsWith(`${mount_path}/`) || path === mount_path;
}

/** Accepts an upgrade request on a path of the mount, or refuses it with a reason. */
export function decide_upgrade(gate: Gate, facts: UpgradeFacts): UpgradeDecision {
  const path = path_of(facts.url);
  const endpoint = gate.endpoints.get(path.slice(gate.path.length + 1));
  if (gate.is_closing) return { action: 'refuse', refusal: CLOSING, endpoint };
  if (endpoint === undefined) return { action: 'refuse', refusal: nothing_at(path) };
  const refusal =
    why_malformed(facts) ??
    why_not_from_there(gate, facts) ??
    why_too_many_params(facts.url) ??
    gate.seats.why_full(endpoint, facts.remote_address);
  if (refusal !== undefined) return { action: 'refuse', refusal, endpoint };
  const params = parse_query(facts.url);
  const address = address_of(params);
  return { action: 'accept', endpoint, params, address };
}

/** The same limit as for a topic: an address, too, becomes part of a channel's name. */
const MAX_ADDRESS_LENGTH = 256;

/** Returns the `?id=` of a client if it occurs exactly once and is short enough; otherwise `undefined`. */
export function address_of(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || !Object.hasOwn(params, 'id')) {
    return undefined;
  }
  const { id } = params as { id?: unknown };
  return typeof id === 'string' && id.length <= MAX_ADDRESS_LENGTH ? id : undefined;
}

/** Refuses a malformed handshake (RFC 6455 §4.2.1). */
function why_malformed({ method, http_version, headers }: UpgradeFacts): Refusal | undefined {
  if (method !== 'GET') return METHOD_NOT_ALLOWED;
  if (http_version === '1.0') return bad_request('HTTP must be 1.1 or newer');
  if (!is_websocket_upgrade(headers)) return NO_WEBSOCKET;
  if (headers['sec-websocket-version'] !== WEBSOCKET_VERSION) return UNSUPPORTED_VERSION;
  const key = headers['sec-websocket-key'];
  if (typeof key !== 'string' || !WEBSOCKET_KEY.test(key)) {
    return bad_request('Sec-WebSocket-Key is missing or malformed');
  }
  if (!are_subprotocols(headers['sec-websocket-protocol'])) {
    return bad_request('Sec-WebSocket-Protocol must be a list of different names');
  }
  return undefined;
}

function are_subprotocols(header: string | string[] | undefined): boolean {
  if (header === undefined) return true;
  const names = String(header)
    .split(',')
    .map((name) => name.trim());
  return names.every(is_token) && new Set(names).size === names.length;
}

/** Refuses a page of another origin. The log line says which option would admit it. */
function why_not_from_there({ allowed_origins }: Gate, facts: UpgradeFacts): Refusal | undefined {
  try {
    if (is_origin_allowed(allowed_origins, facts)) return undefined;
  } catch (error) {
    const log = { message: 'allowed_origins failed', error };
    return { ...UPGRADE_FAILED, log };
  }
  return origin_not_allowed(describe_stranger(allowed_origins, facts));
}

function describe_stranger(policy: OriginPolicy, { headers }: UpgradeFacts): string {
  const { origin = '', host, 'x-forwarded-host': forwarded } = headers;
  const normal = normalize_origin(origin);
  const where = `Host: ${describe(host)}, X-Forwarded-Host: ${describe(forwarded)}`;
  const refused = `refused a page from ${describe(origin)} (${where})`;
  if (origin === 'null') {
    return `${refused}; allowed_origins: ["null"] would admit it, and every other sandboxed page or local file`;
  }
  const lines = [refused];
  if (normal !== undefined) lines.push(`allowed_origins: [${describe(normal)}] would admit it`);
  if (policy === 'same_host') lines.push('if a proxy rewrites Host, trust_proxy may admit it, too');
  return lines.join('; ');
}

/** A connection keeps its parameters. Thousands of short ones would take many times the bytes of the request. */
const MAX_PARAMS = 100;

function why_too_many_params(url: string): Refusal | undefined {
  let separator_at = url.indexOf('?');
  for (let count = 1; count <= MAX_PARAMS; count++) {
    separator_at = url.indexOf('&', separator_at + 1);
    if (separator_at === -1) return undefined;
  }
  return too_many_params(MAX_PARAMS);
}

/** Whether a request asks for WebSocket and not for another protocol, for example `h2c`. */
export function is_websocket_upgrade(headers: RequestHeaders): boolean {
  const { upgrade } = headers;
  return typeof upgrade === 'string' && upgrade.toLowerCase() === 'websocket';
}

/** Returns the parameters as own properties, whatever their names. A repeated parameter becomes an array. */
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
  // An assignment would set the prototype.
  Object.defineProperty(params, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
