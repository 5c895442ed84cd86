import { z } from 'zod';

const not_blank = (max: number) =>
  z.string().max(max, `must have at most ${max} characters`).regex(/\S/, 'must not be blank');

const said = z.object({
  type: z.literal('said'),
  /** The sender. It is the same for all messages of a connection, even if the name changes. */
  by: z.string(),
  name: z.string(),
  text: z.string(),
  key: z.string(),
  /** The time of the message, in milliseconds since 1970. */
  at: z.number(),
});

/** The query and the messages of the chat. */
export const chat_contract = {
  params: z.object({
    /** The time of the last message that the client has received. */
    since: z.coerce.number<string>().nonnegative().default(0),
  }),
  receives: z.object({
    name: not_blank(40),
    text: not_blank(500),
    /** A key that the sender chooses. By it, the sender recognises its own message when it receives it. */
    key: not_blank(40).default(() => crypto.randomUUID()),
  }),
  sends: z.discriminatedUnion('type', [
    said,
    z.object({ type: z.literal('here'), count: z.number() }),
    z.object({ type: z.literal('refused'), reason: z.string() }),
  ]),
};

export type Said = z.infer<typeof said>;
