import { createHash } from 'node:crypto';

const MAX_LENGTH = 512;

/**
 * What a channel is called in an engine: its own name where UTF-8 can carry it (a lone surrogate
 * cannot be) and it is short (a client chooses its `id`, and engines cut whoever sends a subject that
 * is too long), else a digest that nothing else has.
 */
export function to_channel_name(channel: string): string {
  const is_plain = channel.length <= MAX_LENGTH && channel.isWellFormed();
  return is_plain ? channel : digest_of(channel);
}

export function digest_of(channel: string): string {
  return `~${createHash('sha256').update(channel, 'utf16le').digest('base64url')}`;
}
