/**
 * An interface to augment with your endpoints. `websockets(name)` then knows their names and what each of them sends:
 *
 * ```ts
 * declare module 'joystick-websockets' {
 *   interface Register { websockets: typeof websockets }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: users augment it
export interface Register {}
