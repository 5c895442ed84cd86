import { constants, deflateRawSync } from 'node:zlib';

/** Kinds of characters that a text is made of. */
export const ALPHABETS = {
  ascii: 'abcdefghijklmnopqrstuvwxyz',
  two_bytes: 'aéßñöç\u0080\u07ff',
  three_bytes: 'a€한あ\u0800\uffff',
  four_bytes: '😀a\u{10000}\u{10ffff}é€',
} as const;

export type Alphabet = keyof typeof ALPHABETS;

const PATTERN_IN_BYTES = 70_000;

/** Characters of each alphabet, over and over: each long text is cut out of these. */
const patterns = Object.fromEntries(
  Object.entries(ALPHABETS).map(([name, characters]) => {
    const once = Buffer.from(characters);
    const repeated = Math.ceil(PATTERN_IN_BYTES / once.length) + 1;
    return [name, Buffer.concat(Array.from({ length: repeated }, () => once))];
  }),
) as Record<Alphabet, Buffer>;

/** JSON text of exactly so many bytes, so that the handler sees all of its content. Only an empty text is not JSON. */
export function json_of(size: number, alphabet: Alphabet, salt: number): Buffer {
  if (size === 0) return Buffer.alloc(0);
  if (size === 1) return Buffer.from(String(salt % 10));
  // A salt shifts the characters, so that two messages of one size differ.
  const quoted = Buffer.alloc(size, 'x');
  quoted[0] = 0x22;
  quoted[size - 1] = 0x22;
  const pattern = patterns[alphabet];
  let start = salt % 50;
  while (is_inside_character(pattern, start)) start++;
  let end = Math.min(start + size - 2, pattern.length);
  while (is_inside_character(pattern, end)) end--;
  pattern.copy(quoted, 1, start, end);
  return quoted;
}

/** Whether a cut at this position would split a character of UTF-8. */
function is_inside_character(bytes: Buffer, at: number): boolean {
  return ((bytes[at] ?? 0) & 0xc0) === 0x80;
}

/** Sequences that are not UTF-8 (RFC 3629): cut, overlong, surrogates, too large, stray. */
export const NOT_UTF8: readonly Buffer[] = [
  [0xc3],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0x80],
  [0xf0, 0x80, 0x80, 0x80],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80],
  [0x80],
  [0xff],
  [0xc3, 0x28],
].map((bytes) => Buffer.from(bytes));

/** A payload of permessage-deflate (RFC 7692 §7.2.1), which any context can inflate: it refers to nothing before it. */
export function deflated(payload: Buffer): Buffer {
  if (payload.length === 0) return Buffer.from([0]);
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}
