import { check_topic } from '../connection/topics.ts';

/** Whom a message is for: everyone, those at an address, or the subscribers of a topic. */
export type Audience =
  | { readonly to: 'everyone' }
  | { readonly to: 'address'; readonly address: string }
  | { readonly to: 'topic'; readonly topic: string };

export const EVERYONE: Audience = { to: 'everyone' };

/** @throws {WebsocketsError} `bad_argument`, unless the topic can be one. */
export function to_topic(topic: string): Audience {
  check_topic(topic);
  return { to: 'topic', topic };
}

// The name of an endpoint has no colon.
const ADDRESS = ':id:';
const TOPIC = ':topic:';

/** Where the nodes of an application exchange what is for this audience. */
export function channel_of(endpoint: string, audience: Audience): string {
  if (audience.to === 'topic') return endpoint + TOPIC + audience.topic;
  if (audience.to === 'address') return endpoint + ADDRESS + audience.address;
  return endpoint;
}

/** The audience of a channel of this endpoint's. */
export function audience_of(endpoint: string, channel: string): Audience {
  const rest = channel.slice(endpoint.length);
  if (rest.startsWith(TOPIC)) return { to: 'topic', topic: rest.slice(TOPIC.length) };
  if (rest.startsWith(ADDRESS)) return { to: 'address', address: rest.slice(ADDRESS.length) };
  return EVERYONE;
}
