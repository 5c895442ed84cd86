const DEFAULT_MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);

/** The ways in which a frame may differ from what an honest client sends. */
export interface FrameFlaws {
  fin?: number;
  rsv?: number;
  is_masked?: boolean;
  mask?: Buffer;
  /** The length that the header claims. */
  declared?: number | bigint;
  /** 2 or 8, whether or not the length needs them. */
  length_bytes?: number;
}

/** A client's frame (RFC 6455 §5.2), with the flaws that a test asks for. */
export function flawed_frame(opcode: number, payload: Buffer, flaws: FrameFlaws = {}): Buffer {
  const { fin = 1, rsv = 0, is_masked = true, declared = payload.length } = flaws;
  const needed = declared < 126 ? 0 : declared < 65_536 ? 2 : 8;
  const length_bytes = flaws.length_bytes ?? needed;
  const header = Buffer.alloc(2 + length_bytes);
  header[0] = (fin << 7) | (rsv << 4) | opcode;
  const short = length_bytes === 0 ? Number(declared) : length_bytes === 2 ? 126 : 127;
  header[1] = (is_masked ? 0x80 : 0) | short;
  if (length_bytes === 2) header.writeUInt16BE(Number(declared), 2);
  if (length_bytes === 8) header.writeBigUInt64BE(BigInt(declared), 2);
  if (!is_masked) return Buffer.concat([header, payload]);
  const mask = flaws.mask ?? DEFAULT_MASK;
  return Buffer.concat([header, mask, masked(payload, mask)]);
}

function masked(payload: Buffer, mask: Buffer): Buffer {
  const result = Buffer.allocUnsafe(payload.length);
  for (let at = 0; at < payload.length; at++) {
    result[at] = (payload[at] as number) ^ (mask[at & 3] as number);
  }
  return result;
}
