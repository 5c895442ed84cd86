import type { CloseOptions } from './core/shutdown.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The listeners of every app of the process. */
const ours = new WeakSet<object>();

/**
 * Closes gracefully on the first `SIGINT` or `SIGTERM`, at once on the second, and then lets
 * the signal have its usual effect, unless somebody else listens to it as well: then the end is theirs.
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
    if (!is_theirs && process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const unhook = () => {
    for (const signal of SIGNALS) process.removeListener(signal, on_signal);
  };
  ours.add(on_signal);
  for (const signal of SIGNALS) process.prependListener(signal, on_signal);
  return unhook;
}
