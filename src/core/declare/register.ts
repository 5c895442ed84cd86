/**
 * Augment it with your endpoints, and `websockets(name)` knows their names and what each sends:
 *
 * ```ts
 * declare module 'joystick-websockets' {
 *   interface Register { websockets: typeof websockets }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is for users to fill
export interface Register {}
