import fast_check from 'fast-check';
import { WebsocketsError } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import {
  client_address,
  client_host,
  type TrustProxy,
  UNIX_PEER,
} from '../../src/core/admit/trust.ts';
import type { RequestHeaders } from '../../src/core/declare/connection.ts';
import { parse_mount } from '../../src/core/options/mount_option.ts';

const trust_of = (trust_proxy?: TrustProxy) => parse_mount({}, { trust_proxy }).trust;

/** The client's address, as a mount with this option has it. */
function address(trust_proxy: TrustProxy | undefined, peer: string, forwarded_for?: string) {
  const headers: RequestHeaders = { 'x-forwarded-for': forwarded_for };
  return client_address(trust_of(trust_proxy), peer, headers);
}

/** What the client calls this server, as a mount with this option has it. */
function host(trust_proxy: TrustProxy | undefined, peer: string, forwarded_host?: string) {
  const headers: RequestHeaders = { host: 'inner:3000', 'x-forwarded-host': forwarded_host };
  return client_host(trust_of(trust_proxy), peer, headers);
}

describe('by default nobody is believed', () => {
  for (const trust_proxy of [undefined, false, 0, []]) {
    test(`${JSON.stringify(trust_proxy) ?? 'left out'}: what is forged has no effect`, () => {
      expect(address(trust_proxy, '127.0.0.1', '6.6.6.6')).toBe('127.0.0.1');
      expect(address(trust_proxy, '10.0.0.1', '127.0.0.1, 10.0.0.1')).toBe('10.0.0.1');
      expect(host(trust_proxy, '127.0.0.1', 'evil.com')).toBe('inner:3000');
    });
  }

  test('the address is that of the socket, as it stands there', () => {
    for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '']) {
      expect(address(undefined, peer)).toBe(peer);
    }
  });
});

describe('true believes everybody', () => {
  test('the address is the first', () => {
    expect(address(true, '10.0.0.1', '1.1.1.1, 2.2.2.2')).toBe('1.1.1.1');
    expect(address(true, '10.0.0.1', ' 1.1.1.1,2.2.2.2 ')).toBe('1.1.1.1');
    expect(address(true, '10.0.0.1', '2001:db8::1')).toBe('2001:db8::1');
  });

  test('without a header the address is that of the socket', () => {
    expect(address(true, '10.0.0.1')).toBe('10.0.0.1');
    expect(address(true, '10.0.0.1', '')).toBe('10.0.0.1');
    expect(host(true, '10.0.0.1')).toBe('inner:3000');
  });
});

describe('a number of hops', () => {
  test('believes so many proxies, and no more', () => {
    const forwarded = '6.6.6.6, 1.1.1.1, 2.2.2.2';
    expect(address(1, '10.0.0.1', forwarded)).toBe('2.2.2.2');
    expect(address(2, '10.0.0.1', forwarded)).toBe('1.1.1.1');
    expect(address(3, '10.0.0.1', forwarded)).toBe('6.6.6.6');
    expect(address(9, '10.0.0.1', forwarded)).toBe('6.6.6.6');
  });

  test('one or more believe what the nearest says of the host', () => {
    expect(host(1, '10.0.0.1', 'example.com')).toBe('example.com');
    expect(host(2, '10.0.0.1', 'example.com')).toBe('example.com');
  });
});

