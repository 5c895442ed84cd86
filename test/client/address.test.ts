import { describe, expect, test } from 'vitest';
import { encode_query } from '../../src/client/base/query.ts';
import { parse_address } from '../../src/client/options/address.ts';

const PAGE = 'https://example.com/some/page?tab=1#here';

describe('an address', () => {
  test.each([
    [undefined, PAGE, 'wss://example.com/api/_websockets/chat'],
    [undefined, 'http://localhost:2600/', 'ws://localhost:2600/api/_websockets/chat'],
    ['ws://localhost:2600', undefined, 'ws://localhost:2600/api/_websockets/chat'],
    ['wss://other.example/', PAGE, 'wss://other.example/api/_websockets/chat'],
    ['https://other.example', PAGE, 'wss://other.example/api/_websockets/chat'],
    ['wss://other.example/live/', PAGE, 'wss://other.example/live/chat'],
    ['/live', PAGE, 'wss://example.com/live/chat'],
    ['wss://other.example/?tenant=a#b', PAGE, 'wss://other.example/api/_websockets/chat?tenant=a'],
    [new URL('ws://localhost:1/live'), PAGE, 'ws://localhost:1/live/chat'],
  ])('of %s on %s is %s', (url, base, address) => {
    expect(parse_address('chat', url, base).href).toBe(address);
  });

  test.each(['chat', 'Chat-2', '_a.b', '-', '__x'])('may have the name %s', (name) => {
    expect(parse_address(name, undefined, PAGE).pathname).toBe(`/api/_websockets/${name}`);
  });

  test.each(['', 'my chat', '.chat', 'a/b', 'chat?', 'größe', '..', 5, null, undefined])(
    'of an endpoint that cannot be called %j is an error that names it',
    (name) => {
      expect(() => parse_address(name, undefined, PAGE)).toThrow(
        `${JSON.stringify(name)} is not a valid endpoint name: use letters, digits, -, _ and . (not first)`,
      );
    },
  );

  test.each(['ftp://example.com', 'example.com', 'http://', 5])('%j is no url', (url) => {
    expect(() => parse_address('chat', url, undefined)).toThrow(
      `url must be the address of a server, for example "wss://example.com"; got ${JSON.stringify(url)}`,
    );
  });

  test('is needed where there is no page', () => {
    expect(() => parse_address('chat', undefined, undefined)).toThrow(/^url is required/);
    expect(() => parse_address('chat', undefined, 'about:blank')).toThrow(/^url is required/);
  });
});

describe('a query', () => {
  test('is encoded by its names, whatever their order', () => {
    const query = { room: 'a&b ü', since: 5, all: false, tag: ['x', 'y'], none: undefined };
    const encoded = 'all=false&room=a%26b+%C3%BC&since=5&tag=x&tag=y';
    expect(String(encode_query(query))).toBe(encoded);
    expect(String(encode_query(Object.fromEntries(Object.entries(query).reverse())))).toBe(encoded);
  });

  test.each([
    [{ room: null }, 'query.room must be a string, a number'],
    [{ room: { a: 1 } }, 'got object'],
    [{ room: ['a', null] }, 'got null'],
    [{ room: () => 1 }, 'got function'],
    ['token=1', 'query must be a plain object; got [object String]'],
    [null, 'query must be a plain object; got [object Null]'],
    [[1], 'query must be a plain object; got [object Array]'],
    [new URLSearchParams('a=1'), 'a plain object; got [object URLSearchParams]'],
    [new Map([['a', 1]]), 'a plain object; got [object Map]'],
    [Symbol('a'), 'a plain object; got [object Symbol]'],
  ])('%j is an error that says why', (query, message) => {
    expect(() => encode_query(query)).toThrow(message);
  });
});
