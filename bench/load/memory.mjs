import { open_connections } from './connection.mjs';
import { EchoRing } from './echo_ring.mjs';
import { expect_progress, fail_as_closed } from './patience.mjs';
import { read_settled_memory_in_bytes } from './server_process.mjs';

/** Measures the memory of the server for each connection that has sent one message and is idle. */
export async function memory(target, { from, to, readings, settle_in_ms }) {
  const read = () => read_settled_memory_in_bytes(target.pid, readings, settle_in_ms);
  const first = await open_and_echo(target, from, 0);
  const before = await read();
  const rest = await open_and_echo(target, to - from, from);
  const after = await read();
  // This use keeps the clients alive until here. Otherwise, their sockets would be closed.
  const connections = first.length + rest.length;
  return { bytes_per_connection: (after - before) / (connections - from) };
}

async function open_and_echo(target, count, first_index) {
  let answered = 0;
  let all_answered;
  const rings = new Map();
  const received = (connection, bytes) => {
    answered += rings.get(connection).check(bytes);
    if (answered === count) all_answered();
  };
  const receiver = { received, closed: fail_as_closed };
  const connections = await open_connections(target, count, receiver, first_index);
  for (const connection of connections)
    rings.set(connection, new EchoRing(connection, target.wire));
  const answers = new Promise((resolve) => {
    all_answered = resolve;
  });
  const stop_expecting = expect_progress(() => `${answered} of ${count} answers`);
  for (const ring of rings.values()) ring.send(1);
  await answers;
  stop_expecting();
  return connections;
}
