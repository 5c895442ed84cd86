import { ClientError } from '../base/errors.ts';

const DEFAULT_PATH = '/api/_websockets';

/**
 * Returns the address of an endpoint, without its query: below the path of the url, or below `/api/_websockets` if the
 * url has no path.
 *
 * @param base the page's own address. It completes a url that is missing or only a path.
 * @throws {ClientError} `bad_option`, if the endpoint name or the url is invalid.
 */
export function parse_address(endpoint: unknown, url: unknown, base: string | undefined): URL {
  if (typeof endpoint !== 'string' || !/^[\w-][\w.-]*$/.test(endpoint)) {
    throw new ClientError(
      'bad_option',
      `${JSON.stringify(endpoint)} is not a valid endpoint name: use letters, digits, -, _ and . (not first)`,
    );
  }
  const address = parse_url(url, base);
  const path = address.pathname.replace(/\/+$/, '') || DEFAULT_PATH;
  address.pathname = `${path}/${endpoint}`;
  // The address of a WebSocket has no fragment (RFC 6455 §3).
  address.hash = '';
  return address;
}

function parse_url(url: unknown, base: string | undefined): URL {
  try {
    const given = url === undefined ? '/' : String(url);
    // "example.com" is a server without a scheme, not a path of this page: it must fail.
    const address = given.startsWith('/') ? new URL(given, base) : new URL(given);
    // http: and https: are accepted, too, but older browsers only take ws: and wss:.
    address.protocol = address.protocol.replace('http', 'ws');
    if (/^wss?:$/.test(address.protocol)) return address;
  } catch {
    // Reported below, like a url that parses but is not the address of a server.
  }
  throw new ClientError(
    'bad_option',
    url === undefined
      ? 'url is required outside a browser page, for example "ws://localhost:2600"'
      : `url must be the address of a server, for example "wss://example.com"; got ${JSON.stringify(url)}`,
  );
}
