import leven from 'leven';
import { type Problem, WebsocketsError } from './errors.ts';
import { printable } from './printable.ts';

/** A collection of all mistakes in a set of options, which are thrown together as one error. */
export class Problems {
  readonly #found: Problem[] = [];

  add(path: string, message: string): void {
    this.#found.push({ path, message });
  }

  /** @throws {WebsocketsError} `bad_option`, if any problem was added. */
  throw_if_any(cause?: unknown): void {
    if (this.#found.length === 0) return;
    throw new WebsocketsError(
      'bad_option',
      this.#found.map(({ path, message }) => `${path} ${message}`).join('\n'),
      { problems: this.#found },
      cause === undefined ? undefined : { cause },
    );
  }

  /**
   * Returns the own values of a plain object, without inherited ones. If `value` is not a plain
   * object, adds a problem and returns `undefined`.
   */
  read_object(path: string, value: unknown): Map<string, unknown> | undefined {
    const refusal = why_no_plain_object(value);
    if (refusal !== undefined) {
      this.add(path, refusal);
      return undefined;
    }
    const fields = new Map<string, unknown>();
    for (const key of Object.keys(value as object)) {
      const field = this.#read_field(path, value as Record<string, unknown>, key);
      // An option that is set to undefined counts as left out.
      if (field !== undefined) fields.set(key, field);
    }
    return fields;
  }

  #read_field(path: string, value: Record<string, unknown>, key: string): unknown {
    try {
      return value[key];
    } catch (error) {
      this.add(join_path(path, key), `cannot be read: ${describe(error)}`);
      return undefined;
    }
  }

  /** Adds a problem for each unknown key, with the most similar known key. */
  check_keys(path: string, fields: Map<string, unknown>, known: readonly string[]): void {
    for (const key of fields.keys()) {
      if (known.includes(key)) continue;
      this.add(join_path(path, key), `is not a known key; ${suggest(key, known)}`);
    }
  }

  /** Returns the function at `key`, or `undefined` if it is missing. Adds a problem for any other value. */
  read_function<F>(path: string, fields: Map<string, unknown>, key: string): F | undefined {
    const value = fields.get(key);
    if (value === undefined || typeof value === 'function') return value as F | undefined;
    this.add(join_path(path, key), `must be a function; got ${describe(value)}`);
    return undefined;
  }
}

/** Returns `websockets.chat`, or `websockets["my chat"]` if the key is not an identifier. An empty path is omitted. */
export function join_path(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** Describes a value in a few words for an error message. */
export function describe(value: unknown): string {
  try {
    if (typeof value === 'string') return printable(JSON.stringify(value.slice(0, 80)));
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'function') return 'a function';
    if (value instanceof Error) return printable(value.message.slice(0, 80));
    if (Array.isArray(value)) return 'an array';
    if (typeof value === 'object' && value !== null) return 'an object';
    return String(value);
  } catch {
    return `a ${typeof value} that cannot be read`;
  }
}

/** Returns why a value is not a plain object, or `undefined` if it is one. */
export function why_no_plain_object(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `must be an object; got ${describe(value)}`;
  }
  try {
    const prototype = Object.getPrototypeOf(value);
    // Not compared with Object.prototype: another realm, such as a test runner's sandbox, has a different one.
    if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  } catch (error) {
    return `cannot be read: ${describe(error)}`;
  }
  return 'must be a plain object; got an instance of a class, whose inherited members are never read';
}

/** Returns a hint such as `did you mean on_open?`, or the list of all known keys. */
export function suggest(key: string, known: readonly string[]): string {
  const wanted = bare(key);
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = leven(wanted, bare(candidate), { maxDistance: least });
    if (distance >= least) continue;
    nearest = candidate;
    least = distance;
  }
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  return `available: ${known.join(', ')}`;
}

/** Removes differences of spelling: `onOpen` and `on_open` become the same. */
function bare(key: string): string {
  return key.slice(0, 80).replaceAll('_', '').toLowerCase();
}
