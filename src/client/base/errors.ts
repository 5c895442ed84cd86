/**
 * The reason why a {@link ClientError} was thrown or reported:
 *
 * - `bad_option`: thrown by `connect`, if the endpoint's name or an option is invalid.
 * - `bad_argument`: thrown by a method that is called with an invalid argument.
 * - `unserializable_message`: thrown by `send`, if JSON cannot carry the message or would lose its content.
 * - `attempt_failed`: passed to `on_error`, if an attempt fails. Another one follows, or the state becomes `closed`.
 * - `invalid_message`: passed to `on_error`, if a message is not JSON. The connection stays open.
 */
export type ClientErrorCode =
  | 'bad_option'
  | 'bad_argument'
  | 'unserializable_message'
  | 'attempt_failed'
  | 'invalid_message';

/** An error of the client itself. Errors that a page's handlers throw are passed on unchanged. */
export class ClientError extends Error {
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ClientError';
    this.code = code;
  }
}
