import { check_close_codes } from './close_codes.ts';
import { check_closing } from './closing.ts';
import { check_drained } from './drained.ts';
import type { StartEndpoint } from './endpoint.ts';
import { check_failure } from './failure.ts';
import { check_heartbeat } from './heartbeat.ts';
import { check_identity } from './identity.ts';
import { check_invalid_messages } from './invalid_messages.ts';
import { check_limits } from './limits.ts';
import { check_nodes } from './nodes.ts';
import { check_order } from './order.ts';
import { check_reading } from './reading.ts';
import { check_sending } from './sending.ts';
import { check_shutdown } from './shutdown.ts';
import { check_topics } from './topics.ts';
import { check_upgrade } from './upgrade.ts';

/** What every transport has to do: one suite, over each of them. */
export function check_connection(start: StartEndpoint): void {
  check_upgrade(start);
  check_order(start);
  check_closing(start);
  check_failure(start);
  check_invalid_messages(start);
  check_reading(start);
  check_limits(start);
  check_heartbeat(start);
  check_drained(start);
  check_shutdown(start);
  check_sending(start);
  check_topics(start);
  check_nodes(start);
  check_identity(start);
  check_close_codes(start);
}
