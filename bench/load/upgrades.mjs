import { Connection } from './connection.mjs';
import { client_close_frame, is_normal_close_frame } from './frames.mjs';
import { expect_progress, until } from './patience.mjs';
import { Window } from './window.mjs';

const CLOSE = client_close_frame();

/** Measures upgrades. It repeatedly connects, upgrades and closes with the closing handshake, several at a time. */
export async function upgrades(target, { concurrent, ...durations }) {
  let begun = 0;
  let done = 0;
  const begin = () => {
    new Connection(target, begun, receiver, (connection) => connection.write(CLOSE));
    begun += 1;
  };
  const receiver = {
    received(connection, bytes) {
      if (!is_normal_close_frame(bytes)) throw new Error('the close frame was not answered');
      connection.position += bytes.length;
    },
    closed(connection) {
      if (connection.position === 0) throw new Error('closed without a closing handshake');
      done += 1;
      begin();
    },
  };
  expect_progress(() => `${done} upgrades`);
  const window = new Window(target.pid, durations);
  for (let i = 0; i < concurrent; i += 1) begin();
  return until(() => window.observe(done));
}
