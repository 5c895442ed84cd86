// Naive ws that drops, alters or repeats every 500th message. Its measures must fail.
import WebSocket from 'ws';

const EVERY = 500;
const FAULTS = {
  drops: () => [],
  alters: (text) => [text.replace('x', 'y')],
  repeats: (text) => [text, text],
};

const fault = FAULTS[process.argv[2]];
const { send } = WebSocket.prototype;
let sent = 0;

WebSocket.prototype.send = function send_with_fault(text) {
  sent += 1;
  for (const sent_text of sent % EVERY === 0 ? fault(text) : [text]) send.call(this, sent_text);
};

await import('./ws_naive.mjs');
