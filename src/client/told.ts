import { adopt, is_thenable } from '../core/base/thenable.ts';
import type { ClientConnection, ConnectEvents } from './base/connection.ts';

/** Makes an error one that nobody caught. */
type Report = (error: unknown) => void;

/** Calls a handler of the page, if it is there. What it throws, or rejects with, ends nothing. */
export function tell<Name extends keyof ConnectEvents>(
  events: ConnectEvents,
  name: Name,
  args: Parameters<NonNullable<ConnectEvents[Name]>>,
  report: Report,
): void {
  const handler = events[name] as ((...args: unknown[]) => unknown) | undefined;
  // The connection is the last argument of each.
  const connection = args.at(-1) as ClientConnection;
  if (!handler) return;
  call_contained(
    () => handler(...args),
    name === 'on_error' ? report : (error) => tell_error(events, error, connection, report),
  );
}

/** To `on_error`, or else to where errors go that nobody caught. */
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
