/** A message as it was sent: text or bytes. */
export type RawMessage = string | Uint8Array;

/** Copies the bytes, because connections that receive the same message share them. */
export function to_raw(data: Buffer, is_binary: boolean): RawMessage {
  return is_binary ? Uint8Array.from(data) : data.toString();
}

/** Copies the bytes, because the sender may change them later. */
export function to_data(raw: RawMessage): Buffer {
  return typeof raw === 'string' ? Buffer.from(raw) : Buffer.from(raw);
}

/** Returns a message as a client reads it: decoded from JSON if possible, otherwise the text or the bytes. */
export function read_message(raw: RawMessage): unknown {
  if (typeof raw !== 'string') return raw;
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

/** Returns messages in a form for an error message: as they were sent, but with long ones shortened. */
export function describe_messages(messages: readonly RawMessage[]): string {
  return messages
    .map((raw) => (typeof raw === 'string' ? raw : `${raw.length} bytes`))
    .map((text) => (text.length > 200 ? `${text.slice(0, 200)}…` : text))
    .join(', ');
}
