// A process with many clients. Each one uses the package's own client and the WebSocket class of ws.
import { connect } from 'joystick-websockets/client';
import { WebSocket } from 'ws';
import type { ClientReport } from './reports.ts';

const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const report = (told: ClientReport) => process.send?.(told);

function start_client(client: number): void {
  let opened_at: number | undefined;
  connect('ticks', {
    url: `ws://127.0.0.1:${port}`,
    WebSocket,
    query: { client: String(client) },
    events: {
      on_open: () => {
        opened_at = Date.now();
        report({ kind: 'open', client, at: opened_at });
      },
      on_message: () => {
        if (opened_at === undefined) return;
        report({ kind: 'first message', client, at: Date.now(), opened_at });
        opened_at = undefined;
      },
      on_error: (error) =>
        report({ kind: 'failed', client, at: Date.now(), reason: (error as Error).message }),
    },
  });
}

for (let client = 0; client < count; client++) start_client(client);
process.on('disconnect', () => process.exit());
