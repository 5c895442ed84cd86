import {
  bad_params,
  type Refusal,
  UPGRADE_FAILED,
  UPGRADE_TIMED_OUT,
  upgrade_refused,
} from '../admit/refusal.ts';
import { has_code, is_instance, UpgradeRefusal } from '../base/errors.ts';
import { validate } from '../base/schema.ts';
import type { UpgradeRequest } from '../declare/connection.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

export type Admission =
  | { readonly action: 'accept'; readonly params: unknown; readonly context: unknown }
  | { readonly action: 'refuse'; readonly refusal: Refusal };

/** The facts about a client that asks to be connected. */
export type AdmissionRequest = Omit<UpgradeRequest, 'signal' | 'endpoint'>;

/** Whether an endpoint has a schema or a handler that decides before a client is connected. */
export function asks_first({ definition }: Endpoint): boolean {
  return definition.params !== undefined || definition.on_upgrade !== undefined;
}

/**
 * Asks the endpoint's `params` schema and its `on_upgrade`, if it has them. Their decision has no effect if it comes
 * after they have timed out, or after the client has left.
 *
 * @param departure is aborted by the caller when the client leaves, and by this function when the time is out.
 */
export function admit(
  endpoint: Endpoint,
  request: AdmissionRequest,
  departure: AbortController,
): Promise<Admission> {
  return new Promise((resolve) => {
    const seconds = endpoint.definition.options.upgrade_timeout_in_seconds;
    const cancel = endpoint.clock.after(seconds * 1000, () => {
      resolve({ action: 'refuse', refusal: UPGRADE_TIMED_OUT });
      departure.abort(new DOMException(`on_upgrade took longer than ${seconds} s`, 'TimeoutError'));
    });
    departure.signal.addEventListener('abort', cancel, { once: true });
    ask(endpoint, request, departure.signal)
      .catch(
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

async function ask(
  { definition }: Endpoint,
  request: AdmissionRequest,
  signal: AbortSignal,
): Promise<Admission> {
  const { name, params: schema, on_upgrade } = definition;
  let { params } = request;
  if (schema !== undefined) {
    const validated = await validate(schema, params, `websockets.${name}.params`);
    if (!validated.is_valid) return { action: 'refuse', refusal: bad_params(validated.issues) };
    params = validated.value;
  }
  // on_upgrade may be expensive: it is not called for a client that left while its params were checked.
  const is_asked = on_upgrade !== undefined && !signal.aborted;
  const context = is_asked
    ? await on_upgrade({ ...request, endpoint: name, params, signal })
    : undefined;
  return { action: 'accept', params, context };
}

function explain({ definition, logger }: Endpoint, error: unknown, signal: AbortSignal): Refusal {
  if (is_instance(error, UpgradeRefusal)) return upgrade_refused(error);
  // Once the client has left or on_upgrade has timed out, most errors are only a consequence of that.
  if (!signal.aborted) {
    const { name } = definition;
    const handler = has_code(error, 'schema_failed') ? 'params' : 'on_upgrade';
    logger.error(`websockets.${name}.${handler} failed`, { endpoint: name, handler, error });
  }
  return UPGRADE_FAILED;
}
