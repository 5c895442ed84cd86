import type { PlatformSocket, WebSocketClass } from './base/platform.ts';

/** What one WebSocket tells, until it is let go. */
export interface SocketListener {
  opened(): void;
  received(data: unknown): void;
  /** Once, last; also for an attempt that failed. */
  closed(code: number, reason: string): void;
}

const ignore = () => {};

/** Connects, and returns what closes the socket; from then on its listener is told nothing. */
export function open_socket(
  WebSocket: WebSocketClass,
  address: URL,
  protocols: string | string[] | undefined,
  listener: SocketListener,
): PlatformSocket {
  // Some classes take an undefined list of subprotocols for one that is there.
  const socket =
    protocols === undefined ? new WebSocket(address.href) : new WebSocket(address.href, protocols);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => listener.opened();
  socket.onmessage = ({ data }) => listener.received(data);
  socket.onclose = ({ code, reason }) => listener.closed(code, reason);
  // It says nothing that the close event after it does not; the one of ws throws what nobody listens for.
  socket.onerror = ignore;
  return socket;
}

/** Closes a socket whose listener is to be told nothing more. */
export function let_go(socket: PlatformSocket | undefined, code?: number, reason?: string): void {
  if (socket === undefined) return;
  socket.onopen = socket.onmessage = socket.onclose = ignore;
  socket.close(code, reason);
}
