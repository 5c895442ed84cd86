import type { SchemaIssue, UpgradeRefusal } from '../base/errors.ts';
import { describe_issues } from '../base/schema.ts';

/**
 * Every code that a client can be refused with, and its HTTP status. docs/reference.md has a row for each.
 * `undefined`: `on_upgrade` chooses the status.
 */
export const REFUSAL_STATUSES = {
  bad_request: 400,
  bad_params: 400,
  too_many_params: 400,
  upgrade_refused: undefined,
  origin_not_allowed: 403,
  unknown_endpoint: 404,
  method_not_allowed: 405,
  upgrade_required: 426,
  too_many_connections: 429,
  upgrade_failed: 500,
  server_full: 503,
  closing: 503,
  upgrade_timed_out: 504,
} as const;

export type RefusalCode = keyof typeof REFUSAL_STATUSES;

/** Why a client is not connected, as it will be told. */
export interface Refusal {
  readonly status: number;
  readonly code: RefusalCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** What a schema did not accept. */
  readonly issues?: SchemaIssue[];
  /** For the log alone. */
  readonly log?: { readonly message: string; readonly error?: unknown };
}

function refuse(
  code: Exclude<RefusalCode, 'upgrade_refused'>,
  message: string,
  more?: Pick<Refusal, 'headers' | 'issues' | 'log'>,
): Refusal {
  return { status: REFUSAL_STATUSES[code], code, message, ...more };
}

/** The one version that there is (RFC 6455 §4.4). */
export const WEBSOCKET_VERSION = '13';

export const CLOSING = refuse('closing', 'the server is shutting down');

export const SERVER_FULL = refuse(
  'server_full',
  'there are as many connections as the server admits',
);

export const TOO_MANY_CONNECTIONS = refuse(
  'too_many_connections',
  'there are as many connections from this address as the server admits',
);

export const UPGRADE_FAILED = refuse('upgrade_failed', 'the server failed to decide');

export const UPGRADE_TIMED_OUT = refuse('upgrade_timed_out', 'the server took too long to decide');

export const METHOD_NOT_ALLOWED = refuse('method_not_allowed', 'a WebSocket is opened with GET', {
  headers: { Allow: 'GET' },
});

/** To a request on an endpoint's path that asks for no WebSocket (RFC 9110 §15.5.22). */
export const NO_WEBSOCKET = refuse(
  'upgrade_required',
  'this is a WebSocket endpoint: connect with ws: or wss:',
  { headers: { Upgrade: 'websocket' } },
);

export const UNSUPPORTED_VERSION = refuse(
  'upgrade_required',
  `the version of the WebSocket protocol must be ${WEBSOCKET_VERSION}`,
  { headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': WEBSOCKET_VERSION } },
);

export function bad_request(message: string): Refusal {
  return refuse('bad_request', message);
}

export function bad_params(issues: SchemaIssue[]): Refusal {
  return refuse('bad_params', `the query is not as declared: ${describe_issues(issues)}`, {
    issues,
  });
}

export function too_many_params(max_params: number): Refusal {
  return refuse('too_many_params', `the query must have at most ${max_params} parameters`);
}

/** @param hint for the log: which option would admit the page. */
export function origin_not_allowed(hint: string): Refusal {
  return refuse('origin_not_allowed', 'pages of this origin may not connect', {
    log: { message: hint },
  });
}

export function nothing_at(path: string): Refusal {
  return refuse('unknown_endpoint', `there is no WebSocket endpoint at ${path}`);
}

/** The refusal that `on_upgrade` has thrown. */
export function upgrade_refused({ status, message, headers }: UpgradeRefusal): Refusal {
  return { status, code: 'upgrade_refused', message, headers };
}

/** The body of a refusal: what a client can act upon, and nothing of the server's inside. */
export function refusal_body({ code, message, issues }: Refusal): string {
  return JSON.stringify({ error: { code, message, issues } });
}
