const PATIENCE_IN_MS = 4000;

/**
 * Fails the measure if there is no progress for a while. `progress` returns a text that changes with each progress.
 *
 * @returns a function that stops the check.
 */
export function expect_progress(progress) {
  let last = progress();
  let changed_at = performance.now();
  const timer = setInterval(() => {
    const now = progress();
    if (now !== last) changed_at = performance.now();
    else if (performance.now() - changed_at > PATIENCE_IN_MS) throw new Error(`stuck at ${now}`);
    last = now;
  }, 200);
  return () => clearInterval(timer);
}

/** Fails the measure, because the server closed a connection in the middle of it. */
export function fail_as_closed({ index }) {
  throw new Error(`the server closed connection ${index}`);
}

/** Calls `ask` repeatedly. Resolves with the first result that is not `undefined` or `false`. */
export function until(ask, every_in_ms = 5) {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const answer = ask();
      if (answer === undefined || answer === false) return;
      clearInterval(timer);
      resolve(answer);
    }, every_in_ms);
  });
}
