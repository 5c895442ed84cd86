/** A definition in its own module, for `import * as chat`. */
export function on_open(): void {}
