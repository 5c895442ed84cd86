import type { SchemaIssue } from '../base/errors.ts';

/** The one version that there is (RFC 6455 §4.4). */
export const WEBSOCKET_VERSION = '13';

/** Why a client is not connected, as it will be told. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** What a schema did not accept. */
  readonly issues?: SchemaIssue[];
  /** For the log alone. */
  readonly log?: { readonly message: string; readonly error?: unknown };
}

export const CLOSING: Refusal = {
  status: 503,
  code: 'closing',
  message: 'the server is shutting down',
};

export const UPGRADE_FAILED: Refusal = {
  status: 500,
  code: 'upgrade_failed',
  message: 'the server failed to decide',
};

/** To a request on an endpoint's path that asks for no WebSocket (RFC 9110 §15.5.22). */
export const NO_WEBSOCKET: Refusal = {
  status: 426,
  code: 'upgrade_required',
  message: 'this is a WebSocket endpoint: connect with ws: or wss:',
  headers: { Upgrade: 'websocket' },
};

export const UNSUPPORTED_VERSION: Refusal = {
  status: 426,
  code: 'upgrade_required',
  message: `the version of the WebSocket protocol must be ${WEBSOCKET_VERSION}`,
  headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': WEBSOCKET_VERSION },
};

export function nothing_at(path: string): Refusal {
  return {
    status: 404,
    code: 'unknown_endpoint',
    message: `there is no WebSocket endpoint at ${path}`,
  };
}

export function bad_request(message: string): Refusal {
  return { status: 400, code: 'bad_request', message };
}

/** The body of a refusal: what a client can act upon, and nothing of the server's inside. */
export function refusal_body({ code, message, issues }: Refusal): string {
  return JSON.stringify({ error: { code, message, issues } });
}
