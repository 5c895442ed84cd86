// The measures, and how their results are printed. Each measure of each server runs with a fresh server process and a
// fresh load client.

const CPU_WINDOW = { warm_up_in_seconds: 0.5, measured_in_seconds: 1.25 };
const QUICK_CPU_WINDOW = { warm_up_in_seconds: 0.1, measured_in_seconds: 0.2 };

const count_format = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const as_count = (value) => count_format.format(value);
const as_ms = (value) => `${value.toFixed(2)} ms`;

const per_cpu_second = (title) => ({
  columns: [{ title, value: (result) => result.count / result.cpu_in_seconds, format: as_count }],
  has_ratio: true,
});

/** `load`: see load.mjs. `quick`: the changes to `config` with `--quick`. */
export const MEASURES = {
  echo: {
    title: 'Echo',
    about:
      '50 connections, each with 8 messages in flight. A message is 120 bytes of JSON, which the server parses and stringifies.',
    load: 'echo',
    config: { connections: 50, in_flight: 8, ...CPU_WINDOW },
    quick: QUICK_CPU_WINDOW,
    ...per_cpu_second('messages per CPU-second'),
  },
  fan_out: {
    title: 'Fan-out',
    about:
      'One message of 200 bytes of JSON to 1,000 subscribers. The next one is published when all have received it.',
    load: 'fan_out',
    config: { subscribers: 1000, burst: 1, ...CPU_WINDOW },
    quick: { subscribers: 100, ...QUICK_CPU_WINDOW },
    ...per_cpu_second('deliveries per CPU-second'),
  },
  fan_out_bursts: {
    title: 'Fan-out in bursts',
    about: 'Like fan-out, but with 8 messages published in the same turn.',
    load: 'fan_out',
    config: { subscribers: 1000, burst: 8, ...CPU_WINDOW },
    quick: { subscribers: 100, ...QUICK_CPU_WINDOW },
    ...per_cpu_second('deliveries per CPU-second'),
  },
  memory: {
    title: 'Memory of an idle connection',
    about:
      "Growth of the server's resident memory from 1,000 to 6,000 connections, after garbage collection. Each connection " +
      'was upgraded with the request headers of a browser and has sent one message. Less is better.',
    load: 'memory',
    config: { from: 1000, to: 6000, readings: 5, settle_in_ms: 250 },
    quick: { from: 100, to: 600, readings: 2, settle_in_ms: 100 },
    columns: [
      {
        title: 'bytes per connection',
        value: (result) => result.bytes_per_connection,
        format: as_count,
      },
    ],
    has_ratio: true,
  },
  upgrades: {
    title: 'Upgrades',
    about:
      'Connect, upgrade with the request headers of a browser, close with the closing handshake, 20 at a time. ' +
      "Socket.IO's own handshake is part of its upgrade.",
    load: 'upgrades',
    // A longer warm-up, because an upgrade runs far more code than a message and is compiled later.
    config: { concurrent: 20, ...CPU_WINDOW, warm_up_in_seconds: 1.5 },
    quick: QUICK_CPU_WINDOW,
    ...per_cpu_second('upgrades per CPU-second'),
  },
  latency: {
    title: 'Latency',
    about:
      'Echo at 4,000 messages per second over 50 connections, far from saturation. Less is better.',
    load: 'latency',
    config: {
      connections: 50,
      messages_per_second: 4000,
      warm_up_in_seconds: 0.5,
      measured_in_seconds: 2,
    },
    quick: { warm_up_in_seconds: 0.1, measured_in_seconds: 0.3 },
    columns: [
      { title: 'p50', value: (result) => result.p50_in_ms, format: as_ms },
      { title: 'p99', value: (result) => result.p99_in_ms, format: as_ms },
    ],
    has_ratio: false,
  },
};

const GROWTH_WINDOW = { warm_up_in_seconds: 1.5, measured_in_seconds: 2.5 };

/** The growth of the cost of a delivery by this package. */
export const GROWTH = {
  title: 'Cost as it grows',
  about:
    'Fan-out by joystick-websockets: CPU time of the server for one delivery, the best of up to 3 rounds. One message ' +
    'starts each step, and its cost is spread over the deliveries. With several topics, the server publishes to all of ' +
    'them in the same turn, and a step still has 10,000 deliveries.',
  max_rounds: 3,
  load: 'fan_out',
  points: [
    { subscribers: 10, topics: 1 },
    { subscribers: 100, topics: 1 },
    { subscribers: 1000, topics: 1 },
    { subscribers: 10_000, topics: 1 },
    { subscribers: 10_000, topics: 100 },
    { subscribers: 10_000, topics: 10_000 },
  ],
  config: { burst: 1, ...GROWTH_WINDOW },
  quick: QUICK_CPU_WINDOW,
  value: (result) => (result.cpu_in_seconds / result.count) * 1e6,
  format: (value) => `${value.toFixed(2)} µs`,
};

/** The names that `--only` accepts. */
export const MEASURE_NAMES = [...Object.keys(MEASURES), 'growth'];
