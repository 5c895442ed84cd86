import { open_connections } from './connection.mjs';
import { EchoRing } from './echo_ring.mjs';
import { expect_progress, fail_as_closed, until } from './patience.mjs';
import { Window } from './window.mjs';

/** Measures echoes. Each connection always has `in_flight` messages in flight. */
export async function echo(target, { connections: count, in_flight, ...durations }) {
  let answered = 0;
  let is_measuring = true;
  const rings = new Map();
  const received = (connection, bytes) => {
    const ring = rings.get(connection);
    answered += ring.check(bytes);
    if (is_measuring) ring.send(in_flight - (ring.sent - ring.answered));
  };
  const connections = await open_connections(target, count, { received, closed: fail_as_closed });
  for (const connection of connections)
    rings.set(connection, new EchoRing(connection, target.wire));

  expect_progress(() => `${answered} answers`);
  const window = new Window(target.pid, durations);
  for (const ring of rings.values()) ring.send(in_flight);
  const result = await until(() => window.observe(answered));
  is_measuring = false;
  await until(() => [...rings.values()].every((ring) => ring.sent === ring.answered));
  return result;
}
