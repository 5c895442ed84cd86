// For processes that node:cluster forks on one machine.

export { cluster_broker } from './brokers/cluster/cluster.ts';
export type { Broker } from './core/base/ports.ts';
