// How a JSON message lies in a websocket message, and what comes before the first one.

/** `greetings`: what the server's first messages begin with, and what is answered to each. */
export const WIRES = {
  plain: {
    query: '',
    greetings: [],
    wrap: (json) => json,
  },
  /** Engine.IO 4 at once on a websocket, and Socket.IO's packets in it: an event named `message`. */
  socket_io: {
    query: '/?EIO=4&transport=websocket',
    greetings: [
      { begins_with: '0{', answer: '40' },
      { begins_with: '40{', answer: undefined },
    ],
    wrap: (json) => `42["message",${json}]`,
  },
};
