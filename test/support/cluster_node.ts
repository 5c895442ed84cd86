// A worker. It calls its broker as a RemoteBroker requests, and reports what the broker receives.
import { cluster_broker } from 'joystick-websockets/cluster';
import type { BrokerCall, BrokerReport } from './remote_broker.ts';

const broker = cluster_broker();
const report = (report: BrokerReport) => process.send?.({ report });

process.on('message', ({ call: told }: { call?: BrokerCall }) => {
  if (told === undefined) return;
  const { call, channel = '', text = '' } = told;
  if (call === 'start') start();
  else if (call === 'publish') broker.publish(channel, Buffer.from(text, 'latin1'));
  else if (call === 'subscribe') broker.subscribe(channel);
  else if (call === 'unsubscribe') broker.unsubscribe(channel);
  else broker.close();
});

function start(): void {
  broker.start({
    received: (channel, envelope) =>
      report({ event: 'received', channel, text: Buffer.from(envelope).toString('latin1') }),
    back: () => report({ event: 'back', is_ready: broker.is_ready }),
    away: (error) =>
      report({ event: 'away', is_ready: broker.is_ready, text: (error as Error).message }),
    warn: (message) => report({ event: 'warn', text: message }),
  });
  report({ is_ready: broker.is_ready });
}

report({});
