/** Limits that the endpoint of a case and the server of ws share. */
export interface Limits {
  readonly max_message_size_in_bytes: number;
  readonly compression: boolean;
}

/** Payload sizes around each limit are as frequent as those around the lengths where a header changes its form. */
export const LIMITS: readonly Limits[] = [200, 2_000, 66_000].flatMap((max_message_size_in_bytes) =>
  [false, true].map((compression) => ({ max_message_size_in_bytes, compression })),
);

/** What this package promises beyond the defaults of ws (see `test/node/promises.test.ts`). */
export const MAX_FRAGMENTS = 1024;
export const MAX_PENDING_PONGS = 60;
export const COMPRESSED_FROM_BYTES = 1024;

export function max_chunks_of({ max_message_size_in_bytes }: Limits): number {
  return Math.max(1024, Math.ceil(max_message_size_in_bytes / 256));
}
