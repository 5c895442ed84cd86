import { WebsocketsError } from './errors.ts';

/**
 * The close codes that this package sends or reports (RFC 6455 §7.4.1 and the
 * IANA registry). {@link CLOSE_CODES.no_status} and {@link CLOSE_CODES.abnormal}
 * are only ever reported to `on_close`; no frame may carry them.
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

export type CloseCode = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES];

/** Why and how a connection ended. */
export interface CloseInfo {
  code: number;
  reason: string;
}

/** A close that the client decided, so that its code and its reason are what the client chose. */
export class ClientClose implements CloseInfo {
  constructor(
    readonly code: number,
    readonly reason: string,
  ) {}
}

/** From here on a code means what an application says (RFC 6455 §7.4.2); below it there are a dozen. */
export const FIRST_APPLICATION_CODE = 3000;

/** What a close frame has left for its reason: 125 bytes less the code (RFC 6455 §5.5). */
const MAX_REASON_IN_BYTES = 123;

/**
 * Whether an endpoint may send this code: 1000–1014 without 1004–1006, which
 * no frame may carry, and 1010, which only a client sends (RFC 6455 §7.4); and 3000–4999.
 */
export function is_sendable_close_code(code: unknown): code is number {
  if (typeof code !== 'number' || !Number.isInteger(code)) return false;
  if (code >= FIRST_APPLICATION_CODE && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006) && code !== 1010;
}

/** @throws {WebsocketsError} `bad_argument`, where an endpoint cannot close with these. */
export function check_close_arguments(code: unknown, reason: unknown): void {
  if (!is_sendable_close_code(code)) {
    throw new WebsocketsError(
      'bad_argument',
      `an endpoint cannot close with the code ${String(code)}; use 1000 to 1003, 1007 to 1009, ` +
        '1011 to 1014, or 3000 to 4999',
      { argument: 'code' },
    );
  }
  if (typeof reason !== 'string') {
    throw new WebsocketsError('bad_argument', 'the reason of a close must be a string', {
      argument: 'reason',
    });
  }
}

/** Cuts a reason to the bytes that a frame can carry, between two characters. */
export function fit_reason(reason: string): string {
  // A character takes three bytes at the most, a pair of surrogates four.
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
