const PATIENCE_IN_MS = 4000;

/**
 * Fails the measure once nothing has come for a while: `progress` tells how much came, and of what.
 *
 * @returns how to stop expecting.
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

/** What a server that closes in the middle of a measure deserves. */
export function fail_as_closed({ index }) {
  throw new Error(`the server closed connection ${index}`);
}

/** Resolves with the first answer that is not `undefined` or false. */
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
