/** What to send in place of a value whose content JSON loses, by its kind. */
const INSTEAD: Record<string, string> = {
  Promise: 'await it first',
  Map: 'send Object.fromEntries(it)',
  Set: 'send [...it]',
  Error: 'send its message',
};

/** What may be without fields and lose nothing: JSON writes the last three as what they hold. */
const KEPT = ['Object', 'Array', 'Number', 'String', 'Boolean'];

/**
 * What a message holds that JSON turns into `{}`, and what to send instead; `undefined`, if there is nothing. Only
 * a certain mistake counts: neither an object without fields, nor an instance of the user's own class.
 *
 * It looks at the whole message: ask only if its JSON has a `{}`.
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
