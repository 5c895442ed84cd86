import { create_test_endpoint } from 'joystick-websockets/testing';
import { describe, expect, test } from 'vitest';
import { rejection_of } from '../support/events.ts';

const first = new Error('first');
const second = new Error('second');

function failing_with(...errors: unknown[]) {
  return {
    on_message: (index: number) => {
      throw errors[index];
    },
  };
}

/** An endpoint in which a client each has made these happen. */
async function after_failures(...errors: unknown[]) {
  const endpoint = create_test_endpoint(failing_with(...errors));
  for (const index of errors.keys()) {
    const client = await endpoint.connect();
    client.send(index);
    await client.closed;
  }
  return endpoint;
}

describe('close()', () => {
  test('rejects with the failure that nobody looked at', async () => {
    const endpoint = await after_failures(first);
    expect(await rejection_of(endpoint.close())).toBe(first);
  });

  test('rejects once: whoever closes again has seen it', async () => {
    const endpoint = await after_failures(first);
    await rejection_of(endpoint.close());
    await endpoint.close();
    expect(endpoint.errors).toEqual([first]);
  });

  test('rejects with all of them where there are several', async () => {
    const endpoint = await after_failures(first, second, first);
    const error = await rejection_of(endpoint.close());
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toEqual([first, second, first]);
    expect((error as AggregateError).message).toMatch(/^3 failures .*first.*second/);
  });

  test.each([undefined, null, 'a string', 0])('says what was thrown: %j', async (thrown) => {
    const endpoint = await after_failures(thrown);
    const error = (await rejection_of(endpoint.close())) as Error;
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toContain(thrown === undefined ? 'undefined' : JSON.stringify(thrown));
    expect(error.cause).toBe(thrown);
    expect(endpoint.errors).toEqual([thrown]);
  });

  test('does not reject where the test has looked at the errors, unless another follows', async () => {
    const endpoint = create_test_endpoint(failing_with(first, second));
    const [ada, bob] = [await endpoint.connect(), await endpoint.connect()];
    ada.send(0);
    await ada.closed;
    expect(endpoint.errors).toEqual([first]);
    bob.send(1);
    await bob.closed;
    expect(await rejection_of(endpoint.close())).toBe(second);
    expect(endpoint.errors).toEqual([first, second]);
  });

  test('does not reject where on_error dealt with it', async () => {
    const endpoint = create_test_endpoint({
      ...failing_with(first),
      on_error: (error, connection) => connection.send({ sorry: String(error) }),
    });
    const client = await endpoint.connect();
    client.send(0);
    expect(await client.next_message()).toEqual({ sorry: 'Error: first' });
    await endpoint.close();
    expect(endpoint.errors).toEqual([first]);
  });

  test('rejects where on_error fails in turn; what it throws again counts once', async () => {
    const endpoint = create_test_endpoint({
      ...failing_with(first, second),
      on_error: async (error) => {
        throw error === first ? error : new Error('third');
      },
    });
    const [ada, bob] = [await endpoint.connect(), await endpoint.connect()];
    ada.send(0);
    bob.send(1);
    await Promise.all([ada.closed, bob.closed]);
    const error = await rejection_of(endpoint.close());
    expect((error as AggregateError).errors).toEqual([first, new Error('third')]);
    expect(endpoint.errors).toEqual([first, second, new Error('third')]);
  });

  test('rejects with what on_close failed with during the close itself', async () => {
    const endpoint = create_test_endpoint({ on_close: () => Promise.reject(first) });
    await endpoint.connect();
    expect(await rejection_of(endpoint.close())).toBe(first);
  });

  test('does not reject for what clients do wrong', async () => {
    const endpoint = create_test_endpoint({});
    const client = await endpoint.connect();
    client.send_raw('not JSON');
    expect((await client.closed).code).toBe(1007);
    await rejection_of(endpoint.connect({ origin: 'https://example.com' }));
    await endpoint.close();
    expect(endpoint.errors).toEqual([]);
  });

  test('rejects for options that it cannot take', async () => {
    const endpoint = create_test_endpoint({});
    expect(await rejection_of(endpoint.close({ grace_in_seconds: -1 }))).toMatchObject({
      code: 'bad_argument',
    });
    await endpoint.close();
  });
});

describe('next_message()', () => {
  test('says what failed where the connection closes before a message comes', async () => {
    const endpoint = create_test_endpoint(failing_with(first));
    const client = await endpoint.connect();
    client.send(0);
    await expect(client.next_message()).rejects.toThrow(
      /^no message came before the connection closed with 1011 .*nothing; the endpoint failed: .*first/,
    );
    expect(await rejection_of(endpoint.close())).toBe(first);
  });

  test('says how the connection ended, and what had come', async () => {
    const endpoint = create_test_endpoint({
      on_open: (connection) => {
        connection.send({ text: 'one' });
        connection.send('x'.repeat(300));
        connection.send(new Uint8Array(5));
        connection.close(4000, 'over');
      },
    });
    const client = await endpoint.connect();
    for (let i = 0; i < 3; i++) await client.next_message();
    const error = (await rejection_of(client.next_message())) as Error;
    expect(error.message).toBe(
      `no message came before the connection closed with 4000 (over); received so far: 3: {"text":"one"}, ${'x'.repeat(200)}…, 5 bytes`,
    );
  });

  test('hands over what came before the connection ended', async () => {
    const endpoint = create_test_endpoint({
      on_open: (connection) => {
        connection.send('last');
        connection.close();
      },
    });
    const client = await endpoint.connect();
    await client.closed;
    expect(await client.next_message()).toBe('last');
  });
});
