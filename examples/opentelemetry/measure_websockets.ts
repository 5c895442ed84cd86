import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Attributes, BatchObservableResult, Meter } from '@opentelemetry/api';
import type { Connection, MountStats } from 'joystick-websockets';

/**
 * Reports the statistics of a mount to a meter of OpenTelemetry at each collection, and the duration of each
 * `on_message`. Returns a function that stops it.
 */
export function measure_websockets(mounted: { stats(): MountStats }, meter: Meter): () => void {
  const up_down = (name: string) => meter.createObservableUpDownCounter(`websockets.${name}`);
  const counter = (name: string) => meter.createObservableCounter(`websockets.${name}`);
  const connections = up_down('connections');
  const queued = up_down('queued_messages');
  const paused = up_down('paused_connections');
  const opened = counter('opened');
  const closed = counter('closed');
  const refused = counter('refused');
  const messages = counter('messages');
  const bytes = counter('bytes');
  const failures = counter('handler_errors');
  const slow_consumers = counter('slow_consumers');
  const instruments = [connections, queued, paused, opened, closed, refused, messages, bytes];
  instruments.push(failures, slow_consumers);

  const observe = (result: BatchObservableResult) => {
    const { endpoints, refused: strangers } = mounted.stats();
    const by_code = (instrument: typeof closed, counts: object, attributes: Attributes) => {
      for (const [code, count] of Object.entries(counts)) {
        result.observe(instrument, count, { ...attributes, code });
      }
    };
    for (const [endpoint, stats] of Object.entries(endpoints)) {
      result.observe(connections, stats.connections, { endpoint });
      result.observe(queued, stats.queued, { endpoint });
      result.observe(paused, stats.paused, { endpoint });
      result.observe(opened, stats.opened, { endpoint });
      by_code(closed, stats.closed, { endpoint });
      by_code(refused, stats.refused, { endpoint });
      result.observe(messages, stats.messages_in, { endpoint, direction: 'in' });
      result.observe(messages, stats.messages_out, { endpoint, direction: 'out' });
      result.observe(bytes, stats.bytes_in, { endpoint, direction: 'in' });
      result.observe(bytes, stats.bytes_out, { endpoint, direction: 'out' });
      result.observe(failures, stats.handler_errors, { endpoint });
      result.observe(slow_consumers, stats.slow_consumers, { endpoint });
    }
    by_code(refused, strangers, {});
  };
  meter.addBatchObservableCallback(observe, instruments);

  const durations = meter.createHistogram('websockets.handler.duration', { unit: 's' });
  const record = (event: unknown) => {
    const { connection, duration_in_seconds } = event as MessageEvent;
    durations.record(duration_in_seconds, { endpoint: connection.endpoint });
  };
  subscribe('joystick-websockets:message', record);

  return () => {
    meter.removeBatchObservableCallback(observe, instruments);
    unsubscribe('joystick-websockets:message', record);
  };
}

/** An event of the channel `joystick-websockets:message`. */
interface MessageEvent {
  readonly connection: Connection;
  readonly bytes: number;
  readonly duration_in_seconds: number;
}
