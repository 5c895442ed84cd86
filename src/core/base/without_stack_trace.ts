/**
 * Calls a function whose errors have no stack trace: V8 captures none while `Error.stackTraceLimit` is 0.
 * Clients cause these errors by the thousand, and a stack trace of our own inside tells nobody anything.
 *
 * If the limit cannot be set, because it is frozen (`--frozen-intrinsics`) or has a getter, the errors have a stack.
 */
export function without_stack_trace<Result>(call: () => Result): Result {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (limit?.writable !== true) return call();
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit.value;
  }
}
