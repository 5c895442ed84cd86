import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { app } from 'joystick-websockets';
import { measure_websockets } from './measure_websockets.ts';

// To send the metrics to a collector, use another exporter, for example @opentelemetry/exporter-metrics-otlp-http.
const exporter = new ConsoleMetricExporter();
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 10_000 });
const provider = new MeterProvider({ readers: [reader] });

const started = await app({
  websockets: { echo: { on_message: (message, connection) => connection.send(message) } },
  events: { on_closed: () => provider.shutdown() },
});
measure_websockets(started, provider.getMeter('joystick-websockets'));
console.log(`${started.url.replace('http', 'ws')}/api/_websockets/echo`);
console.log('The metrics are printed every 10 seconds. Press Ctrl+C to stop.');
