import type { WebsocketDefinition } from 'joystick-websockets';
import type { Broker } from 'joystick-websockets/testing';

/** A client of the endpoint under test. */
export interface ConformanceClient {
  /** An object goes as JSON, a string or bytes as they are. */
  send(message: unknown): void;
  next_message(): Promise<any>;
  next_text(): Promise<string>;
  /** Text as text, bytes as bytes. */
  next_raw(): Promise<string | Uint8Array>;
  readonly received: string[];
  /** Stops reading, so that it answers nothing. */
  pause(): void;
  resume(): void;
  close(code?: number, reason?: string): Promise<{ code: number; reason: string }>;
  reset(): void;
  readonly closed: Promise<{ code: number; reason: string }>;
}

export interface ConformanceRequest {
  headers?: Record<string, string>;
  /** Lets the client leave before it is connected. */
  signal?: AbortSignal;
}

export interface ConformanceEndpoint {
  /** @throws with the status in the message, where the client is refused. */
  connect(query?: string, request?: ConformanceRequest): Promise<ConformanceClient>;
  readonly logged: { message: string; details: Record<string, unknown> }[];
  send(message: unknown, id?: string): void;
  publish(topic: string, message: unknown): void;
  readonly connections: { readonly id: string }[];
  close_all(code?: number, reason?: string): void;
  /** Closes gracefully. */
  close(grace_in_seconds?: number, drain_in_seconds?: number): Promise<void>;
}

/** @param broker joins it to others of the same name, on nodes of their own. */
export type StartEndpoint = (
  definition: WebsocketDefinition,
  broker?: Broker,
) => Promise<ConformanceEndpoint>;
