/** What the handler of a case does with each message. */
export interface Handler {
  readonly does:
    | 'listens'
    | 'echoes'
    /** The others echo as well, until they end the connection at the message of this index. */
    | 'closes'
    | 'terminates'
    | 'fails'
    /** Echoes, and takes its time for each message. */
    | 'tarries';
  readonly at: number;
}

/** What a handler can do to its connection, over the package as over ws. */
export interface Replies {
  /** A string or bytes as they are, anything else as JSON. */
  send(message: unknown): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

export const CLOSE_BY_HANDLER = [4000, 'enough'] as const;

/** Handles the message of this index. @throws if the handler is to fail. */
export function handle(
  { does, at }: Handler,
  index: number,
  message: unknown,
  replies: Replies,
): void {
  if (does === 'listens') return;
  replies.send(reply_to(message));
  if (index !== at) return;
  if (does === 'closes') replies.close(...CLOSE_BY_HANDLER);
  if (does === 'terminates') replies.terminate();
  if (does === 'fails') throw new Error('the handler fails');
}

/** Strings become text, numbers become bytes, and everything else becomes JSON. */
function reply_to(message: unknown): unknown {
  if (typeof message !== 'number') return message;
  const size = Math.abs(Math.trunc(message)) % 300 || 0;
  return new Uint8Array(size).fill(size);
}
