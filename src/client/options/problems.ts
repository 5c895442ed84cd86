import { ClientError } from '../base/errors.ts';

/** Collects all mistakes in some options, to throw them as one error. */
export class OptionProblems {
  readonly #found: string[] = [];

  /** @throws {ClientError} `bad_option`, with one line for each mistake that was found. */
  throw_if_any(): void {
    if (this.#found.length > 0) throw new ClientError('bad_option', this.#found.join('\n'));
  }

  /** Returns the known fields of an object, without those that are `undefined`. */
  read_object(path: string, known: string[], value: unknown = {}): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.expect(path || 'the second argument', 'an object', value);
      return {};
    }
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    for (const [name] of fields) {
      if (known.includes(name)) continue;
      this.#found.push(
        `${path && `${path}.`}${name} is not a known key; ${suggest_key(name, known)}`,
      );
    }
    return Object.fromEntries(fields.filter(([name]) => known.includes(name)));
  }

  check_type(path: string, value: unknown, type: 'boolean' | 'function'): void {
    if (typeof value !== type) this.expect(path, `a ${type}`, value);
  }

  expect(path: string, expected: string, value: unknown): void {
    const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
    this.#found.push(`${path} must be ${expected}; got ${shown}`);
  }

  /** Calls a check, and adds the error that it throws. */
  collect(check: () => unknown): void {
    try {
      check();
    } catch (error) {
      this.#found.push((error as Error).message);
    }
  }
}

/** Suggests the known keys with the same beginning, or lists all known keys. */
function suggest_key(name: string, known: string[]): string {
  const near = known.filter((key) => bare_key(key).startsWith(bare_key(name).slice(0, 4)));
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `available: ${known.join(', ')}`;
}

/** Returns a key without its spelling: `onOpen` and `on_open` result in the same. */
function bare_key(key: string): string {
  return key.replaceAll('_', '').toLowerCase();
}
