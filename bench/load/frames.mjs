// Frames by hand (RFC 6455 §5.2): only what the measures send and expect.

const FINAL_TEXT = 0x81;
const FINAL_CLOSE = 0x88;
const FINAL_PING = 0x89;
const FINAL_PONG = 0x8a;
const MASKED = 0x80;
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A text frame as a server sends it. */
export function server_text_frame(text) {
  const payload = Buffer.from(text);
  return Buffer.concat([header(FINAL_TEXT, payload.length, 0), payload]);
}

/** A text frame as a client must send it. */
export function client_text_frame(text) {
  return masked(FINAL_TEXT, Buffer.from(text));
}

/** A close frame with the code 1000, as a client must send it. */
export function client_close_frame() {
  return masked(FINAL_CLOSE, Buffer.from([0x03, 0xe8]));
}

/** How many bytes of a server's ping, which is empty, these begin with. */
export function leading_ping_size(bytes) {
  return bytes.length >= 2 && bytes[0] === FINAL_PING && bytes[1] === 0 ? 2 : 0;
}

/** The answer to a ping, as a client must send it. */
export function client_pong_frame() {
  return masked(FINAL_PONG, Buffer.alloc(0));
}

/** Whether these are the bytes of a server's close frame with the code 1000. */
export function is_normal_close_frame(bytes) {
  return bytes.length >= 4 && bytes[0] === FINAL_CLOSE && bytes.readUInt16BE(2) === 1000;
}

/** The first frame of what a server sent: its text, and where the next one begins. */
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

/** The measures send nothing of 64 KiB or more. */
function header(first_byte, length, mask_bit) {
  if (length < 126) return Buffer.from([first_byte, mask_bit | length]);
  return Buffer.from([first_byte, mask_bit | 126, length >> 8, length & 0xff]);
}
