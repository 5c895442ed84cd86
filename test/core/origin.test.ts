import fast_check from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  is_origin_allowed,
  normalize_origin,
  type OriginPolicy,
  type OriginPredicate,
} from '../../src/core/admit/origin.ts';
import { parse_mount } from '../../src/core/options/mount_option.ts';

type AllowedOrigins = 'same_host' | '*' | string[] | OriginPredicate;

/** As a mount has it: the option is parsed first. */
function is_allowed(
  allowed_origins: AllowedOrigins,
  origin: string | undefined,
  host: string | undefined = 'example.com',
): boolean {
  const policy = parse_mount({}, { allowed_origins }).allowed_origins;
  return is_origin_allowed(policy, { headers: { origin, host }, url: '/chat?a=1', host });
}

describe('same_host', () => {
  const admitted: [string, string | undefined, string | undefined][] = [
    ['the same host', 'http://example.com', 'example.com'],
    ['the same host and port', 'http://localhost:3000', 'localhost:3000'],
    ['http with its own port in Host', 'http://example.com', 'example.com:80'],
    ['https with its own port in Host', 'https://example.com', 'example.com:443'],
    ['http with its own port in Origin', 'http://example.com:80', 'example.com'],
    ['https with its own port in Origin', 'https://example.com:443', 'example.com'],
    ['https in front of a plain server', 'https://example.com', 'example.com'],
    ['an Origin in upper case', 'HTTPS://EXAMPLE.COM', 'example.com'],
    ['a Host in upper case', 'https://example.com', 'EXAMPLE.com'],
    ['an IPv4 address', 'http://127.0.0.1:3000', '127.0.0.1:3000'],
    ['an IPv6 address', 'http://[::1]:3000', '[::1]:3000'],
    ['an IPv6 address with the scheme’s own port', 'http://[::1]', '[::1]:80'],
    ['an IPv6 address written in full', 'http://[::1]:3000', '[0:0:0:0:0:0:0:1]:3000'],
    ['no Origin', undefined, 'example.com'],
    ['no Origin and no Host', undefined, undefined],
  ];
  for (const [what, origin, host] of admitted) {
    test(`admits ${what}`, () => expect(is_allowed('same_host', origin, host)).toBe(true));
  }

  const refused: [string, string, string][] = [
    ['another host', 'https://evil.com', 'example.com'],
    ['another port', 'http://localhost:3000', 'localhost:3001'],
    ['the port of the other scheme', 'https://example.com', 'example.com:80'],
    ['the other scheme’s port', 'http://example.com:443', 'example.com'],
    ['a subdomain', 'https://a.example.com', 'example.com'],
    ['the domain above', 'https://example.com', 'a.example.com'],
    ['a host that begins alike', 'https://example.com.evil.com', 'example.com'],
    ['a host that ends alike', 'https://evilexample.com', 'example.com'],
    ['credentials that look like the host', 'https://example.com@evil.com', 'example.com'],
    ['credentials before the host', 'https://evil.com@example.com', 'example.com'],
    ['a path', 'https://example.com/', 'example.com'],
    ['a query', 'https://example.com?a', 'example.com'],
    ['a fragment', 'https://example.com#a', 'example.com'],
    ['a backslash', 'https://evil.com\\@example.com', 'example.com'],
    ['null', 'null', 'example.com'],
    ['null, where that is the host', 'null', 'null'],
    ['an empty Origin', '', 'example.com'],
    ['a mere host', 'example.com', 'example.com'],
    ['a host and port', 'localhost:3000', 'localhost:3000'],
    ['a file', 'file://', 'example.com'],
    ['two origins', 'https://example.com, https://evil.com', 'example.com'],
    ['two origins, the right one last', 'https://evil.com https://example.com', 'example.com'],
    ['another IPv6 address', 'http://[::2]:3000', '[::1]:3000'],
    ['a Host that is none', 'http://example.com', 'example.com/evil'],
    ['a Host with credentials', 'http://example.com', 'evil.com@example.com'],
    ['an empty Host', 'http://example.com', ''],
  ];
  for (const [what, origin, host] of refused) {
    test(`refuses ${what}`, () => expect(is_allowed('same_host', origin, host)).toBe(false));
  }

  test('refuses a page where there is no Host', () => {
    const facts = { headers: { origin: 'http://example.com' }, url: '/', host: undefined };
    expect(is_origin_allowed('same_host', facts)).toBe(false);
  });

  test('is the default', () => {
    expect(parse_mount({}, {}).allowed_origins).toBe('same_host');
  });
});

describe('a list', () => {
  const list = ['https://example.com', 'http://localhost:3000', 'http://[::1]:80'];

  test('admits those that it names, however they are written', () => {
    for (const origin of [
      'https://example.com',
      'https://EXAMPLE.com:443',
      'http://localhost:3000',
      'http://[::1]',
      'http://[0:0:0:0:0:0:0:1]',
    ]) {
      expect([origin, is_allowed(list, origin, 'elsewhere')]).toEqual([origin, true]);
    }
    expect(is_allowed(['HTTPS://Example.com:443'], 'https://example.com', 'elsewhere')).toBe(true);
  });

  test('refuses all others, of the same host, too', () => {
    for (const origin of [
      'http://example.com',
      'https://example.com:8443',
      'https://www.example.com',
      'http://localhost',
      'http://elsewhere',
      'null',
      '',
    ]) {
      expect([origin, is_allowed(list, origin, 'elsewhere')]).toEqual([origin, false]);
    }
  });

  test('admits a client that sends no Origin, also where it is empty', () => {
    expect(is_allowed(list, undefined)).toBe(true);
    expect(is_allowed([], undefined)).toBe(true);
    expect(is_allowed([], 'https://example.com')).toBe(false);
  });

  test('admits pages without an origin only where it names null', () => {
    expect(is_allowed(['null'], 'null')).toBe(true);
    expect(is_allowed(['null'], 'https://example.com')).toBe(false);
    expect(is_allowed(['null'], 'no origin at all')).toBe(false);
  });
});

