import type { StandardSchemaV1 } from '@standard-schema/spec';
import { WebsocketsError } from '../base/errors.ts';
import type { Logger } from '../base/ports.ts';
import { describe_issues, validate } from '../base/schema.ts';
import { ignore_rejection } from '../base/thenable.ts';
import type { ParsedWebsocket } from '../declare/definition.ts';
import { encode_json, encode_message, type Frame } from '../wire/frame.ts';

/** Makes frames of what an endpoint sends, as it declares it. */
export class Encoder {
  readonly #sends: StandardSchemaV1 | undefined;
  readonly #name: string;
  readonly #logger: Logger;
  /** Whether what is sent is checked: against `sends`, and for content that JSON loses inside it. */
  readonly #checks: boolean;
  #has_warned = false;

  constructor({ name, sends }: ParsedWebsocket, logger: Logger, checks: boolean) {
    this.#name = name;
    this.#sends = sends;
    this.#logger = logger;
    this.#checks = checks;
  }

  /**
   * JSON once the endpoint declares `sends`, else a string or bytes as they are.
   *
   * @param is_shared whether several connections may be given the frame.
   * @throws {WebsocketsError} `unserializable_message`; `undeclared_message`, outside production,
   * where it is not what `sends` declares.
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
      this.#logger.warn(`${path} is asynchronous, and send() does not wait: nothing is checked`, {
        endpoint: this.#name,
      });
    } else if (!validated.is_valid) {
      throw new WebsocketsError(
        'undeclared_message',
        `this message is not what ${path} declares: ${describe_issues(validated.issues)}`,
        { endpoint: this.#name, issues: validated.issues },
      );
    }
  }
}
