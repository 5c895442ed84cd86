import type { PlatformSocket, WebSocketClass } from './base/platform.ts';

/** The receiver of one WebSocket's events, until the socket is released. */
export interface SocketListener {
  opened(): void;
  received(data: unknown): void;
  /** Called once, after all other events; also for a failed attempt. */
  closed(code: number, reason: string): void;
}

const ignore = () => {};

/** Connects a socket, and passes its events to the listener. */
export function open_socket(
  WebSocket: WebSocketClass,
  address: URL,
  protocols: string | string[] | undefined,
  listener: SocketListener,
): PlatformSocket {
  // Some classes do not treat an undefined list of subprotocols as missing.
  const socket =
    protocols === undefined ? new WebSocket(address.href) : new WebSocket(address.href, protocols);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => listener.opened();
  socket.onmessage = ({ data }) => listener.received(data);
  socket.onclose = ({ code, reason }) => listener.closed(code, reason);
  // The close event that follows says the same. Without a listener, a socket of ws would throw the error.
  socket.onerror = ignore;
  return socket;
}

/** Closes a socket. Its listener receives no further events. */
export function let_go(socket: PlatformSocket | undefined, code?: number, reason?: string): void {
  if (socket === undefined) return;
  socket.onopen = socket.onmessage = socket.onclose = ignore;
  socket.close(code, reason);
}
