import { is_sendable_header } from './http_header.ts';
import { without_stack_trace } from './without_stack_trace.ts';

/** One thing that is wrong with an option: where it stands, and what would be right. */
export interface Problem {
  /** As one would write it in code: `websockets.chat.options.max_queued_messages`. */
  path: string;
  message: string;
}

/** One thing that a schema did not accept. */
export interface SchemaIssue {
  message: string;
  /** From the outside in; empty for the value as a whole. */
  path: (string | number)[];
}

/** What `details` holds for each `code` of a {@link WebsocketsError}. */
export interface ErrorDetails {
  /** An option is malformed. All its problems are listed, not only the first. */
  bad_option: { problems: Problem[] };
  /** A method was called with an argument that it cannot take. */
  bad_argument: { argument: string };
  /** `websockets(name)` or `endpoint(name)`, where nothing declares that name. */
  unknown_endpoint: { endpoint: string; known: string[] };
  /** A client sent what is not JSON (no issues), or not what `receives` accepts. Goes to `on_error`, without a stack trace. */
  invalid_message: { endpoint: string; issues: SchemaIssue[] };
  /** What was to be sent is not what `sends` accepts. */
  undeclared_message: { endpoint: string; issues: SchemaIssue[] };
  /** A connection would subscribe to more topics than its endpoint allows. */
  too_many_topics: { endpoint: string; max_topics: number };
  /** A schema threw, or returned what is no result. */
  schema_failed: { path: string };
  /** JSON cannot carry what was to be sent, or loses all that it holds: a promise, a `Map`, an `Error`. */
  unserializable_message: Record<never, never>;
  /** This path of this server is already served by another mount. */
  path_in_use: { path: string };
  /** The package does not run here: on Node 18 its import throws, under Bun a mount does. */
  unsupported_runtime: { runtime: 'node' | 'bun'; version: string };
  /** A client of a test was not connected. */
  connect_refused: {
    status: number;
    headers: Readonly<Record<string, string | readonly string[]>>;
    body: { error: { code: string; message: string; issues?: SchemaIssue[] } };
  };
  /** `app()` could not listen. */
  listen_failed: { host: string | undefined; port: number };
}

export type ErrorCode = keyof ErrorDetails;

/** Every error that this package throws or reports. Callers test its `code`. */
export class WebsocketsError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly details: ErrorDetails[Code];

  constructor(
    code: Code,
    message: string,
    details: ErrorDetails[Code],
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** A client can send so many invalid messages that stack traces would cost more than all the rest. */
export function invalid_message(message: string, details: ErrorDetails['invalid_message']) {
  return without_stack_trace(() => new WebsocketsError('invalid_message', message, details));
}

/** Whether something caught is a {@link WebsocketsError} with this code. */
export function has_code<Code extends ErrorCode>(
  error: unknown,
  code: Code,
): error is WebsocketsError<Code> {
  return is_instance(error, WebsocketsError) && error.code === code;
}

/** `instanceof`, also for what is thrown with the intent to make that throw. */
export function is_instance<T>(
  value: unknown,
  type: abstract new (...args: any[]) => T,
): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/**
 * Thrown in `on_upgrade` to refuse a client before it is connected. The client
 * sees the status, the message (in the JSON body) and the headers; an array is one header per item,
 * as `Set-Cookie` wants it.
 *
 * @throws {WebsocketsError} `bad_argument`, unless the status is a whole number
 * from 400 to 599 and each header is a valid HTTP field (RFC 9110 §5).
 */
export class UpgradeRefusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;

  constructor(status: number, message: string, headers: Record<string, string | string[]> = {}) {
    super(message);
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new WebsocketsError(
        'bad_argument',
        `the status of an UpgradeRefusal must be a whole number from 400 to 599; got ${String(status)}`,
        { argument: 'status' },
      );
    }
    const copied: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries(headers)) {
      const lines = [value].flat();
      copied[name] = Array.isArray(value) ? Object.freeze(lines) : value;
      if (lines.every((line) => is_sendable_header(name, line))) continue;
      throw new WebsocketsError(
        'bad_argument',
        `the header ${JSON.stringify(name)} of an UpgradeRefusal is not a valid HTTP field: ` +
          'a name is a token, a value is text of one line',
        { argument: 'headers' },
      );
    }
    this.status = status;
    this.headers = Object.freeze(copied);
  }
}

// On the prototype, so that it stands in the stack, which is made before any field is.
WebsocketsError.prototype.name = 'WebsocketsError';
UpgradeRefusal.prototype.name = 'UpgradeRefusal';
