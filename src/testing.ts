// For unit tests, under any runner.

export { MemoryHub, memory_broker } from './brokers/memory.ts';
export type { CloseInfo } from './core/base/close_codes.ts';
export type { Broker, BrokerReceiver } from './core/base/ports.ts';
export {
  type CheckBrokerOptions,
  check_broker,
  type SuiteRunner,
} from './testing/brokers/check_broker.ts';
export {
  create_mock_connection,
  type MockConnection,
  type MockConnectionOptions,
  type MockPeer,
} from './testing/mock_connection.ts';
export type { RawMessage } from './testing/read_message.ts';
export type { NextMessageOptions, TestClient } from './testing/test_client.ts';
export {
  create_test_endpoint,
  type MessageInputOf,
  type ParamsInputOf,
  type TestEndpoint,
  type TestEndpointOptions,
} from './testing/test_endpoint.ts';
export type { TestConnectOptions } from './testing/test_request.ts';
