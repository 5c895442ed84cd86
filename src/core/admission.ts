import type { UpgradeRequest } from './definition.ts';
import type { Endpoint } from './endpoint.ts';
import { is_instance, UpgradeRefusal } from './errors.ts';
import type { Refusal } from './gate.ts';

export type Admission =
  | { readonly action: 'accept'; readonly context: unknown }
  | { readonly action: 'refuse'; readonly refusal: Refusal };

const ADMITTED: Admission = { action: 'accept', context: undefined };

const TIMED_OUT: Refusal = {
  status: 504,
  code: 'upgrade_timed_out',
  message: 'the server took too long to decide',
};

/**
 * Asks the endpoint's `on_upgrade`, where it has one. What it decides after its
 * time is out, or after the client has left, has no effect.
 *
 * @param departure aborted by the caller when the client leaves, by this when the time is out.
 */
export function admit(
  endpoint: Endpoint,
  request: Omit<UpgradeRequest, 'signal' | 'endpoint'>,
  departure: AbortController,
): Admission | Promise<Admission> {
  const { on_upgrade, name } = endpoint.definition;
  if (on_upgrade === undefined) return ADMITTED;
  return new Promise((resolve) => {
    const seconds = endpoint.definition.options.upgrade_timeout_in_seconds;
    const cancel = endpoint.clock.after(seconds * 1000, () => {
      resolve({ action: 'refuse', refusal: TIMED_OUT });
      departure.abort(new DOMException('on_upgrade took too long', 'TimeoutError'));
    });
    departure.signal.addEventListener('abort', cancel, { once: true });
    const asked = new Promise((decide) => {
      decide(on_upgrade({ ...request, endpoint: name, signal: departure.signal }));
    });
    asked
      .then(
        (context): Admission => ({ action: 'accept', context }),
        (error): Admission => ({
          action: 'refuse',
          refusal: explain(endpoint, error, departure.signal),
        }),
      )
      .then((admission) => {
        cancel();
        departure.signal.removeEventListener('abort', cancel);
        resolve(admission);
      });
  });
}

function explain(endpoint: Endpoint, error: unknown, signal: AbortSignal): Refusal {
  if (is_instance(error, UpgradeRefusal)) {
    const { status, message, headers } = error;
    return { status, code: 'upgrade_refused', message, headers };
  }
  // A client that left, or the time-out, is why most of what on_upgrade awaits fails now.
  if (!signal.aborted) {
    const { name } = endpoint.definition;
    endpoint.logger.error(`websockets.${name}.on_upgrade failed`, {
      endpoint: name,
      handler: 'on_upgrade',
      error,
    });
  }
  return { status: 500, code: 'upgrade_failed', message: 'the server failed to decide' };
}
