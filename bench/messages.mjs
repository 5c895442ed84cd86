// What is sent, known to the servers and to the load client, which compares every byte.

/** Where every server serves its websockets: requests are of the same size for all. */
export const PATH = '/api/_websockets/bench';

const REQUEST_IN_BYTES = 120;
const NEWS_IN_BYTES = 200;

/** The JSON message that a client sends and gets back. */
export function create_request(client, number) {
  return fill({ client, number, text: '' }, REQUEST_IN_BYTES);
}

/** The JSON message that is published; the number tells one from the other. */
export function create_news(number) {
  return fill({ type: 'news', number, text: '' }, NEWS_IN_BYTES);
}

function fill(message, bytes) {
  message.text = 'x'.repeat(bytes - JSON.stringify(message).length);
  return message;
}
