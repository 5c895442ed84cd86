import type { Attack, Ending } from './attack.ts';
import { hostile_frame, unmasked_frame } from './hostile_frames.ts';
import { SeededRandom } from './seeded_random.ts';

/** The endpoints that hostile clients may reach. */
export const REACHABLE = [
  'echo',
  'patient',
  'throwing',
  'rejecting',
  'contained',
  'closing',
  'deciding',
  'refusing',
  'failing',
  'undecided',
] as const;
/** An endpoint that no hostile client may reach. */
export const UNREACHABLE = 'never';

const PATH = '/api/_websockets';
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** An endless supply of attacks, the same for the same seed. */
export class HostileClients {
  readonly #random: SeededRandom;
  #count = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  next(): Attack {
    const id = String(this.#count++);
    const attack = this.#random.pick<() => Omit<Attack, 'id'>>([
      () => this.#malformed_handshake(id),
      () => this.#hostile_name(id),
      () => this.#garbage(),
      () => this.#partial_handshake(id),
      () => this.#pipelined(id),
      () => this.#early_departure(id),
      () => this.#unanswered_close(id),
      () => this.#hostile_frames(id),
      () => this.#hostile_frames(id),
      () => this.#hostile_frames(id),
      () => this.#hostile_frames(id),
    ])();
    return { id, ...attack };
  }

  #malformed_handshake(id: string) {
    const random = this.#random;
    const flood = (count: number, size: number) =>
      Array.from({ length: count }, (_, i) => `X-${i}: ${'a'.repeat(size)}`);
    const change = random.pick<Partial<Handshake>>([
      { method: random.pick(['POST', 'HEAD', 'PUT', 'OPTIONS', 'CONNECT', 'BREW', 'get', '']) },
      { version: random.pick(['12', '8', '0', '', '13, 13', '013', '-13', 'NaN']) },
      { key: random.pick(['', 'short', KEY.slice(0, -1), `${KEY}A`, `${KEY}, ${KEY}`, '🙂', '"']) },
      { upgrade: random.pick(['h2c', 'websocket, h2c', 'web socket', 'WEBSOCKETS', '', '\u00ff']) },
      { connection: random.pick(['keep-alive', 'close', '', 'Upgrade-Insecure']) },
      { http: random.pick(['HTTP/1.0', 'HTTP/9.9', 'HTTX/1.1', '']) },
      { more: flood(3000, 10) },
      { more: flood(1, 20_000) },
      { more: ['Upgrade: websocket'] },
      { more: ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='] },
      { more: ['Sec-WebSocket-Protocol: ,,a b'] },
      { more: ['Sec-WebSocket-Protocol: a, a'] },
      { more: ['Bad Name: x'] },
      { more: ['X: \u0000'] },
      { more: ['Content-Length: -1'] },
      { more: ['Content-Length: 1', 'Transfer-Encoding: chunked'] },
    ]);
    const request = this.#handshake(id, UNREACHABLE, change, '');
    const chunks = this.#split(Buffer.concat([request, ...this.#frames(1)]));
    return {
      kind: `handshake ${JSON.stringify(change).slice(0, 80)}`,
      chunks,
      ending: this.#end(),
    };
  }

  #hostile_name(id: string) {
    const name = this.#random.pick([...REACHABLE, UNREACHABLE]);
    const path = this.#random.pick([
      `${PATH}/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
      `${PATH}%2F${name}`,
      `${PATH}//${name}`,
      `/api//_websockets/${name}`,
      `//api/_websockets/${name}`,
      `${PATH}/${name}/`,
      `${PATH}/${name}//`,
      `${PATH}/./${name}`,
      `${PATH}/x/../${name}`,
      `${PATH}/${name}/..`,
      `${PATH}/.`,
      `${PATH}/..`,
      `${PATH}/${name}\0`,
      `${PATH}/${name}%00`,
      `${PATH}/${name}#fragment`,
      `${PATH}/#${name}`,
      `${PATH}/${name};a=b`,
      `${PATH}/${name}\\`,
      `${PATH}/${name.toUpperCase()}`,
      `${PATH}/${name}\u00ff`,
      `${PATH}`,
      `${PATH}/`,
      `${PATH}s/${name}`,
      '/',
      '*',
      ...INHERITED_NAMES.map((inherited) => `${PATH}/${inherited}`),
    ]);
    const request = this.#handshake(id, '', { path }, '');
    const chunks = [request, ...this.#frames(2)];
    return { kind: `name ${JSON.stringify(path)}`, chunks, ending: this.#end_or_stay() };
  }

  #garbage() {
    const chunks = Array.from({ length: this.#random.up_to(4) + 1 }, () =>
      this.#random.bytes(this.#random.up_to(2000)),
    );
    return { kind: 'garbage', chunks, ending: this.#leave_at_once() };
  }

  #partial_handshake(id: string) {
    const request = this.#handshake(id, UNREACHABLE, {}, '');
    const part = request.subarray(0, this.#random.up_to(request.length - 1));
    const chunks = this.#split(part);
    return { kind: 'partial handshake', chunks, ending: this.#leave_at_once() };
  }

  #pipelined(id: string) {
    const endpoint = this.#random.pick(REACHABLE);
    const before = Array.from({ length: this.#random.up_to(3) + 1 }, () =>
      Buffer.from(
        this.#random.pick([
          'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
          'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n',
          'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
          'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
          'GET /slow HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
          'POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc',
        ]),
      ),
    );
    const all = Buffer.concat([...before, this.#handshake(id, endpoint), ...this.#frames(2)]);
    return { kind: `pipelined before ${endpoint}`, chunks: this.#split(all), ending: this.#end() };
  }

  /** Leaves before, while or after `on_upgrade` decides. Until then, it may have sent far too many bytes. */
  #early_departure(id: string) {
    const endpoint = this.#random.pick(['deciding', 'refusing', 'failing', 'undecided'] as const);
    const early = this.#random.pick([0, 0, 1, 20]);
    const flood = Array.from({ length: early }, () => Buffer.alloc(1000));
    const chunks = [this.#handshake(id, endpoint), ...flood, ...this.#frames(1)];
    const ending = this.#random.pick<Ending>([
      'resets_at_upgrade',
      'resets_at_upgrade',
      this.#end(),
    ]);
    return { kind: `early departure from ${endpoint}`, chunks, ending };
  }

  /** Breaks the protocol, and then may not answer the close frame that it receives. */
  #unanswered_close(id: string) {
    const endpoint = this.#random.pick(['echo', 'patient', 'deciding'] as const);
    const chunks = [this.#handshake(id, endpoint), unmasked_frame()];
    return { kind: `no close frame to ${endpoint}`, chunks, ending: this.#end_or_stay() };
  }

  #hostile_frames(id: string) {
    const endpoint = this.#random.pick(REACHABLE);
    const all = Buffer.concat([this.#handshake(id, endpoint), ...this.#frames(6)]);
    return { kind: `frames to ${endpoint}`, chunks: this.#split(all), ending: this.#end() };
  }

  #handshake(
    id: string,
    endpoint: string,
    change: Partial<Handshake> = {},
    /** The only endpoint whose handlers this may reach. */
    expected = endpoint,
  ): Buffer {
    const { method, path, http, upgrade, connection, version, key, more }: Handshake = {
      method: 'GET',
      path: `${PATH}/${endpoint}`,
      http: 'HTTP/1.1',
      upgrade: 'websocket',
      connection: 'Upgrade',
      version: '13',
      key: KEY,
      more: [],
      ...change,
    };
    // Only a few addresses, so that clients share an entry.
    const query = `?id=${this.#random.up_to(20)}&attack=${id}&expected=${expected}&__proto__=1&constructor=2`;
    const lines = [
      `${method} ${path}${query} ${http}`,
      'Host: 127.0.0.1',
      `Upgrade: ${upgrade}`,
      `Connection: ${connection}`,
      `Sec-WebSocket-Version: ${version}`,
      `Sec-WebSocket-Key: ${key}`,
      ...more,
    ];
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  }

  /** Returns some frames. More often than not, a server has to refuse one of them. */
  #frames(at_most: number): Buffer[] {
    return Array.from({ length: this.#random.up_to(at_most) + 1 }, () =>
      hostile_frame(this.#random),
    );
  }

  #end_or_stay(): Ending {
    // A client that stays costs the server's whole timeout, so a few are enough.
    return this.#random.next() < 0.03 ? 'stays' : this.#end();
  }

  #end(): Ending {
    return this.#random.next() < 0.5
      ? this.#random.pick<Ending>(['resets_at_answer', 'finishes_at_answer'])
      : this.#leave_at_once();
  }

  #leave_at_once(): Ending {
    return this.#random.pick<Ending>(['resets', 'finishes', 'vanishes']);
  }

  #split(bytes: Buffer): Buffer[] {
    if (this.#random.next() < 0.5) return [bytes];
    const at = this.#random.up_to(bytes.length);
    return [bytes.subarray(0, at), bytes.subarray(at)];
  }
}

interface Handshake {
  method: string;
  path: string;
  http: string;
  upgrade: string;
  connection: string;
  version: string;
  key: string;
  more: string[];
}

const INHERITED_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
