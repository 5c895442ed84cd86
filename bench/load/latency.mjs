import { open_connections } from './connection.mjs';
import { EchoRing } from './echo_ring.mjs';
import { expect_progress, fail_as_closed, until } from './patience.mjs';

/** Measures latency. It sends at a steady rate, regardless of the answers, and records the time of each answer. */
export async function latency(target, config) {
  const {
    connections: count,
    messages_per_second,
    warm_up_in_seconds,
    measured_in_seconds,
  } = config;
  const clients = new Map();
  const durations = [];
  const received = (connection, bytes) => {
    const { ring, sent_at } = clients.get(connection);
    const now = performance.now();
    for (let answers = ring.check(bytes); answers > 0; answers -= 1) {
      durations.push(now - sent_at.shift());
    }
  };
  const connections = await open_connections(target, count, { received, closed: fail_as_closed });
  for (const connection of connections) {
    clients.set(connection, { ring: new EchoRing(connection, target.wire), sent_at: [] });
  }
  expect_progress(() => `${durations.length} answers`);
  const total = Math.round(messages_per_second * (warm_up_in_seconds + measured_in_seconds));
  await send_steadily([...clients.values()], total, messages_per_second);
  await until(() => durations.length === total);
  return percentiles(durations.slice(Math.round(messages_per_second * warm_up_in_seconds)));
}

function send_steadily(clients, total, messages_per_second) {
  const started = performance.now();
  let sent = 0;
  return until(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * messages_per_second);
    for (; sent < Math.min(due, total); sent += 1) {
      const { ring, sent_at } = clients[sent % clients.length];
      sent_at.push(performance.now());
      ring.send(1);
    }
    return sent === total;
  }, 1);
}

function percentiles(durations) {
  const sorted = durations.sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { p50_in_ms: at(0.5), p99_in_ms: at(0.99) };
}
