import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { define_websocket } from 'joystick-websockets';
import { stream_to } from './stream_to.ts';

/** An endpoint that sends a file in chunks, from the position in the client's message: `{ "from": 0 }`. */
export function create_download(path: string) {
  return define_websocket({
    on_open: async (connection) => connection.send({ size_in_bytes: (await stat(path)).size }),

    // The handler settles once the file is sent or the client has left. Until then, the next request waits. If the
    // file cannot be read, the handler fails.
    on_message: async (message: { from?: unknown }, connection) => {
      const start = Number(message?.from ?? 0);
      if (!Number.isSafeInteger(start) || start < 0) return connection.close(1008, 'bad position');
      const is_complete = await stream_to(connection, createReadStream(path, { start }));
      if (is_complete) connection.send({ is_complete });
    },

    options: { max_message_size_in_bytes: 1_024 },
  });
}
