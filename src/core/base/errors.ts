import { is_sendable_header } from './http_header.ts';
import { without_stack_trace } from './without_stack_trace.ts';

/** One mistake in the options: where it is, and what would be right. */
export interface Problem {
  /** The place as it is written in code, for example `websockets.chat.options.max_queued_messages`. */
  path: string;
  /** What is wrong there, and what would be right, for example `must be a function; got 5`. */
  message: string;
}

/** One part of a value that a schema rejected. */
export interface SchemaIssue {
  /** What is wrong with this part, as the schema words it. */
  message: string;
  /** The keys that lead to the rejected part, outermost first. Empty if the value as a whole is rejected. */
  path: (string | number)[];
}

/** The `details` of a {@link WebsocketsError}, for each `code`. */
export interface ErrorDetails {
  /** At least one option is wrong. `problems` lists every mistake, not only the first. */
  bad_option: { problems: Problem[] };
  /** A function was called with an argument that it does not accept. `argument` is the name of that argument. */
  bad_argument: { argument: string };
  /** `websockets(name)` or `endpoint(name)` was called with a name that no endpoint has. `known` lists the names. */
  unknown_endpoint: { endpoint: string; known: string[] };
  /**
   * A client sent a message that is not JSON (then `issues` is empty) or that `receives` rejects.
   * `on_error` is called with this error, which has no stack trace.
   */
  invalid_message: { endpoint: string; issues: SchemaIssue[] };
  /** `sends` rejects a message that your code tried to send. */
  undeclared_message: { endpoint: string; issues: SchemaIssue[] };
  /** A connection tried to subscribe to more topics than `max_topics` of its endpoint. */
  too_many_topics: { endpoint: string; max_topics: number };
  /**
   * A schema threw, or returned something other than a Standard Schema result. `path` is where the
   * schema is declared.
   */
  schema_failed: { path: string };
  /**
   * A message cannot be sent as JSON, or JSON would lose all of its content, as it does with a promise, a
   * `Map` or an `Error`.
   */
  unserializable_message: Record<never, never>;
  /** Another mount already serves this path on this server. */
  path_in_use: { path: string };
  /** The package does not support this runtime. On Node 18 the import throws this error, under Bun a mount. */
  unsupported_runtime: { runtime: 'node' | 'bun'; version: string };
  /** In a test, the endpoint refused the client. The details are its response. */
  connect_refused: {
    status: number;
    headers: Readonly<Record<string, string | readonly string[]>>;
    body: { error: { code: string; message: string; issues?: SchemaIssue[] } };
  };
  /** `app()` could not listen on this port, for example because it is in use. */
  listen_failed: { host: string | undefined; port: number };
}

/** The `code` of a {@link WebsocketsError}. {@link ErrorDetails} explains each. */
export type ErrorCode = keyof ErrorDetails;

/** The error that this package throws or reports. Use its `code` to tell the cases apart. */
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

/**
 * Creates an `invalid_message` error without a stack trace. If a client floods the server with invalid messages,
 * stack traces would be the largest cost.
 */
export function invalid_message(message: string, details: ErrorDetails['invalid_message']) {
  return without_stack_trace(() => new WebsocketsError('invalid_message', message, details));
}

/** Whether a caught value is a {@link WebsocketsError} with this code. */
export function has_code<Code extends ErrorCode>(
  error: unknown,
  code: Code,
): error is WebsocketsError<Code> {
  return is_instance(error, WebsocketsError) && error.code === code;
}

/** Works as `instanceof`, but returns `false` if the check throws, as a hostile proxy can make it do. */
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
 * An error to throw in `on_upgrade`, which refuses the client before it is connected. The response has
 * this status, the message in its JSON body, and these headers. An array sends one header for each item,
 * as `Set-Cookie` needs.
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
        `the header ${JSON.stringify(name)} of an UpgradeRefusal must be a valid HTTP field: ` +
          'a name such as "Retry-After", and one line of Latin-1 text as its value',
        { argument: 'headers' },
      );
    }
    this.status = status;
    this.headers = Object.freeze(copied);
  }
}

// On the prototype, because V8 captures the stack, which begins with the name, before it sets any field.
WebsocketsError.prototype.name = 'WebsocketsError';
UpgradeRefusal.prototype.name = 'UpgradeRefusal';
