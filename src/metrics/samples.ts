import type { BrokerStats } from '../core/endpoint/bus.ts';
import type { MountStats } from '../core/mount/mount.ts';
import type { EndpointStats } from '../core/observe/monitor.ts';

/** One value of a metric, in the form of prom-client. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** The end of the name, if it differs from the name of the metric, for example `_bucket`. */
  readonly suffix?: string;
}

/** The definition of a metric, and how it is read from the statistics of a mount. */
export interface MetricDefinition {
  /** The name without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** How the values of several workers of `node:cluster` are combined. */
  readonly aggregator: 'sum' | 'min';
  readonly read: (stats: MountStats) => Sample[];
}

/** All metrics that are exported. */
export const METRICS: readonly MetricDefinition[] = [
  gauge('connections', 'Connections that are open or still closing', 'connections'),
  counter('opened_total', 'Connections that were opened', 'opened'),
  {
    name: 'closed_total',
    help: 'Connections that were closed, by the code that on_close receives; other: codes from 3000 that a client has chosen',
    type: 'counter',
    aggregator: 'sum',
    read: of_each_endpoint(({ closed }) => by_code(closed)),
  },
  {
    name: 'refused_total',
    help: 'Clients that were refused, by refusal code; without the label endpoint: clients that asked for an unknown endpoint',
    type: 'counter',
    aggregator: 'sum',
    read: (stats) => [
      ...of_each_endpoint(({ refused }) => by_code(refused))(stats),
      ...by_code(stats.refused),
    ],
  },
  counter('messages_received_total', 'Messages that clients sent', 'messages_in'),
  counter('received_bytes_total', 'Bytes of the messages that clients sent', 'bytes_in'),
  counter(
    'messages_sent_total',
    'Messages that were sent, counted once for each connection',
    'messages_out',
  ),
  counter('sent_bytes_total', 'Bytes of the messages that were sent', 'bytes_out'),
  gauge('queued_messages', 'Messages that wait for a handler', 'queued'),
  gauge('paused_connections', 'Connections whose reading is paused', 'paused'),
  counter('slow_consumers_total', 'Connections that were closed with 1013', 'slow_consumers'),
  counter('handler_errors_total', 'Failures of handlers, and invalid messages', 'handler_errors'),
  {
    name: 'handler_duration_seconds',
    help: 'Time until on_message settled',
    type: 'histogram',
    aggregator: 'sum',
    read: of_each_endpoint(read_handler_time),
  },
  {
    name: 'broker_up',
    help: 'Whether messages reach other nodes: 1 or 0',
    type: 'gauge',
    aggregator: 'min',
    read: of_broker(({ state }) => (state === 'ready' ? 1 : 0)),
  },
  broker_counter('published', 'Messages that were passed to the broker'),
  broker_counter(
    'missed',
    'Messages that reached only their own node, because the broker was away',
  ),
  broker_counter('received', 'Messages received from other nodes'),
];

type CountedField = {
  [Field in keyof EndpointStats]: EndpointStats[Field] extends number ? Field : never;
}[keyof EndpointStats];

function counter(name: string, help: string, field: CountedField): MetricDefinition {
  return {
    name,
    help,
    type: 'counter',
    aggregator: 'sum',
    read: of_each_endpoint(read_field(field)),
  };
}

function gauge(name: string, help: string, field: CountedField): MetricDefinition {
  return {
    name,
    help,
    type: 'gauge',
    aggregator: 'sum',
    read: of_each_endpoint(read_field(field)),
  };
}

function broker_counter(field: 'published' | 'missed' | 'received', help: string) {
  const name = `broker_${field}_total`;
  const value = of_broker((broker) => broker[field]);
  return { name, help, type: 'counter', aggregator: 'sum', read: value } as const;
}

function read_field(field: CountedField) {
  return (stats: EndpointStats): Sample[] => [{ labels: {}, value: stats[field] }];
}

function of_each_endpoint(read_one: (stats: EndpointStats) => Sample[]) {
  return ({ endpoints }: MountStats): Sample[] =>
    Object.entries(endpoints).flatMap(([endpoint, stats]) =>
      read_one(stats).map((sample) => ({ ...sample, labels: { endpoint, ...sample.labels } })),
    );
}

function of_broker(read_one: (stats: BrokerStats) => number) {
  return ({ broker }: MountStats): Sample[] =>
    broker === undefined ? [] : [{ labels: {}, value: read_one(broker) }];
}

function by_code(counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([code, value]) => ({ labels: { code }, value }));
}

function read_handler_time({ handler_time }: EndpointStats): Sample[] {
  const { count, sum_in_seconds, buckets } = handler_time;
  const bucket = (le: number | string, value: number) => ({
    suffix: '_bucket',
    labels: { le },
    value,
  });
  return [
    ...buckets.map((each) => bucket(each.at_most_in_seconds, each.count)),
    bucket('+Inf', count),
    { suffix: '_sum', labels: {}, value: sum_in_seconds },
    { suffix: '_count', labels: {}, value: count },
  ];
}
