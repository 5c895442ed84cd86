/** The longest header of a frame (RFC 6455 §5.2): two bytes, a length of eight, a mask of four. */
export const LONGEST_HEADER_IN_BYTES = 14;

/**
 * The size of the frame that begins at this position, header included (RFC 6455 §5.2); 0 if the bytes
 * end before its length does.
 */
export function frame_size(bytes: Buffer, at: number): number {
  const available = bytes.length - at;
  if (available < 2) return 0;
  const second = bytes[at + 1] as number;
  const mask_bytes = second < 128 ? 0 : 4;
  const length = second & 127;
  if (length < 126) return 2 + mask_bytes + length;
  if (length === 126) return available < 4 ? 0 : 4 + mask_bytes + bytes.readUInt16BE(at + 2);
  // ws refuses a length whose first two bytes are not 0.
  return available < 10 ? 0 : 10 + mask_bytes + bytes.readUIntBE(at + 4, 6);
}
