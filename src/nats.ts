// For NATS, with a connection of the user's own: nothing here imports its client.

export { type NatsBrokerOptions, type NatsConnectionLike, nats_broker } from './brokers/nats.ts';
export type { Broker } from './core/base/ports.ts';
