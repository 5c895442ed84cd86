// A test that node:test runs in its own process.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { WebsocketsError } from 'joystick-websockets';
import { create_test_endpoint } from 'joystick-websockets/testing';
import { rejection_of } from './events.ts';

const never = () => new Promise(() => {});
/** Waits for a turn of the event loop, so that settled promises have taken effect. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('an on_upgrade is refused with 504 at 10 s, and not a moment before', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const endpoint = create_test_endpoint({ on_upgrade: never });
  let is_refused = false;
  const refusal = rejection_of(endpoint.connect()).then((error) => {
    is_refused = true;
    return error as WebsocketsError<'connect_refused'>;
  });
  mock.timers.tick(9_999);
  await turn();
  assert.equal(is_refused, false);
  mock.timers.tick(1);
  assert.equal((await refusal).details.status, 504);
  await endpoint.close();
  mock.timers.reset();
});

test('next_message() and the grace of close() are on the same time', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const endpoint = create_test_endpoint({ on_close: never });
  const client = await endpoint.connect();
  const message = rejection_of(client.next_message());
  mock.timers.tick(1_000);
  assert.match(String(await message), /no message came within 1 s/);
  let is_closed = false;
  const closing = endpoint.close({ grace_in_seconds: 2 }).then(() => {
    is_closed = true;
  });
  await turn();
  mock.timers.tick(1_999);
  await turn();
  assert.equal(is_closed, false);
  mock.timers.tick(1);
  await closing;
  mock.timers.reset();
});

test('a client that vanishes is terminated after 35 steps of a second', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const codes: number[] = [];
  const endpoint = create_test_endpoint({ on_close: (code) => codes.push(code) });
  const client = await endpoint.connect();
  client.pause();
  for (let second = 0; second < 35; second++) mock.timers.tick(1_000);
  await endpoint.settled();
  assert.deepEqual(codes, [1006]);
  await endpoint.close();
  mock.timers.reset();
});