describe('addresses and subnets', () => {
  test('believe those within', () => {
    for (const trust_proxy of ['loopback', '127.0.0.1', '127.0.0.0/8', ['127.0.0.1', '10.0.0.1']]) {
      expect(address(trust_proxy, '127.0.0.1', '1.1.1.1')).toBe('1.1.1.1');
      expect(host(trust_proxy, '127.0.0.1', 'example.com')).toBe('example.com');
    }
  });

  test('and nobody else', () => {
    for (const trust_proxy of ['loopback', '127.0.0.1', '127.0.0.0/8', ['127.0.0.1', '10.0.0.1']]) {
      expect(address(trust_proxy, '9.9.9.9', '1.1.1.1')).toBe('9.9.9.9');
      expect(host(trust_proxy, '9.9.9.9', 'evil.com')).toBe('inner:3000');
    }
  });

  test('may stand in one string', () => {
    const trust_proxy = 'loopback, 10.0.0.0/8 ,uniquelocal';
    expect(address(trust_proxy, '127.0.0.1', '1.1.1.1, 10.9.9.9, 192.168.0.1')).toBe('1.1.1.1');
  });

  test('of IPv6, and IPv4 within it', () => {
    expect(address('loopback', '::1', '1.1.1.1')).toBe('1.1.1.1');
    expect(address('loopback', '::ffff:127.0.0.1', '1.1.1.1')).toBe('1.1.1.1');
    expect(address('2001:db8::/32', '2001:db8::7', '2001:db9::1')).toBe('2001:db9::1');
    expect(address('2001:db8::/32', '2001:db9::7', '1.1.1.1')).toBe('2001:db9::7');
  });

  test('stop at the first that is not believed: what the client forged stands before it', () => {
    expect(address('loopback', '127.0.0.1', '127.0.0.1, 6.6.6.6')).toBe('6.6.6.6');
    expect(address('loopback', '127.0.0.1', 'localhost, 6.6.6.6')).toBe('6.6.6.6');
  });

  test('never hold what is no address', () => {
    expect(address('loopback', '127.0.0.1', '1.1.1.1, garbage')).toBe('garbage');
    expect(address('loopback', '', '1.1.1.1')).toBe('');
    expect(host('loopback', '', 'evil.com')).toBe('inner:3000');
  });
});

describe('a function', () => {
  test('is asked about each address and how far it is away', () => {
    const asked: unknown[] = [];
    const trust_proxy = (from: string, hop: number) => {
      asked.push([from, hop]);
      return from !== '1.1.1.1';
    };
    expect(address(trust_proxy, '10.0.0.1', '6.6.6.6, 1.1.1.1, 2.2.2.2')).toBe('1.1.1.1');
    expect(asked).toEqual([
      ['10.0.0.1', 0],
      ['2.2.2.2', 1],
      ['1.1.1.1', 2],
    ]);
  });

  test('is asked about the peer for the host', () => {
    const only_ours = (from: string) => from === '10.0.0.1';
    expect(host(only_ours, '10.0.0.1', 'example.com')).toBe('example.com');
    expect(host(only_ours, '10.0.0.2', 'evil.com')).toBe('inner:3000');
  });

  test('that returns a promise is not as good as one that returns true', () => {
    const trust_proxy = (async () => false) as never;
    const try_to = (read: () => unknown) => {
      try {
        return read();
      } catch (error) {
        return (error as Error).name;
      }
    };
    expect(try_to(() => address(trust_proxy, '9.9.9.9', '6.6.6.6'))).not.toBe('6.6.6.6');
    expect(try_to(() => host(trust_proxy, '9.9.9.9', 'evil.com'))).not.toBe('evil.com');
  });
});

