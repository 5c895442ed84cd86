import { ClientError } from '../base/errors.ts';

/** Collects all that is wrong with some options, to be thrown as one error. */
export class OptionProblems {
  readonly #found: string[] = [];

  /** @throws {ClientError} `bad_option`, if anything was found: a line for each. */
  throw_if_any(): void {
    if (this.#found.length > 0) throw new ClientError('bad_option', this.#found.join('\n'));
  }

  /** The fields of an object that are known; one that is `undefined` is as good as left out. */
  read_object(path: string, known: string[], value: unknown = {}): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.expect(path || 'what connect takes after the name', 'an object', value);
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

  /** Takes what this throws for another problem. */
  collect(check: () => unknown): void {
    try {
      check();
    } catch (error) {
      this.#found.push((error as Error).message);
    }
  }
}

/** The keys that begin as this one does, or all. */
function suggest_key(name: string, known: string[]): string {
  const near = known.filter((key) => bare_key(key).startsWith(bare_key(name).slice(0, 4)));
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `available: ${known.join(', ')}`;
}

/** `onOpen` and `on_open` differ in their spelling alone. */
function bare_key(key: string): string {
  return key.replaceAll('_', '').toLowerCase();
}
