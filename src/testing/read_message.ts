/** What a message was sent as: bytes, or else text. */
export type RawMessage = string | Uint8Array;

/** A copy: what is sent to many shares its bytes. */
export function to_raw(data: Buffer, is_binary: boolean): RawMessage {
  return is_binary ? Uint8Array.from(data) : data.toString();
}

/** A copy, too: whoever sends bytes may write into them again. */
export function to_data(raw: RawMessage): Buffer {
  return typeof raw === 'string' ? Buffer.from(raw) : Buffer.from(raw);
}

/** A message as a client would read it: from JSON, where it is; else the text or the bytes themselves. */
export function read_message(raw: RawMessage): unknown {
  if (typeof raw !== 'string') return raw;
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

/** Messages for an error to show: as sent, the longest cut. */
export function describe_messages(messages: readonly RawMessage[]): string {
  return messages
    .map((raw) => (typeof raw === 'string' ? raw : `${raw.length} bytes`))
    .map((text) => (text.length > 200 ? `${text.slice(0, 200)}…` : text))
    .join(', ');
}