describe('a peer on a Unix socket', () => {
  test('is on this machine: it is believed where 127.0.0.1 is', () => {
    for (const trust_proxy of ['loopback', '127.0.0.1', ['10.0.0.1', '127.0.0.0/8'], true, 1]) {
      expect(address(trust_proxy, UNIX_PEER, '1.1.1.1')).toBe('1.1.1.1');
      expect(host(trust_proxy, UNIX_PEER, 'example.com')).toBe('example.com');
    }
    for (const trust_proxy of [undefined, false, 0, '10.0.0.1', 'uniquelocal', '::1']) {
      expect(address(trust_proxy, UNIX_PEER, '1.1.1.1')).toBe('');
      expect(host(trust_proxy, UNIX_PEER, 'evil.com')).toBe('inner:3000');
    }
  });

  test('has no address of its own', () => {
    for (const trust_proxy of [undefined, 'loopback', true]) {
      expect(address(trust_proxy, UNIX_PEER)).toBe('');
      expect(address(trust_proxy, UNIX_PEER, '')).toBe('');
    }
  });

  test('does not lend its name to what is forwarded', () => {
    expect(address('loopback', UNIX_PEER, `1.1.1.1, ${UNIX_PEER}`)).toBe('');
    expect(address('loopback', '127.0.0.1', `1.1.1.1, ${UNIX_PEER}`)).toBe('');
  });

  test('is asked about as 127.0.0.1', () => {
    const asked: unknown[] = [];
    const trust_proxy = (from: string, hop: number) => asked.push([from, hop]) === 1;
    expect(address(trust_proxy, UNIX_PEER, '6.6.6.6, 1.1.1.1')).toBe('1.1.1.1');
    expect(asked).toEqual([
      ['127.0.0.1', 0],
      ['1.1.1.1', 1],
    ]);
  });
});

describe('X-Forwarded-Host', () => {
  test('is the first, as each proxy appends', () => {
    expect(host(true, '10.0.0.1', 'example.com, proxy.internal')).toBe('example.com');
    expect(host(true, '10.0.0.1', ' example.com:8443 ,b')).toBe('example.com:8443');
  });

  test('that is empty is as good as none, as in Express', () => {
    expect(host(true, '10.0.0.1', '')).toBe('inner:3000');
  });

  test('is nothing where there is neither it nor Host', () => {
    expect(client_host(trust_of(true), '10.0.0.1', {})).toBe(undefined);
  });
});

const text = fast_check.oneof(
  fast_check.string({ unit: 'binary' }),
  fast_check.ipV4(),
  fast_check.ipV6(),
  fast_check.constantFrom('', ',', ' , ,', 'unknown', '127.0.0.1:80', '[::1]:80', '1', '0x7f.1'),
);
const header = fast_check.oneof(
  fast_check.constant(undefined),
  text,
  fast_check.array(text).map((parts) => parts.join(', ')),
  fast_check.array(text),
);

test('whatever is forwarded, an address and a host come of it', () => {
  const options = fast_check.constantFrom<TrustProxy>(
    true,
    false,
    0,
    2,
    'loopback',
    ['10.0.0.0/8', '::1'],
    (from, hop) => from.length > hop,
  );
  fast_check.assert(
    fast_check.property(options, text, header, header, (trust_proxy, peer, from, called) => {
      const headers = { host: 'inner', 'x-forwarded-for': from, 'x-forwarded-host': called };
      const trust = trust_of(trust_proxy);
      expect(client_address(trust, peer, headers)).toBeTypeOf('string');
      expect(client_host(trust, peer, headers)).toBeTypeOf('string');
    }),
    { numRuns: 1000 },
  );
});

test('with nobody believed, what is forwarded changes nothing', () => {
  fast_check.assert(
    fast_check.property(text, header, header, (peer, from, called) => {
      const headers = { host: 'inner', 'x-forwarded-for': from, 'x-forwarded-host': called };
      expect(client_host(trust_of(), peer, headers)).toBe('inner');
      if (!Array.isArray(from)) expect(client_address(trust_of(), peer, headers)).toBe(peer);
    }),
  );
});

test('any option is parsed, or refused with a WebsocketsError', () => {
  const option = fast_check.oneof(
    fast_check.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
    fast_check.array(text),
    text,
    fast_check.tuple(fast_check.ipV4(), fast_check.integer()).map(([ip, bits]) => `${ip}/${bits}`),
  );
  fast_check.assert(
    fast_check.property(option, (trust_proxy) => {
      try {
        expect(trust_of(trust_proxy as never)('127.0.0.1', 0)).toBeTypeOf('boolean');
      } catch (error) {
        if (!(error instanceof WebsocketsError)) throw error;
        expect(error.message).toMatch(/^options\.trust_proxy /);
      }
    }),
    { numRuns: 1000 },
  );
});
