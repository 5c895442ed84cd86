import { describe, expect, test } from 'vitest';
import { bad_request, CLOSING, nothing_at, UPGRADE_FAILED } from '../../src/core/admit/refusal.ts';
import { RefusalLog } from '../../src/core/mount/refusal_log.ts';
import { parse_mount } from '../../src/core/options/mount_option.ts';
import { ManualClock } from '../support/manual_clock.ts';

const PATH = '/api/_websockets';

function create_log({ names = ['chat', 'news'], logs_all = true, path = PATH } = {}) {
  const lines: string[] = [];
  const clock = new ManualClock(1000);
  const logger = {
    warn: (line: string) => lines.push(line),
    error: (line: string) => lines.push(line),
  };
  const endpoints = Object.fromEntries(names.map((name) => [name, {}]));
  const log = new RefusalLog(parse_mount(endpoints, { logger, path }), clock, logs_all);
  return { log, lines, clock };
}

describe('a client that asks for no endpoint that there is', () => {
  test.each([
    [`${PATH}/chta`, 'did you mean chat?'],
    [`${PATH}/Chat?room=1`, 'did you mean chat?'],
    [`${PATH}/example_endpoint`, 'available: chat, news'],
    [PATH, 'available: chat, news'],
    ['/chat', `endpoints are at ${PATH}/:name`],
  ])('at %s is logged with the way out', (url, hint) => {
    const { log, lines } = create_log();
    const path = url.replace(/\?.*/, '');
    log.note(nothing_at(path), url, undefined);
    expect(lines).toEqual([
      `refused a client with 404 unknown_endpoint: there is no WebSocket endpoint at ${path}; ${hint}`,
    ]);
  });

  test('is logged also if none is declared, or just one', () => {
    const none = create_log({ names: [] });
    none.log.note(nothing_at('/chat'), '/chat', undefined);
    expect(none.lines[0]).toMatch(/; no endpoint is declared$/);
    const one = create_log({ names: ['chat'] });
    one.log.note(nothing_at('/'), '/', undefined);
    expect(one.lines[0]).toMatch(/; endpoints are at \/api\/_websockets\/chat$/);
  });
});

test('a refusal by an endpoint is a line with its status, code and reason', () => {
  const { log, lines } = create_log();
  log.note(bad_request('HTTP must be 1.1 or newer'), `${PATH}/chat`, 'chat');
  expect(lines).toEqual([
    'websockets.chat refused a client with 400 bad_request: HTTP must be 1.1 or newer',
  ]);
});

test('a failure, which the log has as an error, is not logged again', () => {
  const { log, lines } = create_log();
  log.note(UPGRADE_FAILED, `${PATH}/chat`, 'chat');
  expect(lines).toEqual([]);
});

test('in production, only a refusal with a text for the log is logged', () => {
  const { log, lines } = create_log({ logs_all: false });
  log.note(CLOSING, `${PATH}/chat`, 'chat');
  expect(lines).toEqual([]);
  log.note({ ...CLOSING, log: { message: 'refused a page' } }, `${PATH}/chat`, 'chat');
  expect(lines).toEqual(['refused a page']);
});

test('a text of a client stays one line, and short', () => {
  const { log, lines } = create_log();
  log.note(bad_request(`a\nb\u001b[31m\u202e${'c'.repeat(1000)}`), `${PATH}/chat`, 'chat');
  const start = String.raw`websockets.chat refused a client with 400 bad_request: a\u000ab\u001b[31m\u202ecc`;
  expect(lines[0]?.slice(0, start.length)).toBe(start);
  expect(lines[0]?.length).toBe(300);
});

test('a flood of refusals by an option that fails is ten errors in ten seconds', () => {
  const { log, lines } = create_log({ logs_all: false });
  const failed = {
    ...UPGRADE_FAILED,
    log: { message: 'allowed_origins failed', error: new Error('no') },
  };
  for (let refused = 0; refused < 1000; refused++) log.note(failed, `${PATH}/chat`, 'chat');
  expect(lines).toHaveLength(10);
});

test('a flood of refusals is ten lines in ten seconds, and then how many more there were', () => {
  const { log, lines, clock } = create_log();
  const refuse = (times: number) => {
    for (let count = 0; count < times; count++) log.note(CLOSING, `${PATH}/chat`, 'chat');
  };
  refuse(1000);
  expect(lines).toHaveLength(10);
  clock.pass(9999);
  refuse(1);
  expect(lines).toHaveLength(10);
  clock.pass(1);
  refuse(1);
  expect(lines.slice(10)).toEqual([
    'refused clients that were not logged: 991',
    'websockets.chat refused a client with 503 closing: the server is shutting down',
  ]);
  clock.pass(10_000);
  refuse(1);
  expect(lines).toHaveLength(13);
});
