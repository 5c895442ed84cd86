import type { WebsocketsError } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';

/** Which codes and reasons close a connection, over whatever its client is connected. */
export function check_close_codes(start: StartEndpoint): void {
  describe('the code and the reason of a close', () => {
    test('a close code that may not be sent throws and changes nothing', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => {
          for (const code of [0, 999, 1004, 1005, 1006, 1010, 1015, 2000, 5000, 1000.5, NaN]) {
            try {
              connection.close(code);
            } catch (error) {
              log.add((error as WebsocketsError).code);
            }
          }
          connection.send('open');
        },
      });
      expect(await (await endpoint.connect()).next_text()).toBe('open');
      expect(log.entries).toEqual(Array(11).fill('bad_argument'));
    });

    test('a reason that is too long is cut between two characters', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.close(4000, `x${'😀'.repeat(100)}`),
      });
      const { reason } = await (await endpoint.connect()).closed;
      expect(reason).toBe(`x${'😀'.repeat(30)}`);
    });

    test('every code that an endpoint may send closes with it', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.close(Number(connection.params.code)),
      });
      for (const code of [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
      ]) {
        expect((await (await endpoint.connect(`?code=${code}`)).closed).code).toBe(code);
      }
    });

    test('a reason that is no string throws and changes nothing', async () => {
      const endpoint = await start({
        on_open: (connection) => {
          expect(() => connection.close(4000, 7 as never)).toThrow('must be a string');
          connection.send('open');
        },
      });
      expect(await (await endpoint.connect()).next_text()).toBe('open');
    });

    test('half a character in a reason is replaced, for both sides', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => connection.close(4000, 'x\ud83d'),
        on_close: (_code, reason) => log.add(reason),
      });
      expect((await (await endpoint.connect()).closed).reason).toBe('x\ufffd');
      await log.reaches(1);
      expect(log.entries).toEqual(['x\ufffd']);
    });
  });
}
