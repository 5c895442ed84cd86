import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type ConnectOptions, connect } from 'joystick-websockets/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { recorder } from '../support/events.ts';
import { find_free_port } from '../support/process.ts';
import { serve } from '../support/server.ts';

/** A client on Node, with the WebSocket of ws; it keeps what it is told. */
function connect_to(url: string, endpoint = 'chat', more: ConnectOptions = {}) {
  const told = recorder();
  const connection = connect(endpoint, {
    url,
    WebSocket,
    ...more,
    options: { reconnect_delay_in_seconds: 0.01, ...more.options },
    events: {
      on_open: () => told.add('open'),
      on_message: (message) => told.add(message),
      on_close: (code) => told.add(`closed ${code}`),
      on_error: (error) => told.add((error as Error).message.replace(/:\d+\//, '/')),
      on_state_change: (state) => told.add(state),
      ...more.events,
    },
  });
  onTestFinished(() => connection.close());
  return { connection, told };
}

const failed = (endpoint: string) =>
  expect.stringContaining(`could not connect to ${endpoint} at ws://127.0.0.1/`);

describe('a server', () => {
  test('that speaks to the client with the class of ws sends and receives', async () => {
    const { url } = await serve({
      chat: {
        on_message: (message, connection) => {
          connection.send({ message, room: connection.params.room });
          connection.send(new Uint8Array([7]));
        },
      },
    });
    const { connection, told } = connect_to(url, 'chat', { query: async () => ({ room: 'x' }) });
    connection.send('hello');
    await told.reaches(4);
    expect(told.entries).toEqual([
      'open',
      'open',
      { message: 'hello', room: 'x' },
      new Uint8Array([7]).buffer,
    ]);
  });

  test.each([
    ['refuses (403)', 'chat', { allowed_origins: () => false }],
    ['has no such endpoint (404)', 'chats', {}],
  ])('that %s is an error each time, until the client gives up', async (_what, name, options) => {
    const { url } = await serve({ chat: {} }, options);
    // Only what sends an Origin is refused for it, as browsers do.
    class Page extends WebSocket {
      constructor(address: string) {
        super(address, { origin: 'https://example.com' });
      }
    }
    const { told } = connect_to(url, name, {
      WebSocket: Page,
      options: { reconnect_delay_in_seconds: 0.01, reconnect_attempts: 2 },
    });
    await told.includes('closed 1006');
    expect(told.entries).toEqual([
      'reconnecting',
      failed(name),
      failed(name),
      failed(name),
      'closed',
      'closed 1006',
    ]);
  });

  test('that is absent is an error each time, and is found once it is there', async () => {
    const port = await find_free_port();
    const { connection, told } = connect_to(`ws://127.0.0.1:${port}`);
    connection.send('early');
    await told.reaches(3);
    expect(told.entries.slice(0, 3)).toEqual(['reconnecting', failed('chat'), failed('chat')]);
    const server = new WebSocketServer({ port, host: '127.0.0.1' });
    onTestFinished(() => server.close());
    const [socket] = await once(server, 'connection');
    expect(JSON.parse(String((await once(socket, 'message'))[0]))).toBe('early');
    expect(connection.state).toBe('open');
    socket.terminate();
    connection.close();
  });

  test('that never answers is let go after the time-out, and tried again', async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    onTestFinished(() => {
      silent.close();
    });
    await once(silent, 'listening');
    const next = once(silent, 'connection');
    const { port } = silent.address() as AddressInfo;
    const { told } = connect_to(`ws://127.0.0.1:${port}`, 'chat', {
      options: { connect_timeout_in_seconds: 0.05 },
    });
    const [first] = await next;
    const again = once(silent, 'connection');
    await once(first, 'close');
    await again;
    expect(told.entries.slice(0, 2)).toEqual(['reconnecting', failed('chat')]);
    expect(told.entries[1]).toContain('no answer within 0.05 seconds');
  });

  test('that accepts and closes at once is tried ever more rarely', async () => {
    const { url } = await serve({
      chat: { on_open: (connection) => connection.close(1011, 'no') },
    });
    const opened_at: number[] = [];
    const { told } = connect_to(url, 'chat', {
      options: { reconnect_attempts: 7 },
      events: { on_open: () => opened_at.push(performance.now()) },
    });
    await told.includes('closed');
    expect(opened_at).toHaveLength(8);
    // The seventh wait is at least 0.3 of 1.6 to the sixth of the delay; the first could be nothing.
    const last_wait = (opened_at[7] ?? 0) - (opened_at[6] ?? 0);
    expect(last_wait).toBeGreaterThan(0.3 * 1.6 ** 6 * 10);
    expect(told.entries.filter((entry) => entry === 'closed 1011')).toHaveLength(8);
  });

  test('that closes with a final code has ended it', async () => {
    const { url } = await serve({
      chat: { on_open: (connection) => connection.close(4403, 'banned') },
    });
    const { told } = connect_to(url);
    await told.includes('closed 4403');
    expect(told.entries).toEqual(['open', 'open', 'closed', 'closed 4403']);
  });
});
