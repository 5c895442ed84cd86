import type { RequestHeaders } from './connection.ts';

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
  readonly #facts: ConnectionFacts;
  #id: string | undefined;

  constructor(facts: ConnectionFacts) {
    this.#facts = facts;
  }

  get id(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  get params(): unknown {
    return this.#facts.params;
  }

  get context(): unknown {
    return this.#facts.context;
  }

  get headers(): RequestHeaders {
    return this.#facts.headers;
  }

  get remote_address(): string {
    return this.#facts.remote_address;
  }

  /** The address that the client chose for itself, if any. */
  get address(): string | undefined {
    return this.#facts.address;
  }
}
