import { z } from 'zod';

const not_blank = (max: number) => z.string().max(max).regex(/\S/, 'must not be blank');

const said = z.object({
  type: z.literal('said'),
  /** Who said it: the same for all messages of one connection, whatever name they bear. */
  by: z.string(),
  name: z.string(),
  text: z.string(),
  key: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
});

/** What the chat takes and gives. */
export const chat_contract = {
  params: z.object({
    /** When the last message was said that the client has heard. */
    since: z.coerce.number<string>().nonnegative().default(0),
  }),
  receives: z.object({
    name: not_blank(40),
    text: not_blank(500),
    /** The sender's own mark, by which it knows its message when it comes back. */
    key: not_blank(40).default(() => crypto.randomUUID()),
  }),
  sends: z.discriminatedUnion('type', [
    said,
    z.object({ type: z.literal('here'), count: z.number() }),
    z.object({ type: z.literal('refused'), reason: z.string() }),
  ]),
};

export type Said = z.infer<typeof said>;
