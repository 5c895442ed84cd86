/** A scenario. It sets up its stage, measures and prints. */
export type Scenario = (clients: number, seconds: number) => Promise<void>;

export const wait = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
