// Uses all cores of a machine. The primary relays messages between its workers, and replaces workers that end.
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { cluster_broker } from 'joystick-websockets/cluster';

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' });
  cluster_broker();
  const workers = Math.max(2, availableParallelism());
  for (let count = 0; count < workers; count++) cluster.fork();

  let is_stopping = false;
  cluster.on('exit', (worker, code) => {
    // A worker that fails may fail again, so the next one starts with a delay.
    if (!is_stopping && code === 0) cluster.fork();
    else if (!is_stopping) setTimeout(() => cluster.fork(), 1_000);
    console.log(`worker ${worker.process.pid} has ended`);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      is_stopping = true;
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
    });
  }
} else {
  await import('./worker.ts');
}
