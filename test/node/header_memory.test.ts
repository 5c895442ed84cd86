import { expect, test } from 'vitest';
import { share_common_values } from '../../src/node/upgrade/header_memory.ts';

test('headers stay as they are, whatever others sent', () => {
  const headers = {
    host: 'example.com',
    'user-agent': 'x'.repeat(300),
    cookie: 'session=1',
    'x-request-id': '7',
    'set-cookie': ['a', 'b'],
  };
  for (let index = 0; index < 3000; index++) {
    share_common_values({ host: `host-${index}`, 'user-agent': `agent ${index}` });
  }
  expect(share_common_values(headers)).toEqual(headers);
  expect(share_common_values(headers)).toEqual(headers);
});
