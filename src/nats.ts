// For NATS. The user passes a connection, so nothing here imports the NATS client.

export { type NatsBrokerOptions, type NatsConnectionLike, nats_broker } from './brokers/nats.ts';
export type { Broker } from './core/base/ports.ts';
