import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { app, type Connection, parse_websockets } from 'joystick-websockets';
import typescript from 'typescript';
import { createServer as create_vite_server } from 'vite';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { missing_browser, use_browser } from './support/browser.ts';
import { Client } from './support/client.ts';
import { BLOCKS, type Block, find_block, find_section } from './support/documentation.ts';
import { Engine } from './support/engine.ts';
import { recorder } from './support/events.ts';
import { find_free_port, run_node } from './support/process.ts';
import { find_missing, NATS, REDIS } from './support/real_part.ts';
import { bundle, serve_site } from './support/site.ts';

/** Below the package, so that its own name leads to what is built. */
mkdirSync('.cache', { recursive: true });
const folder = mkdtempSync('.cache/readme-');
afterAll(() => rmSync(folder, { recursive: true }));

const endpoints = find_block('export const endpoints');
writeFileSync(join(folder, 'endpoints.js'), endpoints.code);

/** What TypeScript has to say of files, against the sources. */
function check_types(...files: string[]): string[] {
  const { config } = typescript.readConfigFile('tsconfig.json', typescript.sys.readFile);
  const { options } = typescript.parseJsonConfigFileContent(config, typescript.sys, '.');
  const program = typescript.createProgram(
    files.map((file) => join(folder, file)),
    options,
  );
  return typescript
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => typescript.flattenDiagnosticMessageText(messageText, '\n'));
}

let written = 0;
/** Runs a block on a free port in place of the one it names. */
async function run_block({ code }: Pick<Block, 'code'>, env: Record<string, string> = {}) {
  const port = await find_free_port();
  const extension = code.startsWith('// server.cjs') ? 'cjs' : 'mjs';
  const file = `block_${written++}.${extension}`;
  writeFileSync(join(folder, file), code.replaceAll(/\b(3000|2600)\b/g, String(port)));
  const running = run_node([file], { cwd: folder, env: { ...env, PORT: String(port) } });
  return { ...running, port, url: `ws://localhost:${port}/api/_websockets` };
}

