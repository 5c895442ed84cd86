// Frames, encoded by hand (RFC 6455 §5.2): only those that the measures send and expect.

const FINAL_TEXT = 0x81;
const FINAL_CLOSE = 0x88;
const FINAL_PING = 0x89;
const FINAL_PONG = 0x8a;
const MASKED = 0x80;
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** Returns a text frame as a server sends it. */
export function server_text_frame(text) {
  const payload = Buffer.from(text);
  return Buffer.concat([header(FINAL_TEXT, payload.length, 0), payload]);
}

/** Returns a text frame as a client must send it. */
export function client_text_frame(text) {
  return masked(FINAL_TEXT, Buffer.from(text));
}

/** Returns a close frame with the code 1000, as a client must send it. */
export function client_close_frame() {
  return masked(FINAL_CLOSE, Buffer.from([0x03, 0xe8]));
}

/** The size of the ping at the start of these bytes; 0 if there is none. The pings of the servers are empty. */
export function leading_ping_size(bytes) {
  return bytes.length >= 2 && bytes[0] === FINAL_PING && bytes[1] === 0 ? 2 : 0;
}

/** Returns the answer to a ping, as a client must send it. */
export function client_pong_frame() {
  return masked(FINAL_PONG, Buffer.alloc(0));
}

/** Whether these bytes are a server's close frame with the code 1000. */
export function is_normal_close_frame(bytes) {
  return bytes.length >= 4 && bytes[0] === FINAL_CLOSE && bytes.readUInt16BE(2) === 1000;
}

/** Reads the first frame from a server's bytes. Returns its text, and where the next frame begins. */
export function read_text_frame(bytes) {
  if (bytes.length < 2) return undefined;
  if (bytes[0] !== FINAL_TEXT) throw new Error(`a frame begins with 0x${bytes[0].toString(16)}`);
  const is_long = bytes[1] === 126;
  const start = is_long ? 4 : 2;
  if (bytes.length < start) return undefined;
  const end = start + (is_long ? bytes.readUInt16BE(2) : bytes[1]);
  if (bytes.length < end) return undefined;
  return { text: bytes.toString('utf8', start, end), end };
}

function masked(first_byte, payload) {
  const masked_payload = payload.map((byte, index) => byte ^ MASK[index % 4]);
  return Buffer.concat([header(first_byte, payload.length, MASKED), MASK, masked_payload]);
}

/** Returns a frame header. It does not support 64 KiB or more, which no measure sends. */
function header(first_byte, length, mask_bit) {
  if (length < 126) return Buffer.from([first_byte, mask_bit | length]);
  return Buffer.from([first_byte, mask_bit | 126, length >> 8, length & 0xff]);
}
