// The messages. The servers and the load client share them, because the load client compares every byte.

/** The path of every server's WebSockets, so that requests have the same size for all. */
export const PATH = '/api/_websockets/bench';

const REQUEST_IN_BYTES = 120;
const NEWS_IN_BYTES = 200;

/** Creates the message that a client sends and receives back. */
export function create_request(client, number) {
  return fill({ client, number, text: '' }, REQUEST_IN_BYTES);
}

/** Creates a message that is published. The number distinguishes it from the others. */
export function create_news(number) {
  return fill({ type: 'news', number, text: '' }, NEWS_IN_BYTES);
}

function fill(message, bytes) {
  message.text = 'x'.repeat(bytes - JSON.stringify(message).length);
  return message;
}
