import { CLOSE_CODES } from '../base/close_codes.ts';
import { has_code } from '../base/errors.ts';
import type { Logger } from '../base/ports.ts';
import { adopt, is_thenable } from '../base/thenable.ts';
import type { Connection } from '../declare/connection.ts';
import { do_nothing, type ParsedWebsocket } from '../declare/definition.ts';
import type { Monitor } from '../observe/monitor.ts';

/** The endpoint whose handlers may fail. */
export interface FailureHost {
  readonly definition: ParsedWebsocket;
  readonly logger: Logger;
  readonly monitor: Monitor;
}

/** The connection for which a handler was called. */
export interface FailingConnection {
  /** The connection as handlers see it. */
  readonly client: Connection;
  /** Closes the connection because of a failure. */
  close_after_failure(code: number, reason: string): void;
}

/**
 * Passes the error of a handler to the endpoint's `on_error`. Without `on_error`, or if `on_error` fails, closes the
 * connection.
 *
 * @returns a promise if `on_error` is asynchronous. It settles after `on_error` and never rejects.
 */
export function contain_failure(
  host: FailureHost,
  connection: FailingConnection,
  handler: string,
  error: unknown,
): Promise<void> | undefined {
  host.monitor.failed(connection.client, handler, error);
  const { on_error } = host.definition;
  if (on_error === undefined) {
    give_up(host, connection, handler, error);
    return undefined;
  }
  try {
    const outcome = on_error(error, connection.client);
    if (!is_thenable(outcome)) return undefined;
    return adopt(outcome).then(do_nothing, (thrown) =>
      give_up(host, connection, 'on_error', thrown),
    );
  } catch (thrown) {
    give_up(host, connection, 'on_error', thrown);
    return undefined;
  }
}

function give_up(
  { definition, logger }: FailureHost,
  connection: FailingConnection,
  handler: string,
  error: unknown,
): void {
  if (handler === 'on_message' && has_code(error, 'invalid_message')) {
    connection.close_after_failure(CLOSE_CODES.invalid_payload, error.message);
    return;
  }
  const endpoint = definition.name;
  const failed = has_code(error, 'schema_failed') ? 'receives' : handler;
  logger.error(`websockets.${endpoint}.${failed} failed`, { endpoint, handler: failed, error });
  connection.close_after_failure(
    CLOSE_CODES.internal_error,
    'a handler of the server failed; the log of the server says why',
  );
}
