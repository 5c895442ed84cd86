import { check_topic } from '../connection/topics.ts';

/** The recipients of a message: all connections of an endpoint, those with an address, or the subscribers of a topic. */
export type Audience =
  | { readonly to: 'everyone' }
  | { readonly to: 'address'; readonly address: string }
  | { readonly to: 'topic'; readonly topic: string };

export const EVERYONE: Audience = { to: 'everyone' };

/** @throws {WebsocketsError} `bad_argument`, as {@link check_topic}. */
export function to_topic(topic: string): Audience {
  check_topic(topic);
  return { to: 'topic', topic };
}

// Unambiguous, because the name of an endpoint contains no colon.
const ADDRESS = ':id:';
const TOPIC = ':topic:';

/** Returns the channel on which nodes exchange messages for this audience. */
export function channel_of(endpoint: string, audience: Audience): string {
  if (audience.to === 'topic') return endpoint + TOPIC + audience.topic;
  if (audience.to === 'address') return endpoint + ADDRESS + audience.address;
  return endpoint;
}

/** Returns the audience of one of this endpoint's channels. */
export function audience_of(endpoint: string, channel: string): Audience {
  const rest = channel.slice(endpoint.length);
  if (rest.startsWith(TOPIC)) return { to: 'topic', topic: rest.slice(TOPIC.length) };
  if (rest.startsWith(ADDRESS)) return { to: 'address', address: rest.slice(ADDRESS.length) };
  return EVERYONE;
}
