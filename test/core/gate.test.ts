import fast_check from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Seats } from '../../src/core/admit/seats.ts';
import { address_of, decide_upgrade, parse_query } from '../../src/core/mount/gate.ts';
import { create_endpoints } from '../support/endpoints.ts';

const GOOD_HEADERS = {
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

const gate = {
  path: '/api/_websockets',
  endpoints: create_endpoints({ chat: {}, 'v1.chat': {} }),
  allowed_origins: 'same_host' as const,
  seats: new Seats({ max_connections: 0, max_connections_per_address: 0 }),
  is_closing: false,
};

function decide(url: string, headers: object = {}, method = 'GET') {
  const decision = decide_upgrade(gate, {
    method,
    url,
    http_version: '1.1',
    remote_address: '127.0.0.1',
    host: 'localhost',
    headers: { ...GOOD_HEADERS, ...headers },
  });
  return decision.action === 'accept'
    ? `accept ${decision.endpoint.definition.name}`
    : `${decision.refusal.status} ${decision.refusal.code}`;
}

test('an endpoint is found by exactly its name', () => {
  expect(decide('http://localhost/api/_websockets/chat?a')).toBe('accept chat');
  expect(decide('/api/_websockets/chat')).toBe('accept chat');
  expect(decide('/api/_websockets/chat?')).toBe('accept chat');
  expect(decide('/api/_websockets/v1.chat?a=/b?c')).toBe('accept v1.chat');
});

test('at most 100 parameters are read, repeated and empty ones included', () => {
  const decide_about = (query: string) => decide(`/api/_websockets/chat?${query}`);
  for (const parameter of ['a', 'a=1', 'a=b=c?', '']) {
    expect(decide_about(Array(100).fill(parameter).join('&'))).toBe('accept chat');
    expect(decide_about(Array(101).fill(parameter).join('&'))).toBe('400 too_many_params');
  }
  expect(decide('/api/_websockets/nothing?a&b')).toBe('404 unknown_endpoint');
});

describe('14: nothing but a declared name is an endpoint', () => {
  const names = [
    '',
    'Chat',
    'chat/',
    '/chat',
    'chat//',
    './chat',
    '../_websockets/chat',
    'chat#x',
    'chat%00',
    'chat\0',
    '%63hat',
    'chat%2f',
    'chat;a=b',
    ' chat',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'size',
  ];
  for (const name of names) {
    test(JSON.stringify(name), () => {
      expect(decide(`/api/_websockets/${name}`)).toBe('404 unknown_endpoint');
    });
  }
});

describe('a malformed handshake is refused with what would be right', () => {
  const cases: [string, object, string, string][] = [
    ['another method', {}, 'POST', '405 method_not_allowed'],
    ['another protocol', { upgrade: 'h2c' }, 'GET', '426 upgrade_required'],
    ['an old version', { 'sec-websocket-version': '8' }, 'GET', '426 upgrade_required'],
    ['no version', { 'sec-websocket-version': undefined }, 'GET', '426 upgrade_required'],
    ['no key', { 'sec-websocket-key': undefined }, 'GET', '400 bad_request'],
    ['an empty subprotocol', { 'sec-websocket-protocol': 'a,,b' }, 'GET', '400 bad_request'],
    ['a subprotocol twice', { 'sec-websocket-protocol': 'a, a' }, 'GET', '400 bad_request'],
    ['a short key', { 'sec-websocket-key': 'abc==' }, 'GET', '400 bad_request'],
  ];
  for (const [what, headers, method, outcome] of cases) {
    test(what, () => {
      expect(decide('/api/_websockets/chat', headers, method)).toBe(outcome);
    });
  }

  test('HTTP/1.0, which knows no upgrade', () => {
    const decision = decide_upgrade(gate, {
      method: 'GET',
      http_version: '1.0',
      remote_address: '127.0.0.1',
      host: 'localhost',
      url: '/api/_websockets/chat',
      headers: GOOD_HEADERS,
    });
    expect(decision).toMatchObject({ refusal: { status: 400, code: 'bad_request' } });
  });

  test('an unsupported version is told the one that is', () => {
    const decision = decide_upgrade(gate, {
      method: 'GET',
      http_version: '1.1',
      remote_address: '127.0.0.1',
      host: 'localhost',
      url: '/api/_websockets/chat',
      headers: { ...GOOD_HEADERS, 'sec-websocket-version': '8' },
    });
    expect(decision).toMatchObject({ refusal: { headers: { 'Sec-WebSocket-Version': '13' } } });
  });
});

test('a gate that closes refuses everyone', () => {
  const decision = decide_upgrade(
    { ...gate, is_closing: true },
    {
      method: 'GET',
      http_version: '1.1',
      remote_address: '127.0.0.1',
      host: 'localhost',
      url: '/api/_websockets/chat',
      headers: GOOD_HEADERS,
    },
  );
  expect(decision).toMatchObject({ refusal: { status: 503, code: 'closing' } });
});

test('the address is the id of the query, where it occurs exactly once', () => {
  const address_of = (query: string) => {
    const url = `/api/_websockets/chat${query}`;
    const decision = decide_upgrade(gate, {
      method: 'GET',
      http_version: '1.1',
      remote_address: '127.0.0.1',
      host: 'localhost',
      url,
      headers: GOOD_HEADERS,
    });
    return decision.action === 'accept' ? decision.address : decision;
  };
  expect(address_of('?id=abc')).toBe('abc');
  expect(address_of('?id=')).toBe('');
  expect(address_of('?id=a&id=b')).toBe(undefined);
  expect(address_of('?ID=a')).toBe(undefined);
  expect(address_of('')).toBe(undefined);
});

test('any request is either accepted or refused, and never throws', () => {
  const text = fast_check.string({ unit: 'binary' });
  fast_check.assert(
    fast_check.property(
      fast_check.oneof(
        text,
        text.map((rest) => `/api/_websockets/${rest}`),
      ),
      text,
      fast_check.dictionary(text, fast_check.oneof(text, fast_check.array(text))),
      (url, method, headers) => {
        const decision = decide_upgrade(gate, {
          url,
          method,
          headers,
          http_version: '1.1',
          remote_address: '127.0.0.1',
          host: 'localhost',
        });
        if (decision.action === 'refuse') expect(decision.refusal.status).toBeGreaterThan(399);
      },
    ),
  );
});

test('a query is what URLSearchParams reads, in own properties', () => {
  const name = fast_check.oneof(
    fast_check.string(),
    fast_check.constantFrom('__proto__', 'constructor', 'toString', 'a'),
  );
  fast_check.assert(
    fast_check.property(fast_check.array(fast_check.tuple(name, fast_check.string())), (pairs) => {
      const expected = new Map<string, string[]>();
      for (const [key, value] of pairs) expected.set(key, [...(expected.get(key) ?? []), value]);
      const params = parse_query(`/x?${new URLSearchParams(pairs)}`);
      expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
      expect(new Map(Object.entries(params))).toEqual(
        new Map([...expected].map(([key, all]) => [key, all.length === 1 ? all[0] : all])),
      );
    }),
  );
});

test('an id is an address up to 256 characters, where it occurs once', () => {
  expect(address_of({ id: 'x'.repeat(256) })).toHaveLength(256);
  for (const id of ['x'.repeat(257), ['a', 'b'], 5, undefined]) {
    expect(address_of({ id })).toBeUndefined();
  }
  expect(address_of(Object.create({ id: 'inherited' }))).toBeUndefined();
  expect(address_of(null)).toBeUndefined();
});
