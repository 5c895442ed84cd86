import { adopt, is_thenable } from '../core/base/thenable.ts';
import type { ClientConnection, ConnectEvents } from './base/connection.ts';

/** Reports an uncaught error. */
type Report = (error: unknown) => void;

/** Calls a handler of the page, if there is one. If it throws or rejects, the error is reported, not thrown. */
export function tell<Name extends keyof ConnectEvents>(
  events: ConnectEvents,
  name: Name,
  args: Parameters<NonNullable<ConnectEvents[Name]>>,
  report: Report,
): void {
  const handler = events[name] as ((...args: unknown[]) => unknown) | undefined;
  // The last argument of every handler is the connection.
  const connection = args.at(-1) as ClientConnection;
  if (!handler) return;
  call_contained(
    () => handler(...args),
    name === 'on_error' ? report : (error) => tell_error(events, error, connection, report),
  );
}

/** Passes an error to `on_error`. Without `on_error`, reports it as uncaught. */
export function tell_error(
  events: ConnectEvents,
  error: unknown,
  connection: ClientConnection,
  report: Report,
): void {
  if (events.on_error) tell(events, 'on_error', [error, connection], report);
  else report(error);
}

function call_contained(handler: () => unknown, fail: Report): void {
  try {
    const result = handler();
    if (is_thenable(result)) adopt(result).catch(fail);
  } catch (error) {
    fail(error);
  }
}
