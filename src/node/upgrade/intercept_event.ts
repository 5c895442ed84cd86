import type { EventEmitter } from 'node:events';

/**
 * Lets one function see an event of an emitter before any listener does. No listener sees the events that the function
 * takes, no matter when the listener was added. All other events pass through unchanged.
 *
 * Only the `emit` of this one emitter is wrapped. The list of its listeners does not change, so code that compares,
 * removes or collects listeners continues to work. Code that calls the listeners of the emitter without `emit` is not
 * intercepted.
 *
 * @param takes is called with the event's arguments, and returns whether it took the event.
 * @returns a function that restores `emit`. If other code has wrapped `emit` since, our wrapper cannot be removed from
 * inside that one: it then passes every event through.
 */
export function intercept_event<Args extends unknown[]>(
  emitter: EventEmitter,
  event: string,
  takes: (...args: Args) => boolean,
): () => void {
  const own_before = Object.getOwnPropertyDescriptor(emitter, 'emit');
  const emit_before = emitter.emit;
  let is_active = true;

  function emit(this: EventEmitter, name: string | symbol, ...args: any[]): boolean {
    if (name === event && is_active && takes(...(args as Args))) return true;
    // An inherited `emit` is looked up at each event: monitoring tools patch the prototype at any time.
    const next = own_before === undefined ? Object.getPrototypeOf(emitter).emit : emit_before;
    return next.call(this, name, ...args);
  }

  Object.defineProperty(emitter, 'emit', {
    value: emit,
    writable: true,
    configurable: true,
    enumerable: own_before?.enumerable ?? false,
  });
  return () => {
    is_active = false;
    if (emitter.emit !== emit) return;
    if (own_before === undefined) Reflect.deleteProperty(emitter, 'emit');
    else Object.defineProperty(emitter, 'emit', own_before);
  };
}
