import { why_lost } from '../../core/wire/lost_content.ts';
import { ClientError } from '../base/errors.ts';

/**
 * Returns a message as JSON.
 *
 * @throws {ClientError} `unserializable_message`.
 */
export function encode(message: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    cause = error;
  }
  let why: string | undefined =
    `${cause instanceof Error ? cause.message : `its type is ${typeof message}`}; send plain data, without cycles or bigints`;
  if (text !== undefined) {
    why = text.includes('{}') ? why_lost(message) : undefined;
    if (why === undefined) return text;
  }
  throw new ClientError('unserializable_message', `this message cannot be sent as JSON: ${why}`, {
    cause,
  });
}

/** @throws {ClientError} `bad_argument`, if a browser cannot close with these (WebSocket standard, `close`). */
export function check_client_close_arguments(code: unknown, reason: unknown): void {
  const is_code =
    code === 1000 || (Number.isInteger(code) && Number(code) >= 3000 && Number(code) <= 4999);
  if (!is_code) {
    throw new ClientError(
      'bad_argument',
      `the close code must be 1000 or 3000 to 4999; got ${code}`,
    );
  }
  if (typeof reason !== 'string' || new TextEncoder().encode(reason).length > 123) {
    throw new ClientError('bad_argument', 'the close reason must be a string of at most 123 bytes');
  }
}
