/** A definition as a module of its own: `import * as chat`. */
export function on_open(): void {}
