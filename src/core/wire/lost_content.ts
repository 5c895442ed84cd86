/** Advice for values whose content JSON loses, by kind of value. */
const INSTEAD: Record<string, string> = {
  Promise: 'await it first',
  Map: 'send Object.fromEntries(it)',
  Set: 'send [...it]',
  Error: 'send its message',
};

/** The kinds of objects that lose nothing, although they have no fields. JSON writes the last three as their primitives. */
const KEPT = ['Object', 'Array', 'Number', 'String', 'Boolean'];

/**
 * Returns which value in a message JSON turns into `{}`, and what to send instead; `undefined` if there is none. Only
 * certain mistakes count: an object without fields does not, nor does an instance of the user's own class.
 *
 * The whole message is searched: call this only if its JSON contains `{}`.
 */
export function why_lost(message: unknown): string | undefined {
  let why: string | undefined;
  JSON.stringify(message, (key, value) => {
    const kind = kind_of_empty(value);
    if (kind !== undefined) {
      const what = key === '' ? 'it' : `its ${JSON.stringify(key)}`;
      why ??= `${what} is an instance of ${kind}, which JSON turns into {}; ${INSTEAD[kind] ?? 'send plain data'}`;
    }
    return value;
  });
  return why;
}

function kind_of_empty(value: any): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length > 0)
    return undefined;
  if (typeof value.then === 'function') return 'Promise';
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  return KEPT.includes(kind) ? undefined : kind;
}
