import type { StandardSchemaV1 } from '@standard-schema/spec';
import { WebsocketsError } from '../base/errors.ts';
import type { Logger } from '../base/ports.ts';
import { describe_issues, validate } from '../base/schema.ts';
import { ignore_rejection } from '../base/thenable.ts';
import type { ParsedWebsocket } from '../declare/definition.ts';
import { encode_json, encode_message, type Frame } from '../wire/frame.ts';

/** Encodes the messages that an endpoint sends, as the endpoint declares them. */
export class Encoder {
  readonly #sends: StandardSchemaV1 | undefined;
  readonly #name: string;
  readonly #logger: Logger;
  /** Whether messages are checked: against `sends`, and for nested values whose content JSON loses. */
  readonly #checks: boolean;
  #has_warned = false;

  constructor({ name, sends }: ParsedWebsocket, logger: Logger, checks: boolean) {
    this.#name = name;
    this.#sends = sends;
    this.#logger = logger;
    this.#checks = checks;
  }

  /**
   * Encodes every message as JSON if the endpoint declares `sends`. Otherwise, strings and bytes stay as they are.
   *
   * @param is_shared whether several connections may receive the frame.
   * @throws {WebsocketsError} `unserializable_message`; outside production also `undeclared_message`, if the message
   * does not match `sends`.
   */
  encode(message: unknown, is_shared: boolean): Frame {
    if (this.#sends === undefined) return encode_message(message, is_shared, this.#checks);
    if (this.#checks) this.#check(this.#sends, message);
    return encode_json(message, is_shared, this.#checks);
  }

  #check(sends: StandardSchemaV1, message: unknown): void {
    const path = `websockets.${this.#name}.sends`;
    const validated = validate(sends, message, path);
    if (validated instanceof Promise) {
      ignore_rejection(validated);
      if (this.#has_warned) return;
      this.#has_warned = true;
      this.#logger.warn(
        `${path} is asynchronous, but send() does not wait: messages are not checked`,
        {
          endpoint: this.#name,
        },
      );
    } else if (!validated.is_valid) {
      throw new WebsocketsError(
        'undeclared_message',
        `this message does not match ${path}: ${describe_issues(validated.issues)}`,
        { endpoint: this.#name, issues: validated.issues },
      );
    }
  }
}
