import { ClientError } from '../base/errors.ts';

const DEFAULT_PATH = '/api/_websockets';

/**
 * Where an endpoint is, without its query: below `/api/_websockets`, or below the url's own path
 * where it has one.
 *
 * @param base what a path, or no url, is relative to: the page's own address.
 * @throws {ClientError} `bad_option`, for a name that no endpoint can have, or no url.
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
  // A WebSocket's address has none (RFC 6455 §3).
  address.hash = '';
  return address;
}

function parse_url(url: unknown, base: string | undefined): URL {
  try {
    const given = url === undefined ? '/' : String(url);
    // "example.com" is a server that lacks its scheme, and no path of this page.
    const address = given.startsWith('/') ? new URL(given, base) : new URL(given);
    // http: and https: are as good as ws: and wss:, and all that older browsers take is the latter.
    address.protocol = address.protocol.replace('http', 'ws');
    if (/^wss?:$/.test(address.protocol)) return address;
  } catch {
    // Reported below, as what parses but is no address of a server is, too.
  }
  throw new ClientError(
    'bad_option',
    url === undefined
      ? 'url is needed where there is no page whose server it could be: "ws://localhost:2600", say'
      : `url must be the address of a server, as "wss://example.com"; got ${JSON.stringify(url)}`,
  );
}
