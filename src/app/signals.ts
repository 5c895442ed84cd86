import { constants } from 'node:os';
import type { CloseOptions } from '../core/mount/shutdown.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The signal listeners of all apps of the process. */
const ours = new WeakSet<object>();

/**
 * Closes an app gracefully on the first `SIGINT` or `SIGTERM`, and at once on the second. Then the signal ends the
 * process, even if something keeps the event loop alive. If other code also listens to the signal, that code decides
 * when the process ends.
 *
 * @returns a function that removes the listeners.
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
    // Checked before the other listeners run: one that was added with once() is gone afterwards.
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

/** Ends the process in the same way as the signal itself. */
function end_process(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
  // For PID 1, the first process of a container, the kernel ignores the signal. Shells report a signal by this status.
  process.exit(128 + constants.signals[signal]);
}