test('* admits any page, also one without an origin', () => {
  for (const origin of ['https://evil.com', 'null', '', 'no origin', undefined]) {
    expect(is_allowed('*', origin)).toBe(true);
  }
});

describe('a function', () => {
  test('decides', () => {
    expect(is_allowed(() => true, 'https://evil.com')).toBe(true);
    expect(is_allowed(() => false, 'https://example.com')).toBe(false);
  });

  test('is given the origin as it was sent, and the request', () => {
    const asked: unknown[] = [];
    const predicate: OriginPredicate = (origin, request) => asked.push([origin, request]) > 0;
    for (const origin of ['HTTPS://Example.com:443', 'null', '']) is_allowed(predicate, origin);
    const request = (origin: string) => ({
      headers: { origin, host: 'example.com' },
      url: '/chat?a=1',
    });
    expect(asked).toEqual([
      ['HTTPS://Example.com:443', request('HTTPS://Example.com:443')],
      ['null', request('null')],
      ['', request('')],
    ]);
  });

  test('is not asked about a client that sends no Origin', () => {
    expect(is_allowed(() => false, undefined)).toBe(true);
  });

  test('that throws is left to throw', () => {
    const failing = () => {
      throw new Error('no list');
    };
    expect(() => is_allowed(failing, 'https://example.com')).toThrow('no list');
  });

  for (const [what, returned] of [
    ['a promise of true', Promise.resolve(true)],
    ['a promise of false', Promise.resolve(false)],
    ['nothing', undefined],
    ['a number', 1],
    ['a string', 'yes'],
  ] as const) {
    test(`that returns ${what} fails, rather than admitting`, () => {
      expect(() => is_allowed(() => returned as never, 'https://evil.com')).toThrow(TypeError);
    });
  }
});

describe('an origin is normalised', () => {
  for (const [text, normal] of [
    ['HTTPS://Example.COM:443', 'https://example.com'],
    ['http://example.com:', 'http://example.com'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[0:0::1]:80', 'http://[::1]'],
    ['chrome-extension://abcdef', 'chrome-extension://abcdef'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['null', undefined],
    ['example.com', undefined],
    ['https://', undefined],
    ['file://', undefined],
    ['https://example.com/', undefined],
    ['https://a b.com', undefined],
    ['https://example.com\n', undefined],
    ['http://example.com:65536', undefined],
  ] as const) {
    test(`${JSON.stringify(text)} to ${normal ?? 'nothing'}`, () => {
      expect(normalize_origin(text)).toBe(normal);
    });
  }

  test('once and for all', () => {
    fast_check.assert(
      fast_check.property(
        fast_check.oneof(
          fast_check.string({ unit: 'binary' }),
          fast_check.string().map((host) => `https://${host}`),
          fast_check.webAuthority({ withPort: true }).map((host) => `http://${host}`),
        ),
        (text) => {
          const normal = normalize_origin(text);
          if (normal !== undefined) expect(normalize_origin(normal)).toBe(normal);
        },
      ),
    );
  });
});

describe('whatever a client sends', () => {
  const text = fast_check.oneof(
    fast_check.string({ unit: 'binary' }),
    fast_check.webAuthority({ withPort: true, withIPv4: true, withIPv6: true }),
    fast_check.constantFrom('null', '', 'example.com', '[::1]', 'http://', '://', 'a:b:c'),
  );
  const origin = fast_check.oneof(
    text,
    text.map((host) => `https://${host}`),
  );

  test('an origin is admitted or refused, and nothing is thrown', () => {
    const policies = fast_check.constantFrom<OriginPolicy>(
      'same_host',
      '*',
      new Set(['https://example.com', 'null']),
    );
    const maybe = <T>(arbitrary: fast_check.Arbitrary<T>) =>
      fast_check.option(arbitrary, { nil: undefined });
    fast_check.assert(
      fast_check.property(policies, maybe(origin), maybe(text), (policy, from, host) => {
        const allowed = is_origin_allowed(policy, { headers: { origin: from }, url: '/', host });
        expect(allowed).toBeTypeOf('boolean');
      }),
      { numRuns: 1000 },
    );
  });

  test('a page is of the same host where a browser would call it so', () => {
    const host = fast_check.webAuthority({ withPort: true, withIPv4: true });
    const scheme = fast_check.constantFrom('http', 'https');
    fast_check.assert(
      fast_check.property(scheme, host, host, (scheme, page_host, server_host) => {
        const page = new URL(`${scheme}://${page_host}`);
        const is_same = page.host === new URL(`${scheme}://${server_host}`).host;
        expect(is_allowed('same_host', page.origin, server_host)).toBe(is_same);
        expect(is_allowed('same_host', page.origin, page_host)).toBe(true);
      }),
    );
  });
});
