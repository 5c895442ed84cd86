import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CreateRedisLink, RedisLinkOwner } from '../../src/brokers/redis/redis_link.ts';
import { RedisSession } from '../../src/brokers/redis/redis_session.ts';
import { recorder } from '../support/events.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const BEAT = '~beat';

/** A session with an engine that answers each command after so long. */
function create_session(
  wanted: number,
  { answer_in = 40, answers = true, batches_a_second = Number.POSITIVE_INFINITY } = {},
) {
  const told = recorder();
  const subscribed = new Set<string>();
  const commands: string[] = [];
  const owners: RedisLinkOwner[] = [];
  let most_under_way = 0;
  let under_way = 0;
  let free_at = 0;
  const answer = (run = () => {}) =>
    new Promise<void>((resolve) => {
      if (!answers) return;
      free_at = Math.max(free_at, Date.now()) + 1000 / batches_a_second;
      setTimeout(
        () => {
          run();
          resolve();
        },
        free_at - Date.now() + answer_in,
      );
    });
  const subscription = async (command: string, names: string[], change: (name: string) => void) => {
    commands.push(`${command} ${names.length}`);
    most_under_way = Math.max(most_under_way, ++under_way);
    await answer(() => names.forEach(change));
    under_way--;
  };
  const create_link: CreateRedisLink = (owner) => {
    owners.push(owner);
    return {
      open: () => new Promise<void>((resolve) => setTimeout(resolve, answer_in)),
      publish: (name, message) =>
        answer(() => {
          if (subscribed.has(name)) owners[1]?.received(name, message);
        }),
      subscribe: (names) => subscription('subscribe', names, (name) => subscribed.add(name)),
      unsubscribe: (names) => subscription('unsubscribe', names, (name) => subscribed.delete(name)),
      destroy: async () => {},
    };
  };
  const channels = new Map(Array.from({ length: wanted }, (_, index) => [`topic ${index}`, true]));
  const session = new RedisSession(create_link, channels, BEAT, {
    received() {},
    came_up: () => told.add('up'),
    went_down: () => told.add('down'),
    failed: (error) => told.add((error as Error).message),
  });
  return {
    session,
    channels,
    told: told.entries,
    subscribed,
    commands,
    most_under_way: () => most_under_way,
  };
}

/** Until it is up or has failed; how many milliseconds that took. */
async function open(session: RedisSession, told: readonly unknown[]): Promise<number> {
  const started = Date.now();
  session.start(false);
  while (told.length === 0 && Date.now() - started < 60_000) await vi.advanceTimersByTimeAsync(10);
  return Date.now() - started;
}

test('13: 300,000 names are told to a Redis that is 40 ms away within its first 3 s', async () => {
  const { session, told, subscribed } = create_session(300_000);
  expect(await open(session, told)).toBeLessThan(1_500);
  expect([told, subscribed.size]).toEqual([['up'], 300_001]);
  await session.destroy();
});

test('13: a Redis that takes longer is waited for, as long as it answers', async () => {
  const { session, told, subscribed } = create_session(100_000, { batches_a_second: 10 });
  expect(await open(session, told)).toBeGreaterThan(9_000);
  expect([told, subscribed.size]).toEqual([['up'], 100_001]);
  await session.destroy();
});

test('13: a Redis that connects and answers nothing is given up after 3 s', async () => {
  const { session, told } = create_session(100_000, { answers: false });
  expect(await open(session, told)).toBeLessThan(3_200);
  expect(told).toEqual(['the broker has not answered for 3 s']);
});

test('16 commands of 1,000 names are the most that are under way', async () => {
  const { session, told, commands, most_under_way } = create_session(50_000);
  await open(session, told);
  expect(commands).toHaveLength(51);
  expect(commands.slice(0, 16)).toEqual(Array(16).fill('subscribe 1000'));
  expect(most_under_way()).toBe(16);
  await session.destroy();
});

test('names that come and go while a command is under way are not told', async () => {
  const { session, channels, told, commands, subscribed } = create_session(1);
  await open(session, told);
  commands.length = 0;
  session.subscribe('first');
  for (let visitor = 0; visitor < 1_000; visitor++) {
    session.subscribe(`visitor ${visitor}`);
    session.unsubscribe(`visitor ${visitor}`);
  }
  session.unsubscribe('topic 0');
  await vi.advanceTimersByTimeAsync(200);
  expect(commands).toEqual(['subscribe 1', 'unsubscribe 1']);
  expect([...subscribed]).toEqual([BEAT, 'first']);
  expect(channels.size).toBe(1);
  await session.destroy();
});

test('what changed before Redis was told for the first time is told once', async () => {
  const { session, channels, told, commands, subscribed } = create_session(2);
  const opened = open(session, told);
  channels.set('new', true);
  session.subscribe('new');
  channels.delete('topic 1');
  session.unsubscribe('topic 1');
  await opened;
  await vi.advanceTimersByTimeAsync(200);
  expect(commands).toEqual(['subscribe 3']);
  expect([...subscribed]).toEqual([BEAT, 'topic 0', 'new']);
  await session.destroy();
});
