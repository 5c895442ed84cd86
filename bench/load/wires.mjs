// How a JSON message is wrapped in a WebSocket message, and which messages precede the first one.

/** `greetings`: how the server's first messages begin, and the client's answer to each. */
export const WIRES = {
  plain: {
    query: '',
    greetings: [],
    wrap: (json) => json,
  },
  /** Engine.IO 4 on a WebSocket from the start, with packets of Socket.IO: events named `message`. */
  socket_io: {
    query: '/?EIO=4&transport=websocket',
    greetings: [
      { begins_with: '0{', answer: '40' },
      { begins_with: '40{', answer: undefined },
    ],
    wrap: (json) => `42["message",${json}]`,
  },
};
