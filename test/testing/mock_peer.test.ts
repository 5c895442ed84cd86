import { create_mock_connection } from 'joystick-websockets/testing';
import { expect, test, vi } from 'vitest';

test('a client that reads loses no time: nothing waits, and drained() resolves', async () => {
  const connection = create_mock_connection();
  connection.send('x'.repeat(100_000));
  await connection.drained();
  expect(connection.buffered_bytes).toBe(0);
});

test('what is sent in this turn waits until the turn ends', async () => {
  const connection = create_mock_connection();
  connection.send('x'.repeat(1000));
  expect(connection.buffered_bytes).toBeGreaterThanOrEqual(1000);
  await connection.drained();
  expect(connection.buffered_bytes).toBe(0);
});

test('a client that reads nothing makes buffered_bytes grow and drained() wait until it reads', async () => {
  const connection = create_mock_connection();
  connection.peer.pause();
  for (let count = 1; count <= 3; count++) {
    connection.send('x'.repeat(1000));
    expect(connection.buffered_bytes).toBeGreaterThanOrEqual(count * 1000);
  }
  const on_drained = vi.fn();
  const drained = connection.drained().then(on_drained);
  expect(connection.drained()).toBe(connection.drained());
  await new Promise(setImmediate);
  expect(on_drained).not.toHaveBeenCalled();
  connection.peer.resume();
  await drained;
  expect(connection.buffered_bytes).toBe(0);
  expect(connection.sent).toHaveLength(3);
});

test('a paused client may be paused again after it has read', async () => {
  const connection = create_mock_connection();
  for (let round = 0; round < 3; round++) {
    connection.peer.pause();
    connection.send('x');
    const drained = connection.drained();
    expect(connection.buffered_bytes).toBeGreaterThan(0);
    connection.peer.resume();
    await drained;
    expect(connection.buffered_bytes).toBe(0);
  }
});

test('the client closes it, as a browser does', async () => {
  const connection = create_mock_connection();
  const closed = connection.peer.close(4001, 'bye');
  expect(await closed).toEqual({ code: 4001, reason: 'bye' });
  expect(connection.closed).toEqual({ code: 4001, reason: 'bye' });
  expect(connection.is_open).toBe(false);
  expect(connection.send('late')).toBe(false);
});

test('the client closes it with 1000, unless it says otherwise', async () => {
  const connection = create_mock_connection();
  expect(await connection.peer.close()).toEqual({ code: 1000, reason: '' });
});

test('the client answers when a handler closes it', async () => {
  const connection = create_mock_connection();
  connection.close(4002, 'enough');
  expect(await connection.peer.close()).toEqual({ code: 4002, reason: 'enough' });
  expect(connection.closed).toEqual({ code: 4002, reason: 'enough' });
});

test('the client resets it: 1006, and who waits for drained() goes on', async () => {
  const connection = create_mock_connection();
  connection.peer.pause();
  connection.send('x');
  const drained = connection.drained();
  connection.peer.reset();
  await drained;
  expect(connection.closed).toEqual({ code: 1006, reason: '' });
  expect(connection.is_open).toBe(false);
  connection.peer.reset();
});

test('a client that reads nothing does not answer a close, and is cut at its time-out exactly', async () => {
  vi.useFakeTimers();
  const definition = { options: { close_timeout_in_seconds: 3 } };
  const connection = create_mock_connection({ definition });
  connection.peer.pause();
  connection.send('x');
  const on_drained = vi.fn();
  connection.drained().then(on_drained);
  connection.close(4003);
  await vi.advanceTimersByTimeAsync(2_999);
  expect(on_drained).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(on_drained).toHaveBeenCalledOnce();
  expect(connection.closed).toEqual({ code: 4003, reason: '' });
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('a client that reads nothing is a slow consumer at the default limit, however small the messages are', async () => {
  const connection = create_mock_connection();
  connection.peer.pause();
  let count = 0;
  while (connection.send('16 bytes of text')) count++;
  expect(count).toBeGreaterThan(250_000);
  expect(connection.closed).toEqual({ code: 1013, reason: 'the client reads too slowly' });
  connection.peer.resume();
  await connection.drained();
  expect(connection.buffered_bytes).toBe(0);
});
