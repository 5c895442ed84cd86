import { channel } from 'node:diagnostics_channel';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, onTestFinished, test } from 'vitest';
import { measure_websockets } from '../../examples/opentelemetry/measure_websockets.ts';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { run_node } from '../support/process.ts';
import { serve } from '../support/server.ts';

function create_meter() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  return {
    meter: provider.getMeter('test'),
    /** The values of each metric, by its attributes. */
    async read() {
      exporter.reset();
      await provider.forceFlush();
      const values: Record<string, unknown> = {};
      for (const { scopeMetrics } of exporter.getMetrics()) {
        for (const { descriptor, dataPoints } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
          for (const { attributes, value } of dataPoints) {
            const labels = Object.values(attributes).join(' ');
            values[`${descriptor.name} ${labels}`] = value;
          }
        }
      }
      return values;
    },
  };
}

test('the recipe reports what a mount counts, and stops', async () => {
  const closed = recorder();
  const { mounted, url } = await serve({
    echo: {
      on_message: (message, connection) => connection.send(message),
      on_close: (code) => closed.add(code),
    },
  });
  const { meter, read } = create_meter();
  const stop = measure_websockets(mounted, meter);
  const client = await Client.connect(`${url}/echo`);
  client.send('"hello"');
  await client.next_text();
  await client.close(4000);
  await closed.reaches(1);
  await expect(Client.connect(`${url}/ecco`)).rejects.toThrow('404');
  await Client.connect(`${url}/echo`);
  expect(await read()).toMatchObject({
    'websockets.connections echo': 1,
    'websockets.opened echo': 2,
    'websockets.closed echo other': 1,
    'websockets.refused unknown_endpoint': 1,
    'websockets.messages echo in': 1,
    'websockets.bytes echo out': 5,
    'websockets.handler_errors echo': 0,
    'websockets.handler.duration echo': { count: 1 },
  });
  stop();
  expect(channel('joystick-websockets:message').hasSubscribers).toBe(false);
});

test('its server runs', async () => {
  const { log, child, exited } = run_node(['--import', 'tsx', 'examples/opentelemetry/server.ts'], {
    env: { PORT: '0' },
  });
  await log.reaches(1);
  const client = await Client.connect(String(log.entries[0]));
  client.send('"hello"');
  expect(await client.next_text()).toBe('hello');
  child.kill('SIGTERM');
  // The last export comes with the end.
  expect((await exited).output).toContain("name: 'websockets.connections'");
});
