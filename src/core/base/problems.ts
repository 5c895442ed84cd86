import leven from 'leven';
import { type Problem, WebsocketsError } from './errors.ts';
import { printable } from './printable.ts';

/** Collects everything that is wrong with some options, to be thrown as one error. */
export class Problems {
  readonly #found: Problem[] = [];

  add(path: string, message: string): void {
    this.#found.push({ path, message });
  }

  /** @throws {WebsocketsError} `bad_option`, if anything was added. */
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
   * The own values of a plain object; nothing that it inherits. Reports what is
   * no plain object, and returns `undefined` then.
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
      // An option that is there but undefined is as good as left out.
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

  /** Reports each key that is not one of those known, and names the nearest that is. */
  check_keys(path: string, fields: Map<string, unknown>, known: readonly string[]): void {
    for (const key of fields.keys()) {
      if (known.includes(key)) continue;
      this.add(join_path(path, key), `is not a known key; ${suggest(key, known)}`);
    }
  }

  /** A function or `undefined`; anything else is reported. */
  read_function<F>(path: string, fields: Map<string, unknown>, key: string): F | undefined {
    const value = fields.get(key);
    if (value === undefined || typeof value === 'function') return value as F | undefined;
    this.add(join_path(path, key), `must be a function; got ${describe(value)}`);
    return undefined;
  }
}

/** `websockets.chat`, or `websockets["my chat"]` where a dot would not do. */
export function join_path(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** A value as one would write it, short enough for a message. */
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

/** What is wrong with a value that should be a plain object, or `undefined`. */
export function why_no_plain_object(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `must be an object; got ${describe(value)}`;
  }
  try {
    const prototype = Object.getPrototypeOf(value);
    // Of any realm: a test runner's sandbox has an Object.prototype of its own.
    if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  } catch (error) {
    return `cannot be read: ${describe(error)}`;
  }
  return 'must be a plain object; got an instance of a class, whose inherited members are never read';
}

/** `did you mean on_open?`, or all keys that are known. */
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
  return `those known are ${known.join(', ')}`;
}

/** `onOpen` and `on_open` differ in their spelling alone. */
function bare(key: string): string {
  return key.slice(0, 80).replaceAll('_', '').toLowerCase();
}