/** Sends a message until the other client has received something: a subscription takes a moment. */
async function until_heard(from: Client, to: Client, message: object): Promise<void> {
  while (to.received.length === 0) {
    from.send(message);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Connects once the server listens. */
const connect = (url: string) => vi.waitFor(() => Client.connect(url), { timeout: 10_000 });

test('the server and the client of the first section talk to each other', async () => {
  const server = await run_block(find_block('// server.js'));
  const client = await connect(`${server.url}/example_endpoint`);
  expect(await client.next_message()).toEqual({ text: 'welcome' });
  const { code } = find_block('// client.js');
  // Node 20 has no WebSocket of its own; a browser and newer versions have.
  writeFileSync(
    join(folder, 'client.mjs'),
    `import { WebSocket } from 'ws';\n${code.replace('2600', String(server.port))}`,
  );
  const { log } = run_node(['client.mjs'], { cwd: folder });
  await log.includes('hello');
  expect(log.entries).toEqual(['welcome', 'hello']);
  expect(await client.next_message()).toEqual({ text: 'hello' });
  const page = await fetch(`http://localhost:${server.port}`);
  expect(await page.text()).toBe('Howdy');
  server.child.kill('SIGTERM');
  await log.includes('closed');
});

test('the limits of the documentation hold: those of an endpoint before those of all', async () => {
  const { url } = await run_block(find_block('// limits.js'));
  const send_much = async (name: string) => {
    const client = await connect(`${url}/${name}`);
    client.send({ text: 'x'.repeat(70_000) });
    return (await client.close(1000)).code;
  };
  expect(await send_much('chat')).toBe(1009);
  expect(await send_much('upload')).toBe(1000);
});

test('the stats that the documentation shows are those of a new server', async () => {
  const { child, log } = await run_block(find_block('// stats.js'));
  await log.reaches(1);
  expect(log.entries[0]).toBe('0 {} undefined');
  child.kill('SIGKILL');
});

test('a server that drains on a signal closes, and so it is announced', async () => {
  const { code } = find_block('// watch.js');
  const server = await run_block({
    ...find_block('// drain.js'),
    code: `${code}\n${find_block('// drain.js').code}`,
  });
  const client = await connect(`${server.url}/chat`);
  server.child.kill('SIGTERM');
  server.child.kill('SIGINT');
  expect((await client.closed).code).toBe(1012);
  await vi.waitFor(() =>
    expect(String(server.log.entries)).toMatch(/^chat [0-9a-f-]{36} closed with 1012$/m),
  );
  await server.exited;
}, 60_000);

test('the server has 12 lines or so, and the client 4', () => {
  expect(find_block('// server.js').code.trim().split('\n').length).toBeLessThanOrEqual(15);
  expect(find_block('// client.js').code.trim().split('\n').length).toBe(5);
});

test('the endpoint with on_upgrade refuses who is unknown and greets who is not', async () => {
  const { url } = await run_block(find_block('// chat.js'));
  const ada = await connect(`${url}/chat?token=token-of-ada`);
  expect(await ada.next_message()).toEqual({ hello: 'Ada' });
  ada.send('not JSON');
  expect((await ada.next_message()).failed).toMatch(/^the message is not JSON/);
  await expect(Client.connect(`${url}/chat?token=guessed`)).rejects.toThrow('401');
});

test('the typed endpoint checks the query, the session and each message', async () => {
  writeFileSync(join(folder, 'contract.ts'), find_block('export const chat_contract').code);
  const port = await find_free_port();
  const server = find_block('export const chat = define_websocket');
  const registration = find_block('declare module');
  writeFileSync(join(folder, 'typed.ts'), `${server.code}\n${registration.code}`);
  expect(check_types('typed.ts')).toEqual([]);
  run_node(['--import', 'tsx', 'typed.ts'], { cwd: folder, env: { PORT: String(port) } });
  const url = `ws://localhost:${port}/api/_websockets/chat`;
  const signed_in = { headers: { cookie: 'theme=dark; session=token-of-ada' } };
  const ada = await vi.waitFor(() => Client.connect(`${url}?room=lobby`, signed_in), {
    timeout: 10_000,
  });
  expect(await ada.next_message()).toEqual({ from: 'server', text: 'Welcome to lobby' });
  const elsewhere = await Client.connect(`${url}?room=cellar`, signed_in);
  expect(await elsewhere.next_message()).toEqual({ from: 'server', text: 'Welcome to cellar' });
  ada.send({ text: 'hi' });
  expect(await ada.next_message()).toEqual({ from: 'Ada', text: 'hi' });
  // Had it been told of the lobby, that would have come first.
  elsewhere.send({ text: 'alone' });
  expect(await elsewhere.next_message()).toEqual({ from: 'Ada', text: 'alone' });
  const theirs = { headers: { cookie: 'token-of-ada' } };
  await expect(Client.connect(`${url}?room=lobby`, theirs)).rejects.toThrow('401');
  await expect(Client.connect(url, signed_in)).rejects.toThrow('400');
  await expect(Client.connect(`${url}?room=lobby`)).rejects.toThrow('401');
  ada.send({ text: 5 });
  expect((await ada.closed).code).toBe(1007);
});

test('the hook with a url knows the names of the endpoints', () => {
  writeFileSync(join(folder, 'contract.ts'), find_block('export const chat_contract').code);
  writeFileSync(join(folder, 'use_websocket.ts'), find_block('// use_websocket.ts').code);
  const use = `import { useWebsocket } from './use_websocket.ts';`;
  const query = `{ query: { room: 'lobby' } }`;
  writeFileSync(
    join(folder, 'used.ts'),
    `${use} export const use = () => useWebsocket('chat', ${query});`,
  );
  writeFileSync(
    join(folder, 'misused.ts'),
    `${use} export const use = () => useWebsocket('chta', ${query});`,
  );
  expect(check_types('used.ts', 'misused.ts')).toEqual([
    `Argument of type '"chta"' is not assignable to parameter of type '"chat"'.`,
  ]);
});

describe.skipIf(missing_browser)('in a browser', () => {
  const { open_page } = use_browser();
  const chat = {
    on_message: ({ text }: { text: string }, connection: Connection) =>
      connection.send({ from: connection.params.room, text }),
  };

  test('the page connects, sends and receives, as its types say', async () => {
    const page_code = find_block('// page.ts').code;
    writeFileSync(join(folder, 'contract.ts'), find_block('export const chat_contract').code);
    writeFileSync(join(folder, 'page.ts'), page_code);
    expect(check_types('page.ts')).toEqual([]);
    const site = await serve_site(await bundle(page_code), { chat });
    const page = await open_page(`${site.url}/other`);
    const log = recorder();
    page.on('console', (message) => log.add(message.text()));
    await page.goto(site.url);
    await log.reaches(2);
    expect(log.entries).toEqual(['open', 'lobby: hello']);
  });

  test('the page that comes from Socket.IO joins its room, and says and hears by name', async () => {
    const received = recorder();
    const { code } = find_block('// events_page.js');
    const site = await serve_site(await bundle(`${code}\nglobalThis.say = say;`), {
      chat: {
        on_message: (message: { text?: string }, connection: Connection) => {
          received.add(message);
          connection.send({ type: 'said', text: message.text });
        },
      },
    });
    const page = await open_page(site.url);
    await received.reaches(1);
    const [heard] = await Promise.all([
      page.waitForEvent('console', { predicate: (line) => line.text() === 'said hello' }),
      page.evaluate(`say('hello')`),
    ]);
    expect(heard.text()).toBe('said hello');
    expect(received.entries).toEqual([
      { type: 'join', room: 'lobby' },
      { type: 'say', room: 'lobby', text: 'hello' },
    ]);
  });

  test.each([
    ['18', { react: 'react-18', 'react-dom': 'react-dom-18' }],
    ['19', {}],
  ])(
    'the component of React %s talks in its room, and in another one forgets it',
    async (_, alias) => {
      const render = `
      import { createRoot } from 'react-dom/client';
      const root = createRoot(document.getElementById('root'));
      globalThis.show = (room) => root.render(<Room room={room} />);
      show('lobby');`;
      const site = await serve_site(await bundle(find_block('// Room.jsx').code + render, alias), {
        chat,
      });
      const page = await open_page(site.url);
      const say = async (text: string) => {
        await page.getByText('open').waitFor();
        await page.getByRole('textbox').fill(text);
        await page.keyboard.press('Enter');
      };
      await say('hello');
      await page.getByText('lobby: hello').waitFor();
      await page.evaluate(`show('cellar')`);
      await say('anybody?');
      await page.getByText('cellar: anybody?').waitFor();
      expect(await page.getByText('lobby: hello').count()).toBe(0);
    },
  );
});

test('the origins that are listed are admitted, and others refused', async () => {
  const { url } = await run_block(find_block('// origins.js'));
  const from = (origin: string) => Client.connect(`${url}/chat`, { origin });
  await vi.waitFor(() => from('https://example.com'), { timeout: 10_000 });
  await expect(from('https://example.org')).rejects.toThrow('403');
});

test('the section on sending sends', async () => {
  const { url, exited, child } = await run_block(find_block('// sending.js'));
  const client = await connect(`${url}/news`);
  expect(await client.next_message()).toEqual({ text: 'an object is sent as JSON' });
  expect(await client.next_message()).toEqual({ text: 'a string as it is' });
  expect(await client.next_text()).toBe('\x01\x02\x03');
  child.kill('SIGTERM');
  expect((await exited).output).toBe('');
});

test('the section on topics publishes to others, and to one person alone', async () => {
  const { url } = await run_block(find_block('// topics.js'));
  const [ada, other] = [
    await connect(`${url}/chat?token=token-of-ada`),
    await connect(`${url}/chat?token=token-of-ada`),
  ];
  ada.send({ text: 'hi' });
  expect(await other.next_message()).toEqual({ from: 'Ada', text: 'hi' });
  await ada.close();
  expect(await other.next_message()).toEqual({ left: 'Ada' });
});

test('the events that come from Socket.IO reach the others in the room', async () => {
  const { url } = await run_block(find_block('// events.js'));
  const [ada, bob] = [await connect(`${url}/chat`), await connect(`${url}/chat`)];
  for (const client of [ada, bob]) client.send({ type: 'join', room: 'lobby' });
  await until_heard(bob, ada, { type: 'say', room: 'lobby', text: 'hi' });
  expect(await ada.next_message()).toEqual({ type: 'said', text: 'hi' });
  ada.send({ type: '__proto__' });
  expect(await ada.closed).toEqual({ code: 1008, reason: 'Unknown type' });
});

test('the endpoint that accepts strangers tells them why it closes, and handles none of their messages', async () => {
  const { url } = await run_block(find_block('// sign_in_first.js'));
  const ada = await connect(`${url}/chat?token=token-of-ada`);
  const other = await Client.connect(`${url}/chat?token=token-of-ada`);
  const stranger = await Client.connect(`${url}/chat?token=guessed`);
  stranger.send({ text: 'let me in' });
  expect(await stranger.closed).toEqual({ code: 4401, reason: 'Sign in first' });
  other.send({ text: 'hi' });
  expect(await ada.next_message()).toEqual({ text: 'hi' });
});

test('the endpoint that keeps data with a connection counts for each of them', async () => {
  const { code } = find_block('// ticker.js');
  const { url } = await run_block({ code: code.replace('1000', '10') });
  const client = await connect(`${url}/clock`);
  for (const ticks of [1, 2, 3]) expect(await client.next_message()).toEqual({ ticks });
  const later = await Client.connect(`${url}/clock`);
  expect(await later.next_message()).toEqual({ ticks: 1 });
});

test('a route sends to an endpoint, and a program outside a browser receives it', async () => {
  const { url, port } = await run_block(find_block('// from_a_route.js'));
  const client = await connect(`${url}/news`);
  writeFileSync(
    join(folder, 'reader.mjs'),
    find_block('// reader.js').code.replace('2600', String(port)),
  );
  const { log } = run_node(['reader.mjs'], { cwd: folder });
  const publish = () => fetch(`http://localhost:${port}/headlines`, { method: 'POST' });
  expect((await publish()).status).toBe(204);
  expect(await client.next_message()).toEqual({ text: 'A headline has changed' });
  // Until the reader has connected.
  const again = setInterval(() => publish().catch(() => {}), 100);
  onTestFinished(() => clearInterval(again));
  await log.includes('A headline has changed');
});

test('the endpoint with several kinds of message tells the others in the room who types', async () => {
  const { url } = await run_block(find_block('// kinds.js'));
  const ada = await connect(`${url}/chat?room=lobby&name=Ada`);
  const bob = await Client.connect(`${url}/chat?room=lobby&name=Bob`);
  ada.send({ type: 'typing' });
  ada.send({ type: 'text', text: 'hi' });
  const said = { type: 'text', name: 'Ada', text: 'hi' };
  expect(await bob.next_message()).toEqual({ type: 'typing', name: 'Ada' });
  expect(await bob.next_message()).toEqual(said);
  expect(await ada.next_message()).toEqual(said);
  ada.send({ type: 'shout' });
  expect((await ada.closed).code).toBe(1007);
});

test('the endpoint for images receives base64, and sends bytes', async () => {
  const { url } = await run_block(find_block('// binary.js'));
  const client = await connect(`${url}/images`);
  client.send({ name: 'dot.png', base64: Buffer.from([1, 2, 250]).toString('base64') });
  expect(await client.next_message()).toEqual({ name: 'dot.png', size: 3 });
  expect(await client.next_raw()).toEqual(Uint8Array.from([1, 2, 250]));
});

test('the options for size and rate stand where an endpoint has them', () => {
  const { code } = find_block('16_384, max_messages_per_second: 20');
  const { websockets } = new Function(`return { ${code} }`)();
  expect(parse_websockets(websockets).get('chat')?.options).toMatchObject({
    max_message_size_in_bytes: 16_384,
    max_messages_per_second: 20,
  });
});

describe('a page that waits for an answer', () => {
  const ask_for_tea = (port: number) => {
    const { code } = find_block('// ask.js');
    const address = `connect('shop', { url: 'ws://localhost:${port}',`;
    writeFileSync(join(folder, 'ask.mjs'), code.replace(`connect('shop', {`, address));
    writeFileSync(
      join(folder, 'asks.mjs'),
      `import { WebSocket } from 'ws';
      globalThis.WebSocket = WebSocket;
      const { ask } = await import('./ask.mjs');
      const answer = await ask({ product: 'tea' }).catch((error) => error.message);
      console.log(JSON.stringify(answer));
      process.exit();`,
    );
    return run_node(['asks.mjs'], { cwd: folder }).log;
  };

  test('gets it from the endpoint that replies', async () => {
    const { url, port } = await run_block(find_block('// reply.js'));
    await (await connect(`${url}/shop`)).close();
    await ask_for_tea(port).includes('{"in_stock":12}');
  });

  const asked_of = async (on_message: (message: any, connection: Connection) => void) => {
    const { port, close } = await app({ port: 0, websockets: { shop: { on_message } } });
    onTestFinished(() => close({ grace_in_seconds: 0 }));
    return ask_for_tea(port);
  };

  test('asks again after a connection that broke', async () => {
    const ids: string[] = [];
    const log = await asked_of(({ id }, connection) => {
      ids.push(id);
      if (ids.length === 1) connection.terminate();
      else connection.send({ id, in_stock: 3 });
    });
    await log.includes('{"in_stock":3}');
    expect(ids).toEqual([ids[0], ids[0]]);
  });

  test('learns that none will come', async () => {
    const log = await asked_of((_, connection) => connection.close(4404, 'Sold'));
    await log.includes('"closed with 4404"');
  });
});

test("a user's sixth connection is closed, and room for another one is made by closing one", async () => {
  const { url } = await run_block({
    code: `import joystick, { websockets } from 'joystick-websockets';
      ${find_block('// one_user.js').code}
      ${find_block('// five_connections.js').code}
      const on_upgrade = () => ({ user: { id: 7 } });
      const on_message = (message, connection) => connection.send(message);
      await joystick.app({ websockets: { chat: { on_upgrade, on_open, on_message } } });`,
  });
  const first = await connect(`${url}/chat`);
  for (let count = 2; count <= 5; count++) await Client.connect(`${url}/chat`);
  const sixth = await Client.connect(`${url}/chat`);
  expect(await sixth.closed).toEqual({ code: 4429, reason: 'Close another tab first' });
  await first.close();
  const another = await Client.connect(`${url}/chat`);
  another.send({ text: 'hi' });
  expect(await another.next_message()).toEqual({ text: 'hi' });
});

describe('the recipe', () => {
  test('for a login by cookie admits who has signed in, until the logout; one user has all their tabs', async () => {
    writeFileSync(
      join(folder, 'users.js'),
      `export const check_password = async (name, password) =>
        name === 'Ada' && password === 'right' ? { id: 7, name } : undefined;`,
    );
    const limit = find_block('throw new UpgradeRefusal(429').code;
    const login_code = find_block('// login.js').code.replace(
      'return { user, session }',
      `${limit} $&`,
    );
    // What one user's connections are told follows the signal.
    const on_signal = `process.once('SIGUSR2', () => {
      console.log(names_online().join());
      notify(7, { text: 'bye' });
      sign_out(7);
    });`;
    const { url, port, child, log } = await run_block({
      ...find_block('// login.js'),
      code: [
        login_code,
        find_block('// one_user.js').code,
        find_block('// who_is_online.js').code,
        on_signal,
      ].join('\n'),
    });
    const post = (path: string, init: RequestInit = {}) =>
      fetch(`http://localhost:${port}${path}`, { method: 'POST', ...init });
    const login = (password: string) =>
      post('/login', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Ada', password }),
      });
    const sign_in = async () => {
      const response = await login('right');
      expect(response.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax$/);
      return { cookie: `theme=dark; ${response.headers.get('set-cookie')?.split(';')[0]}` };
    };
    const refused = await vi.waitFor(() => login('wrong'), { timeout: 10_000 });
    expect(refused.status).toBe(401);
    expect((await post('/login')).status).toBe(401);
    const [laptop, phone] = [await sign_in(), await sign_in()];
    const connect_with = async (headers: Record<string, string>) => {
      const client = await Client.connect(`${url}/chat`, { headers });
      expect(await client.next_message()).toEqual({ hello: 'Ada' });
      return client;
    };
    await expect(Client.connect(`${url}/chat`)).rejects.toThrow('401');
    const foreign = { headers: laptop, origin: 'https://example.org' };
    await expect(Client.connect(`${url}/chat`, foreign)).rejects.toThrow('403');

    const clients = [
      await connect_with(laptop),
      await connect_with(phone),
      await connect_with(phone),
    ];
    await post('/logout', { headers: laptop });
    expect(await clients[0]?.closed).toEqual({ code: 4401, reason: 'Signed out' });
    await expect(Client.connect(`${url}/chat`, { headers: laptop })).rejects.toThrow('401');
    for (let count = 2; count < 5; count++) clients.push(await connect_with(phone));
    await expect(Client.connect(`${url}/chat`, { headers: phone })).rejects.toThrow('429');
    child.kill('SIGUSR2');
    await log.includes('Ada');
    for (const client of clients.slice(1)) {
      expect(await client.next_message()).toEqual({ text: 'bye' });
      expect((await client.closed).code).toBe(4401);
    }
  });

  describe("for Vite's dev server in front", () => {
    const start_vite = async (proxy_changes: object = {}, is_listed = false) => {
      const vite_port = await find_free_port();
      const origin = `http://localhost:${vite_port}`;
      const { port, close } = await app({
        port: 0,
        websockets: { echo: { on_message: (message, connection) => connection.send(message) } },
        websocket_options: {
          allowed_origins: is_listed ? [origin] : undefined,
          logger: { warn: () => {}, error: () => {} },
        },
      });
      onTestFinished(() => close({ grace_in_seconds: 0 }));
      const file = join(folder, `vite_${vite_port}.config.mjs`);
      writeFileSync(file, find_block('ws: true').code.replace('2600', String(port)));
      const { default: config } = await import(resolve(file));
      Object.assign(config.server.proxy['/api'], proxy_changes);
      const vite = await create_vite_server({
        server: { ...config.server, port: vite_port, strictPort: true },
        root: folder,
        configFile: false,
        logLevel: 'silent',
        optimizeDeps: { noDiscovery: true },
      });
      onTestFinished(() => vite.close());
      await vite.listen();
      const url = `${origin.replace('http', 'ws')}/api/_websockets/echo`;
      return () => Client.connect(url, { origin });
    };

    test('admits the page that Vite served', async () => {
      const connect_page = await start_vite();
      const client = await connect_page();
      client.send({ text: 'through Vite' });
      expect(await client.next_message()).toEqual({ text: 'through Vite' });
      await client.close();
    });

    test('refuses it with changeOrigin, unless its origin is listed', async () => {
      const connect_page = await start_vite({ changeOrigin: true });
      await expect(connect_page()).rejects.toThrow('403');
      const connect_listed_page = await start_vite({ changeOrigin: true }, true);
      await (await connect_listed_page()).close();
    });
  });

  test('for CommonJS serves', async () => {
    const { url, log, port } = await run_block(find_block('// server.cjs'));
    await log.includes(`Listening on http://localhost:${port}`);
    await (await connect(`${url}/chat`)).close();
  });

  test('for pnpm names every package that an example imports', () => {
    const recipe = find_section('docs/frameworks.md', 'pnpm');
    const imported = BLOCKS.filter(({ page }) => page !== 'docs/frameworks.md')
      .flatMap(({ code }) => [...code.matchAll(/ from '([^.'][^']*)'/g)])
      .map(([, name = '']) => name)
      .filter((name) => !/^(node:|joystick-websockets)/.test(name));
    expect(imported).toContain('zod');
    expect(imported.filter((name) => !recipe.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the page on testing', () => {
  const files = ['room.ts', 'room.vitest.test.ts', 'room.node.test.ts', 'my_broker.node.test.ts'];
  for (const file of files) {
    writeFileSync(join(folder, file), find_block(`// ${file}\n`).code);
  }

  test('has the types that it seems to have', () => {
    expect(check_types(...files)).toEqual([]);
  }, 60_000);

  test('passes with vitest', async () => {
    const vitest = '../../node_modules/vitest/vitest.mjs';
    writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {};');
    const { exited } = run_node([vitest, 'run', '--root', '.', 'room.vitest'], {
      cwd: folder,
      env: { NO_COLOR: '1' },
    });
    const { code, output } = await exited;
    expect(output).toMatch(/^ *Tests +4 passed \(4\)$/m);
    expect(code).toBe(0);
  });

  test.each([
    ['room.node.test.ts', /^# pass 2$/m],
    ['my_broker.node.test.ts', /^# pass \d+$/m],
  ])('passes with node:test: %s', async (file, passed) => {
    const { exited } = run_node(['--import', 'tsx', '--test', '--test-reporter=tap', file], {
      cwd: folder,
    });
    const { code, output } = await exited;
    expect(output).toMatch(passed);
    expect(output).toMatch(/^# fail 0$/m);
    expect(code).toBe(0);
  });
});

test('the section on streaming streams', async () => {
  const { url } = await run_block(find_block('// streaming.js'));
  const client = await connect(`${url}/numbers`);
  expect(await client.closed).toEqual({ code: 1000, reason: '' });
  expect(client.received.length).toBe(100_000);
  expect(client.received.at(-1)).toBe('{"number":100000}');
});

test('the section on metrics serves them', async () => {
  const { url, port } = await run_block(find_block('// metrics.js'));
  const client = await connect(`${url}/chat`);
  const scraped = await fetch(`http://localhost:${port}/metrics`);
  expect(scraped.headers.get('content-type')).toContain('version=0.0.4');
  const text = await scraped.text();
  expect(text).toContain('joystick_websockets_connections{endpoint="chat"} 1\n');
  await client.close();
});

describe('each mount answers, echoes and shuts down', () => {
  const frameworks = [
    ['Express', 'const app = express()'],
    ['Fastify', "from 'fastify'"],
    ['Koa', "from 'koa'"],
    ['Hono', "from 'hono'"],
    ['Nest', "from '@nestjs/core'"],
    ['Vite as middleware', 'middlewareMode'],
    ['http', "createServer((request, response) => response.end('Howdy'))"],
  ] as const;
  for (const [name, part] of frameworks) {
    test(name, async () => {
      const { url, child, exited } = await run_block(find_block(part));
      const client = await connect(`${url}/echo`);
      client.send({ text: name });
      expect(await client.next_message()).toEqual({ text: name });
      child.kill('SIGTERM');
      expect((await client.closed).code).toBe(1012);
      const { code, signal } = await exited;
      expect(code === 0 || signal === 'SIGTERM').toBe(true);
    });
  }
});

test('the section on app() answers its routes and serves its endpoint', async () => {
  const { url, port, child, exited } = await run_block(find_block('// shop.js'));
  const client = await connect(`${url}/orders`);
  client.send({ text: 'hello' });
  expect(await client.next_message()).toEqual({ text: 'hello' });
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`http://localhost:${port}${path}`, { method });
    return [response.status, response.headers.get('cache-control'), await response.text()];
  };
  expect(await ask('/')).toEqual([200, 'no-store', 'Howdy']);
  expect(await ask('/orders/7', 'PATCH')).toEqual([200, 'no-store', '{"saved":"7"}']);
  expect(await ask('/elsewhere')).toEqual([404, 'no-store', 'Not here']);
  child.kill('SIGTERM');
  expect((await client.closed).code).toBe(1012);
  expect((await exited).signal).toBe('SIGTERM');
});

test.each([
  ["import next from 'next'", 'next/server.mjs'],
  ['// app/send/route.js', 'next/app/send/route.js'],
  ["nuxt.hook('listen'", 'nuxt/modules/websockets.mjs'],
  ['./.output/server/index.mjs', 'nuxt/server.mjs'],
])('the block with "%s" is what `npm run frameworks` runs', (part, file) => {
  const without_comments = (code: string) => code.replaceAll(/^\/\/.*\n/gm, '');
  const tested = readFileSync(`test/meta_frameworks/${file}`, 'utf8');
  expect(without_comments(find_block(part).code)).toBe(without_comments(tested));
});

test('the preset that the documentation names for Nuxt is the one that `npm run frameworks` builds with', () => {
  const preset = "nitro: { preset: 'node' }";
  expect(find_section('docs/frameworks.md', 'Nuxt')).toContain(preset);
  expect(readFileSync('test/meta_frameworks/nuxt/nuxt.config.mjs', 'utf8')).toContain(preset);
});

describe('the section on scaling out', () => {
  test('the workers of a cluster reach each other', async () => {
    const { url, child, exited } = await run_block(find_block('// cluster.js'));
    const ada = await connect(`${url}/chat`);
    // The primary deals them out in turn.
    const bob = await connect(`${url}/chat`);
    await until_heard(ada, bob, { text: 'hi' });
    expect(await bob.next_message()).toEqual({ text: 'hi' });
    child.kill('SIGKILL');
    await exited;
  });

  for (const [name, part, program, create, scheme] of [
    ['Redis', '// node.js', REDIS, Engine.redis, 'redis'],
    ['NATS', '// nats.js', NATS, Engine.nats, 'nats'],
  ] as const) {
    test.skipIf(find_missing(program))(`nodes reach each other by ${name}`, async () => {
      const engine = await create();
      onTestFinished(() => engine.stop());
      await engine.start();
      const env = { [`${name.toUpperCase()}_URL`]: `${scheme}://127.0.0.1:${engine.port}` };
      const [a, b] = [
        await run_block(find_block(part), env),
        await run_block(find_block(part), env),
      ];
      const [ada, bob] = [await connect(`${a.url}/chat`), await connect(`${b.url}/chat`)];
      await until_heard(ada, bob, { text: 'hi' });
      expect(await bob.next_message()).toEqual({ text: 'hi' });
      await until_heard(bob, ada, { text: 'hi' });
      expect(await ada.next_message()).toEqual({ text: 'hi' });
    });
  }
});

test('every block with an import is run here, or by the tests of its framework', () => {
  // What a CommonJS file says in TypeScript is compiled by package/consumer.test.ts.
  const run_elsewhere = ["from 'vite'", 'configureServer', "from 'node:https'", '// server.cts'];
  const run_here = [
    '// server.js',
    '// chat.js',
    '// sending.js',
    '// topics.js',
    '// events.js',
    '// events_page.js',
    '// room.',
    '// my_broker.',
    '// contract.ts',
    '// server.ts',
    '// origins.js',
    '// page.ts',
    '// Room.jsx',
    '// use_websocket.ts',
    '// node.js',
    '// cluster.js',
    '// nats.js',
    '// streaming.js',
    '// metrics.js',
    '// drain.js',
    '// limits.js',
    '// stats.js',
    '// watch.js',
    '// login.js',
    '// sign_in_first.js',
    '// ticker.js',
    '// from_a_route.js',
    '// kinds.js',
    '// binary.js',
    '// reply.js',
    '// ask.js',
    '// reader.js',
    '// shop.js',
    "import next from 'next'",
    '// app/send/route.js',
    "nuxt.hook('listen'",
    './.output/server/index.mjs',
    'const app = express()',
    "from 'fastify'",
    "from 'koa'",
    "from 'hono'",
    "from '@nestjs/core'",
    'middlewareMode',
    "createServer((request, response) => response.end('Howdy'))",
  ];
  const forgotten = BLOCKS.filter(
    ({ code }) =>
      code.includes('import ') &&
      ![...run_here, ...run_elsewhere].some((part) => code.includes(part)),
  );
  expect(forgotten).toEqual([]);
});
