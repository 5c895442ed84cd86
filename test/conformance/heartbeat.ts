import { describe, expect, test } from 'vitest';
import { gate, recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';
import { has_arrived } from './observe.ts';

/** When a silent client is cut, over whatever it is connected. */
export function check_heartbeat(start: StartEndpoint): void {
  describe('9: the heartbeat', () => {
    test('cuts a client that answers nothing, and none that lives', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { heartbeat_interval_in_seconds: 0.2, heartbeat_timeout_in_seconds: 0.2 },
        on_message: (message, connection) => connection.send(message),
        on_close: (code, _reason, { params }) => log.add(`${params.name} ${code}`),
      });
      const lively = await endpoint.connect('?name=lively');
      const silent = await endpoint.connect('?name=silent');
      silent.pause();
      await log.reaches(1);
      await has_arrived(lively);
      expect(log.entries).toEqual(['silent 1006']);
    });

    test('cuts a client that answers nothing while we go on sending to it', async () => {
      const log = recorder();
      const endpoint = await start({
        options: {
          heartbeat_interval_in_seconds: 0.2,
          heartbeat_timeout_in_seconds: 0.1,
          max_buffered_in_bytes: 0,
        },
        on_close: (code) => log.add(code),
      });
      (await endpoint.connect()).pause();
      while (log.entries.length === 0) {
        endpoint.send('more');
        await new Promise(setImmediate);
      }
      expect(log.entries).toEqual([1006]);
    });

    test('cuts nobody whose reading is paused, however long a handler takes', async () => {
      // More than a stream of Node reads ahead: its answers stay in the kernel.
      const COUNT = 400;
      const handled: number[] = [];
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        options: {
          heartbeat_interval_in_seconds: 0.1,
          heartbeat_timeout_in_seconds: 0.1,
          max_queued_messages: 1,
        },
        on_message: async (message, { params }) => {
          if (params.name === 'busy') await slow.passed;
          handled.push(message.index);
          if (message.index === COUNT - 1) log.add('all');
        },
        on_close: (code, _reason, { params }) => log.add(`${params.name} ${code}`),
      });
      const busy = await endpoint.connect('?name=busy');
      const padding = 'x'.repeat(1000);
      for (let index = 0; index < COUNT; index++) busy.send({ index, padding });
      // One that comes after it and is cut shows that its time was over.
      for (let count = 0; count < 2; count++) {
        (await endpoint.connect('?name=silent')).pause();
        await log.reaches(count + 1);
      }
      slow.open();
      await log.includes('all');
      expect(log.entries).toEqual(['silent 1006', 'silent 1006', 'all']);
      expect(handled).toEqual(Array.from({ length: COUNT }, (_, index) => index));
    });
  });
}
