import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

/** A `ws` client that keeps what it receives, so that a test can wait for it. */
export class Client {
  readonly received: string[] = [];
  readonly received_raw: (string | Uint8Array)[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  #read = 0;
  #on_message: (() => void) | undefined;

  private constructor(url: string, options?: ClientOptions) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data, is_binary) => {
      this.received.push(String(data));
      this.received_raw.push(is_binary ? Uint8Array.from(data as Buffer) : String(data));
      this.#on_message?.();
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  /**
   * @param signal makes the client leave before it is connected.
   * @throws if the upgrade is refused.
   */
  static async connect(
    url: string,
    { signal, ...options }: ClientOptions & { signal?: AbortSignal | undefined } = {},
  ): Promise<Client> {
    const client = new Client(url, options);
    signal?.addEventListener('abort', () => client.socket.terminate());
    await Promise.race([
      once(client.socket, 'open'),
      once(client.socket, 'error').then(([error]) => Promise.reject(error)),
    ]);
    return client;
  }

  /** Sends an object as JSON, and a string or bytes unchanged. */
  send(message: unknown): void {
    const is_raw = typeof message === 'string' || message instanceof Uint8Array;
    this.socket.send(is_raw ? message : JSON.stringify(message));
  }

  /** Resolves with the next message that was not returned yet, decoded from JSON. */
  async next_message(): Promise<any> {
    return JSON.parse(await this.next_text());
  }

  async next_text(): Promise<string> {
    return String(this.received[await this.#next()]);
  }

  /** Resolves with the next message as text or bytes. */
  async next_raw(): Promise<string | Uint8Array> {
    return this.received_raw[await this.#next()] ?? '';
  }

  /** Resolves with the index of the next message that was not returned yet. */
  async #next(): Promise<number> {
    while (this.received.length <= this.#read) {
      await new Promise<void>((resolve) => {
        this.#on_message = resolve;
      });
    }
    return this.#read++;
  }

  close(code?: number, reason?: string): Promise<{ code: number; reason: string }> {
    this.socket.close(code, reason);
    return this.closed;
  }

  /** Stops reading. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Ends the connection with a TCP reset. */
  reset(): void {
    (this.socket as unknown as { _socket: import('node:net').Socket })._socket.resetAndDestroy();
  }
}
