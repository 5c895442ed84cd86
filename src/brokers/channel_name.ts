import { createHash } from 'node:crypto';

const MAX_LENGTH = 512;

/**
 * Returns the name of a channel in an engine: its own name if possible, otherwise a unique digest. A name with a lone
 * surrogate needs a digest, because UTF-8 cannot carry it. A long name needs one, too: clients choose their `id`, and
 * an engine disconnects a node that sends too long a subject.
 */
export function to_channel_name(channel: string): string {
  const is_plain = channel.length <= MAX_LENGTH && channel.isWellFormed();
  return is_plain ? channel : digest_of(channel);
}

export function digest_of(channel: string): string {
  return `~${createHash('sha256').update(channel, 'utf16le').digest('base64url')}`;
}
