// A worker that stops its primary for 4 s, and subscribes to and unsubscribes from 40,000 channels in the meantime.
import { cluster_broker } from 'joystick-websockets/cluster';

const VISITORS = 40_000;
const PRIMARY = process.ppid;

const broker = cluster_broker();
let is_over = false;
await new Promise<void>((resolve) => {
  broker.start({
    received() {},
    back: () => (is_over ? broker.subscribe('the last') : resolve()),
    away() {
      // The worker has noticed the outage. From now on, changes that cancel out need not be sent, either.
      visit();
      is_over = true;
      process.kill(PRIMARY, 'SIGCONT');
    },
    warn() {},
  });
});
process.kill(PRIMARY, 'SIGSTOP');
visit();

function visit(): void {
  for (let visitor = 0; visitor < VISITORS / 2; visitor++) {
    broker.subscribe(`visitor ${visitor}`);
    broker.unsubscribe(`visitor ${visitor}`);
  }
}
