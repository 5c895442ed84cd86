import fast_check from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Seated, Seats } from '../../src/core/admit/seats.ts';

const NO_LIMITS = { max_connections: 0, max_connections_per_address: 0 };

function create_endpoint(max_connections = 0): Seated {
  return { max_connections, seats: 0 };
}

describe('one client more than there is room for', () => {
  const refusal_of = (limits: Partial<typeof NO_LIMITS>, endpoint: Seated, taken: number) => {
    const seats = new Seats({ ...NO_LIMITS, ...limits });
    for (let count = 0; count < taken; count++) seats.take(endpoint, '10.0.0.1');
    const { status, code } = seats.why_full(endpoint, '10.0.0.1') ?? {};
    return status && `${status} ${code}`;
  };

  test('at an endpoint is refused with 503', () => {
    expect(refusal_of({}, create_endpoint(3), 2)).toBe(undefined);
    expect(refusal_of({}, create_endpoint(3), 3)).toBe('503 server_full');
    expect(refusal_of({}, create_endpoint(3), 4)).toBe('503 server_full');
  });

  test('at all endpoints together is refused with 503', () => {
    expect(refusal_of({ max_connections: 3 }, create_endpoint(), 2)).toBe(undefined);
    expect(refusal_of({ max_connections: 3 }, create_endpoint(), 3)).toBe('503 server_full');
  });

  test('of an address is refused with 429, and those of other addresses are not', () => {
    const limits = { max_connections_per_address: 2 };
    expect(refusal_of(limits, create_endpoint(), 1)).toBe(undefined);
    expect(refusal_of(limits, create_endpoint(), 2)).toBe('429 too_many_connections');
    const seats = new Seats({ ...NO_LIMITS, ...limits });
    const endpoint = create_endpoint();
    seats.take(endpoint, '10.0.0.1');
    seats.take(endpoint, '10.0.0.1');
    expect(seats.why_full(endpoint, '10.0.0.2')).toBe(undefined);
  });

  test('of an unknown address is none, however many there are', () => {
    const seats = new Seats({ ...NO_LIMITS, max_connections_per_address: 1 });
    const endpoint = create_endpoint();
    for (let count = 0; count < 3; count++) seats.take(endpoint, '');
    expect(seats.why_full(endpoint, '')).toBe(undefined);
    seats.leave(endpoint, '');
    expect(endpoint.seats).toBe(2);
  });

  test('is none where there is no limit', () => {
    expect(refusal_of({}, create_endpoint(), 1000)).toBe(undefined);
  });
});

test('seats equal a naive model, whoever comes and goes', () => {
  const client = fast_check.record({
    endpoint: fast_check.nat(2),
    address: fast_check.constantFrom('::1', '10.0.0.1', '', '__proto__'),
  });
  const step = fast_check.oneof(client, fast_check.record({ leaves: fast_check.nat(20) }));
  fast_check.assert(
    fast_check.property(
      fast_check.record({
        max_connections: fast_check.nat(6),
        max_connections_per_address: fast_check.nat(3),
      }),
      fast_check.array(fast_check.nat(4), { minLength: 3, maxLength: 3 }),
      fast_check.array(step, { maxLength: 60 }),
      (limits, maxima, steps) => {
        const seats = new Seats(limits);
        const endpoints = maxima.map(create_endpoint);
        const connected: { endpoint: Seated; address: string }[] = [];
        const is_full = (taken: number, limit: number) => limit > 0 && taken >= limit;
        for (const step of steps) {
          if ('leaves' in step) {
            const [gone] = connected.splice(step.leaves, 1);
            if (gone !== undefined) seats.leave(gone.endpoint, gone.address);
            continue;
          }
          const endpoint = endpoints[step.endpoint] as Seated;
          const { address } = step;
          const at_endpoint = connected.filter((each) => each.endpoint === endpoint).length;
          const is_counted = (each: { address: string }) =>
            each.address === address && address !== '';
          const of_address = connected.filter(is_counted).length;
          const expected =
            is_full(at_endpoint, endpoint.max_connections) ||
            is_full(connected.length, limits.max_connections)
              ? 503
              : is_full(of_address, limits.max_connections_per_address)
                ? 429
                : undefined;
          expect(endpoint.seats).toBe(at_endpoint);
          expect(seats.why_full(endpoint, address)?.status).toBe(expected);
          if (expected !== undefined) continue;
          seats.take(endpoint, address);
          connected.push({ endpoint, address });
        }
        for (const { endpoint, address } of connected) seats.leave(endpoint, address);
        expect(endpoints.map((endpoint) => endpoint.seats)).toEqual([0, 0, 0]);
      },
    ),
  );
});
