/**
 * Why a {@link ClientError} was thrown or reported:
 *
 * - `bad_option`: thrown by `connect`, for an endpoint's name or an option that cannot be right.
 * - `bad_argument`: thrown by a method that cannot take what it was called with.
 * - `unserializable_message`: thrown by `send`, if JSON cannot carry the message or loses what it holds.
 * - `attempt_failed`: to `on_error`; the connection tries again, or gives up.
 * - `invalid_message`: to `on_error`; what arrived is not JSON. The connection lives.
 */
export type ClientErrorCode =
  | 'bad_option'
  | 'bad_argument'
  | 'unserializable_message'
  | 'attempt_failed'
  | 'invalid_message';

/** Every error of the client's own. What a page's handlers throw is passed on as it is. */
export class ClientError extends Error {
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ClientError';
    this.code = code;
  }
}
