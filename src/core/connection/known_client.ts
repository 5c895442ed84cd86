import type { RequestHeaders } from '../declare/connection.ts';

/** What the upgrade request told about a client. */
export interface ConnectionFacts {
  /** The query string, or what the `params` schema made of it. */
  readonly params: unknown;
  readonly headers: RequestHeaders;
  readonly remote_address: string;
  readonly context: unknown;
  /** The `?id=` of the raw query, where it occurs exactly once. */
  readonly address: string | undefined;
}

/** Who a connection is with. */
export class KnownClient {
  readonly #params: unknown;
  readonly #context: unknown;
  readonly #headers: RequestHeaders;
  readonly #remote_address: string;
  readonly #address: string | undefined;
  #id: string | undefined;

  // Field by field: an object more would be kept for each connection.
  constructor({ params, context, headers, remote_address, address }: ConnectionFacts) {
    this.#params = params;
    this.#context = context;
    this.#headers = headers;
    this.#remote_address = remote_address;
    this.#address = address;
  }

  get id(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  get params(): unknown {
    return this.#params;
  }

  get context(): unknown {
    return this.#context;
  }

  get headers(): RequestHeaders {
    return this.#headers;
  }

  get remote_address(): string {
    return this.#remote_address;
  }

  /** The address that the client chose for itself, if any. */
  get address(): string | undefined {
    return this.#address;
  }
}
