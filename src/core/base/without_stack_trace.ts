/**
 * Calls a function so that the errors it creates have no stack trace: V8 captures none while `Error.stackTraceLimit`
 * is 0. Clients can cause thousands of these errors, and a stack trace inside this package would help no user.
 *
 * If the limit cannot be set, because it is frozen (`--frozen-intrinsics`) or has a getter, the errors have a stack
 * trace.
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
