import { constants, inflateRawSync } from 'node:zlib';

/** What a server wrote, frame by frame; each as text, so that two servers are compared at a glance. */
export interface WrittenFrames {
  /** All of them, as they are. Bytes at the end that are no whole frame count as one. */
  readonly all: string[];
  /** Messages, inflated. */
  readonly data: string[];
  readonly pongs: string[];
  readonly closes: string[];
}

const CLOSE = 8;
const PONG = 10;
const RSV1 = 0x40;
/** What a compressed message lacks at its end (RFC 7692 §7.2.1). */
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);
/** How far back a compressed message may refer to earlier ones. */
const WINDOW_IN_BYTES = 32_768;

/** Whether one of {@link WrittenFrames.all} is a close frame. */
export function is_close(frame: string): boolean {
  return frame.startsWith('88');
}

/** Reads frames of a server (RFC 6455 §5.2). It writes no pings, unless it has a heartbeat. */
export function read_written(bytes: Buffer): WrittenFrames {
  const frames: WrittenFrames = { all: [], data: [], pongs: [], closes: [] };
  let window = Buffer.alloc(0);
  for (let at = 0; at < bytes.length; ) {
    const [header_bytes, size] = size_of_frame(bytes, at);
    const first = bytes[at] as number;
    const frame = bytes.subarray(at, at + size);
    const text = frame.toString('hex');
    frames.all.push(text);
    if ((first & 15) === PONG) frames.pongs.push(text);
    else if ((first & 15) === CLOSE) frames.closes.push(text);
    else if ((first & RSV1) === 0)
      frames.data.push(`${first} ${frame.toString('hex', header_bytes)}`);
    else {
      const inflated = inflate(frame.subarray(header_bytes), window);
      window = Buffer.concat([window, inflated]).subarray(-WINDOW_IN_BYTES);
      frames.data.push(`${first ^ RSV1} ${inflated.toString('hex')}`);
    }
    at += frame.length;
  }
  return frames;
}

function inflate(payload: Buffer, window: Buffer): Buffer {
  return inflateRawSync(Buffer.concat([payload, TAIL]), {
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(window.length > 0 && { dictionary: window }),
  });
}

/** The sizes of the header and of the whole frame. */
function size_of_frame(bytes: Buffer, at: number): [header: number, frame: number] {
  const left = bytes.length - at;
  const form = bytes[at + 1] ?? 0;
  if (form < 126) return [2, 2 + form];
  if (form === 126 && left >= 4) return [4, 4 + bytes.readUInt16BE(at + 2)];
  if (form === 127 && left >= 10) return [10, 10 + Number(bytes.readBigUInt64BE(at + 2))];
  // A mask, which no server may send, or a cut: the rest is one frame then.
  return [0, left];
}
