import { constants } from 'node:os';
import type { CloseOptions } from '../core/mount/shutdown.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The listeners of every app of the process. */
const ours = new WeakSet<object>();

/**
 * Closes gracefully on the first `SIGINT` or `SIGTERM`, at once on the second. Then the signal ends the
 * process, whatever else keeps the event loop alive. If somebody else listens to the signal as well, they
 * decide when the process ends.
 *
 * @returns what stops listening.
 */
export function close_on_signals(
  close: (options?: CloseOptions) => Promise<void>,
  shutdown: CloseOptions,
): () => void {
  let is_closing = false;
  const on_signal = async (signal: NodeJS.Signals) => {
    if (is_closing) {
      close({ grace_in_seconds: 0 });
      return;
    }
    is_closing = true;
    // Asked before they are called: one that listens once would not be seen afterwards.
    const is_theirs = process.listeners(signal).some((listener) => !ours.has(listener));
    await close(shutdown);
    unhook();
    if (!is_theirs && process.listenerCount(signal) === 0) end_process(signal);
  };
  const unhook = () => {
    for (const signal of SIGNALS) process.removeListener(signal, on_signal);
  };
  ours.add(on_signal);
  for (const signal of SIGNALS) process.prependListener(signal, on_signal);
  return unhook;
}

/** Ends the process as the signal itself would have done. */
function end_process(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
  // The kernel ignores it for the first process of a container (PID 1): the status is what a shell makes of a signal.
  process.exit(128 + constants.signals[signal]);
}
