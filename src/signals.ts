const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Closes gracefully on the first `SIGINT` or `SIGTERM`, at once on the second, and then lets
 * the signal have its usual effect, unless somebody else listens to it as well.
 *
 * @returns what stops listening.
 */
export function close_on_signals(
  close: (options?: { grace_in_seconds: number }) => Promise<void>,
): () => void {
  let is_closing = false;
  const on_signal = (signal: NodeJS.Signals) => {
    if (is_closing) {
      close({ grace_in_seconds: 0 });
      return;
    }
    is_closing = true;
    close().then(() => {
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  };
  for (const signal of SIGNALS) process.on(signal, on_signal);
  return () => {
    for (const signal of SIGNALS) process.removeListener(signal, on_signal);
  };
}
