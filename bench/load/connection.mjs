// A WebSocket client on a bare TCP socket.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { PATH } from '../messages.mjs';
import { client_text_frame, read_text_frame } from './frames.mjs';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = createHash('sha1')
  .update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  .digest('base64');

/** The number of loopback addresses to connect from. A single one would run out of ports. */
const SOURCE_ADDRESSES = 16;

/** The number of clients that connect at the same time. */
const CONCURRENT_CONNECTS = 100;

/** The read buffer. All connections share it, because bytes are handled synchronously. */
const READ_BUFFER = Buffer.alloc(65_536);

/**
 * A connection to the server. It calls `opened(connection)` once messages can be sent. Then it calls two methods of
 * `receiver`: `received(connection, bytes)`, with bytes that are only valid during the call, and `closed(connection)`.
 */
export class Connection {
  /** The number of bytes that the receiver has checked so far. Only the receiver uses it. */
  position = 0;
  #target;
  #receiver;
  #opened;
  #socket;
  #greeted = 0;
  #is_upgraded = false;
  #is_open = false;
  #opening = Buffer.alloc(0);

  constructor(target, index, receiver, opened) {
    this.index = index;
    this.#opened = opened;
    this.#target = target;
    this.#receiver = receiver;
    this.#socket = connect({
      host: '127.0.0.1',
      port: target.port,
      localAddress: `127.0.0.${2 + (index % SOURCE_ADDRESSES)}`,
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback: (length) => this.#read(length) },
    });
    this.#socket.on('error', (error) => {
      throw new Error(`connection ${index}: ${error.message}`);
    });
    this.#socket.on('close', () => receiver.closed(this));
    this.#socket.write(upgrade_request(target));
  }

  write(bytes) {
    this.#socket.write(bytes);
  }

  #read(length) {
    const bytes = READ_BUFFER.subarray(0, length);
    if (this.#is_open) this.#receiver.received(this, bytes);
    else this.#read_opening(bytes);
    return true;
  }

  #read_opening(bytes) {
    this.#opening = Buffer.concat([this.#opening, bytes]);
    if (!this.#is_upgraded && !this.#read_response()) return;
    const { greetings } = this.#target.wire;
    for (; this.#greeted < greetings.length; this.#greeted += 1) {
      if (!this.#read_greeting(greetings[this.#greeted])) return;
    }
    if (this.#opening.length > 0) throw new Error('the server sent bytes before the first request');
    this.#is_open = true;
    this.#opening = undefined;
    this.#opened(this);
  }

  #read_response() {
    const end = this.#opening.indexOf('\r\n\r\n');
    if (end === -1) return false;
    check_response(this.#opening.toString('latin1', 0, end));
    this.#opening = this.#opening.subarray(end + 4);
    this.#is_upgraded = true;
    return true;
  }

  #read_greeting({ begins_with, answer }) {
    const frame = read_text_frame(this.#opening);
    if (frame === undefined) return false;
    if (!frame.text.startsWith(begins_with)) throw new Error(`unexpected greeting: ${frame.text}`);
    this.#opening = this.#opening.subarray(frame.end);
    if (answer !== undefined) this.write(client_text_frame(answer));
    return true;
  }
}

/** Opens `count` connections that report to one receiver. */
export async function open_connections(target, count, receiver, first_index = 0) {
  const connections = [];
  const open_more = async () => {
    while (connections.length < count) {
      await new Promise((opened) => {
        const index = first_index + connections.length;
        connections.push(new Connection(target, index, receiver, opened));
      });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_CONNECTS }, open_more));
  return connections;
}

/** Returns an upgrade request with the headers of a browser, because servers have to read them and may keep them. */
function upgrade_request({ port, wire }) {
  return [
    `GET ${PATH}${wire.query} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Upgrade: websocket',
    `Origin: http://127.0.0.1:${port}`,
    'Sec-WebSocket-Version: 13',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-GB,en-US;q=0.9,en;q=0.8',
    'Cookie: session=s%3A8WnVQ2cPpYq3.b1dTQpZkX0mJ7r5sU2vL9yE4hG6fA; theme=dark',
    `Sec-WebSocket-Key: ${KEY}`,
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    '\r\n',
  ].join('\r\n');
}

function check_response(head) {
  const [status, ...lines] = head.split('\r\n');
  if (!status.startsWith('HTTP/1.1 101 ')) throw new Error(`the upgrade was refused: ${status}`);
  const headers = new Map();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  if (headers.get('sec-websocket-accept') !== ACCEPT) throw new Error('wrong Sec-WebSocket-Accept');
  if (headers.has('sec-websocket-extensions')) throw new Error('compression was negotiated');
}
