import { WebsocketsError } from './errors.ts';
import { describe } from './problems.ts';

/**
 * The close codes that this package sends or reports (RFC 6455 §7.4.1 and the
 * IANA registry). {@link CLOSE_CODES.no_status} and {@link CLOSE_CODES.abnormal}
 * are only reported to `on_close`: a close frame must not carry them.
 */
export const CLOSE_CODES = {
  normal: 1000,
  going_away: 1001,
  protocol_error: 1002,
  unsupported_data: 1003,
  no_status: 1005,
  abnormal: 1006,
  invalid_payload: 1007,
  policy_violation: 1008,
  message_too_big: 1009,
  internal_error: 1011,
  service_restart: 1012,
  try_again_later: 1013,
} as const;

/** One of the {@link CLOSE_CODES}. */
export type CloseCode = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES];

/** The code and the reason with which a connection ended. */
export interface CloseInfo {
  code: number;
  reason: string;
}

/** A close that the client started: the client chose its code and its reason. */
export class ClientClose implements CloseInfo {
  constructor(
    readonly code: number,
    readonly reason: string,
  ) {}
}

/** The first code whose meaning the application defines (RFC 6455 §7.4.2). Below it, only about a dozen codes exist. */
export const FIRST_APPLICATION_CODE = 3000;

/** The longest reason that a close frame can carry: 125 bytes minus 2 for the code (RFC 6455 §5.5). */
const MAX_REASON_IN_BYTES = 123;

/**
 * Whether an endpoint may send this code (RFC 6455 §7.4): 1000–1014 or 3000–4999. Two exceptions:
 * a close frame must not carry 1004–1006, and only clients send 1010.
 */
export function is_sendable_close_code(code: unknown): code is number {
  if (typeof code !== 'number' || !Number.isInteger(code)) return false;
  if (code >= FIRST_APPLICATION_CODE && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006) && code !== 1010;
}

/** @throws {WebsocketsError} `bad_argument`, if an endpoint cannot close with this code or this reason. */
export function check_close_arguments(code: unknown, reason: unknown): void {
  if (!is_sendable_close_code(code)) {
    throw new WebsocketsError(
      'bad_argument',
      'the close code of an endpoint must be 1000 to 1003, 1007 to 1009, 1011 to 1014 or 3000 to 4999; ' +
        `got ${describe(code)}`,
      { argument: 'code' },
    );
  }
  if (typeof reason !== 'string') {
    throw new WebsocketsError(
      'bad_argument',
      `the close reason must be a string; got ${describe(reason)}`,
      { argument: 'reason' },
    );
  }
}

/** Shortens a reason to the bytes that a close frame can carry, without splitting a character. */
export function fit_reason(reason: string): string {
  // One UTF-16 unit takes at most three bytes: a surrogate pair, which is two units, takes four.
  if (reason.length * 3 <= MAX_REASON_IN_BYTES) return reason.toWellFormed();
  let fitted = '';
  let bytes = 0;
  for (const character of reason.toWellFormed()) {
    bytes += utf8_size(character.codePointAt(0) ?? 0);
    if (bytes > MAX_REASON_IN_BYTES) break;
    fitted += character;
  }
  return fitted;
}

function utf8_size(code_point: number): number {
  if (code_point < 0x80) return 1;
  if (code_point < 0x800) return 2;
  return code_point < 0x10000 ? 3 : 4;
}
