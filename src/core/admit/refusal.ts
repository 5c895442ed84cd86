import type { SchemaIssue, UpgradeRefusal } from '../base/errors.ts';
import { describe_issues } from '../base/schema.ts';

/**
 * Every code with which a client can be refused, and its HTTP status. docs/reference.md has a row for each.
 * The status is `undefined` if `on_upgrade` chooses it.
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

/** The response to a client that is refused. */
export interface Refusal {
  readonly status: number;
  readonly code: RefusalCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** The parts of the query that the `params` schema rejected. */
  readonly issues?: SchemaIssue[];
  /** Extra details for the log, which the client does not receive. */
  readonly log?: { readonly message: string; readonly error?: unknown };
}

function refuse(
  code: Exclude<RefusalCode, 'upgrade_refused'>,
  message: string,
  more?: Pick<Refusal, 'headers' | 'issues' | 'log'>,
): Refusal {
  return { status: REFUSAL_STATUSES[code], code, message, ...more };
}

/** The only version of the protocol that exists (RFC 6455 §4.4). */
export const WEBSOCKET_VERSION = '13';

export const CLOSING = refuse('closing', 'the server is shutting down');

export const SERVER_FULL = refuse(
  'server_full',
  'the server has reached its maximum number of connections',
);

export const TOO_MANY_CONNECTIONS = refuse(
  'too_many_connections',
  'the server has reached its maximum number of connections from this address',
);

export const UPGRADE_FAILED = refuse(
  'upgrade_failed',
  'the server failed while deciding whether to accept the connection',
);

export const UPGRADE_TIMED_OUT = refuse(
  'upgrade_timed_out',
  'the server took too long to decide whether to accept the connection',
);

export const METHOD_NOT_ALLOWED = refuse(
  'method_not_allowed',
  'a WebSocket must be opened with GET',
  {
    headers: { Allow: 'GET' },
  },
);

/** The response to a plain HTTP request at an endpoint's path (RFC 9110 §15.5.22). */
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
  return refuse('bad_params', `the query does not match the schema: ${describe_issues(issues)}`, {
    issues,
  });
}

export function too_many_params(max_params: number): Refusal {
  return refuse('too_many_params', `the query must have at most ${max_params} parameters`);
}

/** @param hint tells the log which option would admit the page. */
export function origin_not_allowed(hint: string): Refusal {
  return refuse('origin_not_allowed', 'pages of this origin are not allowed to connect', {
    log: { message: hint },
  });
}

export function nothing_at(path: string): Refusal {
  return refuse('unknown_endpoint', `there is no WebSocket endpoint at ${path}`);
}

/** Returns the refusal for an {@link UpgradeRefusal} that `on_upgrade` threw. */
export function upgrade_refused({ status, message, headers }: UpgradeRefusal): Refusal {
  return { status, code: 'upgrade_refused', message, headers };
}

/** Returns the JSON body of a refusal: only details that the client can use, and none about the server. */
export function refusal_body({ code, message, issues }: Refusal): string {
  return JSON.stringify({ error: { code, message, issues } });
}
