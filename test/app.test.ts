import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { get as https_get } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import joystick, {
  type AppOptions,
  app,
  type WebsocketsError,
  websockets,
} from 'joystick-websockets';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Client } from './support/client.ts';
import { gate, recorder } from './support/events.ts';
import { first_process_command } from './support/first_process.ts';
import { run_node } from './support/process.ts';
import { RawClient, upgrade_request } from './support/raw.ts';
import { create_recording_logger } from './support/server.ts';

async function start(options: AppOptions = {}) {
  const started = await app({ port: 0, ...options });
  onTestFinished(() => started.close({ grace_in_seconds: 0 }));
  return { started, ws_url: `${started.url.replace('http', 'ws')}/api/_websockets` };
}

async function text_of(url: string, init?: RequestInit): Promise<string> {
  return await (await fetch(url, init)).text();
}

describe('the documented example', () => {
  test('is served: the route, and the endpoint with its three handlers', async () => {
    const log = recorder();
    const started = await joystick.app({
      port: 0,
      websockets: {
        example_endpoint: {
          on_open: (connection) => log.add(['open', connection.endpoint]),
          on_message: (message, connection) => {
            log.add(message);
            connection.send({ text: 'hello' });
          },
          on_close: (code, reason, connection) => log.add([code, reason, connection.endpoint]),
        },
      },
      routes: { '/': (_req, res) => res.send('Howdy') },
    });
    onTestFinished(() => started.close());
    expect(await text_of(started.url)).toBe('Howdy');
    const url = `${started.url.replace('http', 'ws')}/api/_websockets/example_endpoint`;
    const client = await Client.connect(url);
    client.send({ text: 'hi' });
    expect(await client.next_message()).toEqual({ text: 'hello' });
    await client.close(1000, 'bye');
    await log.reaches(3);
    expect(log.entries).toEqual([
      ['open', 'example_endpoint'],
      { text: 'hi' },
      [1000, 'bye', 'example_endpoint'],
    ]);
  });
});

describe('routes', () => {
  test('a function answers GET, an object what it names, with its middleware', async () => {
    const { started } = await start({
      middleware: [
        (_request, response, next) => {
          response.set('X-First', 'yes');
          next();
        },
      ],
      routes: {
        '/get': (_request, response) => response.send('got'),
        '/post': { method: 'POST', handler: (_request, response) => response.send('posted') },
        '/both': {
          methods: ['PUT', 'delete'],
          middleware: [
            (_request, response, next) => {
              response.locals.seen = true;
              next();
            },
          ],
          handler: (request, response) =>
            response.send(`${request.method} ${response.locals.seen}`),
        },
        '/users/:id': (request, response) => response.send(request.params.id),
        '*': (request, response) => response.status(404).send(`no ${request.path}`),
      },
    });
    const { url } = started;
    expect((await fetch(`${url}/get`)).headers.get('X-First')).toBe('yes');
    expect(await text_of(`${url}/get`)).toBe('got');
    expect(await text_of(`${url}/post`, { method: 'POST' })).toBe('posted');
    expect(await text_of(`${url}/both`, { method: 'PUT' })).toBe('PUT true');
    expect(await text_of(`${url}/both`, { method: 'DELETE' })).toBe('DELETE true');
    expect(await text_of(`${url}/users/7`)).toBe('7');
    expect(await text_of(`${url}/a/b`)).toBe('no /a/b');
    expect(await text_of(`${url}/`)).toBe('no /');
  });

  test('a plain GET on an endpoint is answered with 426, before any route', async () => {
    const { started } = await start({
      websockets: { chat: {} },
      routes: { '*': (_request, response) => response.send('everything') },
    });
    const response = await fetch(`${started.url}/api/_websockets/chat`);
    expect(response.status).toBe(426);
    expect(response.headers.get('Upgrade')).toBe('websocket');
    expect(await response.json()).toMatchObject({ error: { code: 'upgrade_required' } });
    expect(await text_of(`${started.url}/api/other`)).toBe('everything');
  });

  test("a plain request below the endpoints' path for none that there is gets a 404 in JSON", async () => {
    const { started } = await start({
      websockets: { chat: {} },
      routes: { '/': (_request, response) => response.send('home') },
    });
    for (const [method, path] of [
      ['GET', '/api/_websockets/chta'],
      ['POST', '/api/_websockets/chta'],
      ['GET', '/api/_websockets'],
    ] as const) {
      const response = await fetch(`${started.url}${path}`, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({
        error: { code: 'unknown_endpoint', message: `there is no WebSocket endpoint at ${path}` },
      });
    }
  });

  test("a route or middleware below the endpoints' path answers what is no endpoint", async () => {
    const { started } = await start({
      websockets: { chat: {} },
      websocket_options: { path: '/api' },
      middleware: [
        (request, response, next) =>
          request.path === '/api/health' ? response.send('healthy') : next(),
      ],
      routes: { '/api/notes': (_request, response) => response.send('notes') },
    });
    expect(await text_of(`${started.url}/api/notes`)).toBe('notes');
    expect(await text_of(`${started.url}/api/health`)).toBe('healthy');
    expect(await text_of(`${started.url}/api/nots`)).toContain('unknown_endpoint');
  });

  test('endpoints at the root leave all other paths to the routes', async () => {
    const { started } = await start({
      websockets: { chat: {} },
      routes: { '*': (_request, response) => response.send('everything') },
      websocket_options: { path: '/' },
    });
    expect((await fetch(`${started.url}/chat`)).status).toBe(426);
    expect(await text_of(`${started.url}/other`)).toBe('everything');
  });

  test('the mount is where websocket_options say', async () => {
    const { started } = await start({
      websockets: { chat: { on_open: (connection) => connection.send('here') } },
      websocket_options: { path: '/live' },
    });
    const client = await Client.connect(`${started.url.replace('http', 'ws')}/live/chat`);
    expect(await client.next_text()).toBe('here');
  });
});

describe('bad options', () => {
  const refused = async (options: unknown) => {
    try {
      await app(options as AppOptions);
    } catch (error) {
      expect((error as WebsocketsError).code).toBe('bad_option');
      return (error as Error).message.split('\n');
    }
    throw new Error('it started');
  };

  test('all problems are reported at once', async () => {
    expect(
      await refused({
        websokets: {},
        websockets: { chat: { on_opn: 1 } },
        routes: {
          home: () => {},
          '/a': { handler: 5 },
          '/b': {},
          '/c': { method: 'FETCH', handler: () => {} },
          '/d': { methods: [], handler: () => {} },
          '/e': { method: 'GET', methods: ['GET'], handler: () => {} },
          '/f': 7,
        },
        middleware: [() => {}, 'cors'],
        port: '80',
        host: 5,
        tls: { key: './key.pem' },
        events: { on_listning: () => {} },
        websocket_options: { path: 'x' },
      }),
    ).toEqual([
      'websokets is not a known key; did you mean websockets?',
      'events.on_listning is not a known key; did you mean on_listening?',
      expect.stringMatching(/^websocket_options\.path must begin with \//),
      'websockets.chat.on_opn is not a known key; did you mean on_open?',
      'routes.home must begin with /, or be *',
      'routes["/a"].handler must be a function; got 5',
      'routes["/b"].handler is missing; it must be a function',
      'routes["/c"].method must be an HTTP method; got "FETCH"',
      'routes["/d"].methods must be an array of HTTP methods; got an array',
      'routes["/e"] has both method and methods; keep one of them',
      'routes["/f"] must be a function, which answers GET, or an object such as { method, handler }; got 7',
      'middleware[1] must be a function; got "cors"',
      'port must be a whole number from 0 to 65535; got "80"',
      'host must be a host name or an IP address; got 5',
      expect.stringMatching(/^tls\.key must be PEM text/),
      expect.stringMatching(/^tls\.cert must be PEM text/),
    ]);
  });

  test('a path that Express does not understand is named', async () => {
    expect(await refused({ port: 0, routes: { '/a(b': () => {} } })).toEqual([
      expect.stringMatching(/^routes\["\/a\(b"\] is not a path that Express 5 understands: /),
    ]);
  });

  test('a key that is none is named, and nothing is left running', async () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
    expect((await refused({ port: 0, tls: { key: pem, cert: pem } }))[0]).toMatch(
      /^tls must contain a key and its certificate that Node can read: /,
    );
  });
});

test('a port in use is one clear error, and nothing is left running', async () => {
  const blocker = createServer().listen(0);
  await once(blocker, 'listening');
  onTestFinished(() => {
    blocker.close();
  });
  const { port } = blocker.address() as { port: number };
  const before = [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
  await expect(app({ port, websockets: { in_use: {} } })).rejects.toMatchObject({
    code: 'listen_failed',
    message: `port ${port} is already in use; stop the process that listens on it, or pass another port`,
    details: { port },
  });
  expect(websockets('in_use').connections).toEqual([]);
  expect([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]).toEqual(before);
});

describe('close', () => {
  test('waits for a request under way, and unhooks the signals', async () => {
    const log = recorder();
    const answer = gate();
    const before = process.listenerCount('SIGTERM');
    const { started } = await start({
      websockets: { chat: { on_close: (code) => log.add(code) } },
      routes: {
        '/slow': async (_request, response) => {
          log.add('asked');
          await answer.passed;
          response.send('answered');
        },
      },
      events: { on_closed: () => log.add('closed') },
    });
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    const client = await Client.connect(
      `${started.url.replace('http', 'ws')}/api/_websockets/chat`,
    );
    const response = text_of(`${started.url}/slow`);
    await log.includes('asked');
    const closing = started.close();
    expect((await client.closed).code).toBe(1012);
    answer.open();
    expect(await response).toBe('answered');
    await closing;
    expect(log.entries).toEqual(['asked', 1012, 'closed']);
    expect(process.listenerCount('SIGTERM')).toBe(before);
    await started.close();
  });

  test('11: closes its port at once, and refuses with 503 a client that was already connecting', async () => {
    const hanging = gate();
    const { started, ws_url } = await start({
      websockets: { chat: { on_close: () => hanging.passed } },
    });
    await Client.connect(`${ws_url}/chat`);
    const accepted = once(started.server, 'connection');
    const late = await RawClient.connect(started.port);
    await accepted;
    const closing = started.close();
    await expect(RawClient.connect(started.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    late.send(upgrade_request('/api/_websockets/chat'));
    expect(await late.ended).toMatch(/^HTTP\/1\.1 503 [\s\S]*"code":"closing"/);
    hanging.open();
    await closing;
  });

  test('ends with the last response, whatever the client keeps alive', async () => {
    const log = recorder();
    const answer = gate();
    const { started } = await start({
      routes: {
        '/slow': async (_request, response) => {
          log.add('asked');
          await answer.passed;
          response.send('answered');
        },
      },
    });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const responded = once(get(`${started.url}/slow`, { agent }), 'response');
    await log.includes('asked');
    const closing = started.close({ grace_in_seconds: 1000 });
    answer.open();
    (await responded)[0].resume();
    await closing;
  });

  test('cuts a request that is not answered when the grace is over', async () => {
    const log = recorder();
    const { started } = await start({ routes: { '/never': () => log.add('asked') } });
    const response = fetch(`${started.url}/never`);
    await log.includes('asked');
    await Promise.all([
      expect(response).rejects.toThrow(),
      started.close({ grace_in_seconds: 0.02 }),
    ]);
  });

  test('cuts what somebody else has upgraded when the grace is over', async () => {
    const log = recorder();
    const { started } = await start();
    started.server.on('upgrade', (_request, socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      log.add('upgraded');
    });
    const client = await RawClient.connect(started.port);
    client.send(upgrade_request('/elsewhere'));
    await log.reaches(1);
    await started.close({ grace_in_seconds: 0.02 });
    await client.ended;
  });

  test('on_listening is told the app; where it throws, nothing is left running', async () => {
    const log = recorder();
    const { started } = await start({ events: { on_listening: ({ url }) => log.add(url) } });
    expect(log.entries).toEqual([started.url]);
    const before = process.listenerCount('SIGTERM');
    const failing = app({
      port: 0,
      websockets: { failing: {} },
      events: {
        on_listening: () => Promise.reject(new Error('not today')),
        on_closed: () => {
          throw new Error('nor now');
        },
      },
      websocket_options: { logger: create_recording_logger() },
    });
    await expect(failing).rejects.toThrow('not today');
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});

test('6: requests that offer h2c add no listener to the connection that they share', async () => {
  const { started } = await start({
    routes: { '/': (_request, response) => response.send('Howdy') },
  });
  const accepted = once(started.server, 'connection');
  const client = await RawClient.connect(started.port);
  const [socket] = await accepted;
  const offer = upgrade_request('/', { headers: { Upgrade: 'h2c' } });
  const ask = async () => {
    client.text = '';
    client.send(offer);
    await client.receives('Howdy');
    return socket.eventNames().map((name: string) => [name, socket.listenerCount(name)]);
  };
  const at_first = await ask();
  for (let asked = 0; asked < 20; asked++) expect(await ask()).toEqual(at_first);
});

describe('tls', () => {
  const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-tls-'));
  const [key_file, cert_file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];

  beforeAll(() => {
    execFileSync(
      'openssl',
      `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key_file} -out ${cert_file}`.split(
        ' ',
      ),
      { stdio: 'ignore' },
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('serves https and wss', async () => {
    const { started, ws_url } = await start({
      tls: { key: readFileSync(key_file), cert: readFileSync(cert_file, 'utf8') },
      websockets: { chat: { on_message: (message, connection) => connection.send(message) } },
      routes: { '/': (_request, response) => response.send('secret') },
    });
    expect(started.url).toMatch(/^https:/);
    const client = await Client.connect(`${ws_url}/chat`, { rejectUnauthorized: false });
    client.send({ a: 1 });
    expect(await client.next_message()).toEqual({ a: 1 });
    const [response] = await once(
      https_get(started.url, { rejectUnauthorized: false }),
      'response',
    );
    expect(response.statusCode).toBe(200);
    response.resume();
    await client.close();
  });

  test('a client that never agrees on it is cut when the grace is over', async () => {
    const { started } = await start({
      tls: { key: readFileSync(key_file), cert: readFileSync(cert_file, 'utf8') },
    });
    const accepted = once(started.server, 'connection');
    const client = await RawClient.connect(started.port);
    await accepted;
    await started.close({ grace_in_seconds: 0.02 });
    await client.ended;
  });
});

describe('in a process of its own', () => {
  const run = (script: string, env: Record<string, string> = {}) =>
    run_node(['--import', 'tsx', '--input-type=module', '-e', script], { env });
  const IMPORT = "import { app } from './src/index.ts';";

  test('what Node prints where nobody awaits app() is the clear message', async () => {
    const { exited } = run(`${IMPORT} app({ websockets: { chat: { on_mesage() {} } } })`);
    const { code, output } = await exited;
    expect(code).toBe(1);
    expect(output).toContain(
      'WebsocketsError: websockets.chat.on_mesage is not a known key; did you mean on_message?',
    );
  });

  test('PORT is used where no port is given, and must be one', async () => {
    const { exited } = run(`${IMPORT} app()`, { PORT: 'http' });
    expect((await exited).output).toContain(`the environment variable PORT must be a whole number`);
    const used = run(`${IMPORT} const { port, close } = await app(); console.log(port); close()`, {
      PORT: '0',
    });
    const { code, output } = await used.exited;
    expect(code).toBe(0);
    expect(Number(output)).toBeGreaterThan(0);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} closes gracefully and then has its usual effect`, async () => {
      const { child, log, exited } = run(`${IMPORT}
        await app({
          port: 0,
          websockets: { chat: { on_close: (code) => console.log('closed ' + code) } },
          events: { on_listening: ({ url }) => console.log(url), on_closed: () => console.log('done') },
        });
        setInterval(() => {}, 1000);`);
      await log.reaches(1);
      const client = await Client.connect(
        `${String(log.entries[0]).replace('http', 'ws')}/api/_websockets/chat`,
      );
      child.kill(signal);
      expect((await client.closed).code).toBe(1012);
      expect(await exited).toMatchObject({ code: null, signal });
      expect(log.entries.slice(1)).toEqual(['closed 1012', 'done']);
    });
  }

  test('somebody else who listens to the signal, once, ends the process', async () => {
    const { child, log, exited } = run(`${IMPORT}
      await app({ port: 0, events: { on_listening: ({ url }) => console.log(url) } });
      process.once('SIGTERM', () => setTimeout(() => { console.log('flushed'); process.exit(3); }, 100));`);
    await log.reaches(1);
    child.kill('SIGTERM');
    const { code, output } = await exited;
    expect(output).toContain('flushed');
    expect(code).toBe(3);
  });

  describe('11: as PID 1, for which the kernel ignores signals without a listener', () => {
    const run_first = (script: string) =>
      run_node(['--import', 'tsx', '--input-type=module', '-e', IMPORT + script], {
        command: first_process_command(),
      });
    const raise_on_message = `
      websockets: {
        chat: {
          on_message: ({ signal }) => process.kill(process.pid, signal),
          on_close: (code) => console.log('closed ' + code),
        },
      },
      events: {
        on_listening: ({ url }) => console.log(url, process.pid),
        on_closed: () => console.log('done'),
      },`;
    const connect = async (log: ReturnType<typeof recorder>) => {
      await log.reaches(1);
      const [url, pid] = String(log.entries[0]).split(' ');
      expect(pid).toBe('1');
      return await Client.connect(`${url?.replace('http', 'ws')}/api/_websockets/chat`);
    };

    for (const [signal, status] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      test(`${signal} closes gracefully and exits with ${status}, whatever keeps the process alive`, async () => {
        const { log, exited } = run_first(`
          await app({ port: 0, ${raise_on_message} });
          setInterval(() => {}, 1000);`);
        const client = await connect(log);
        client.send({ signal });
        expect((await client.closed).code).toBe(1012);
        expect(await exited).toMatchObject({ code: status, signal: null });
        expect(log.entries.slice(1)).toEqual(['closed 1012', 'done']);
      });
    }

    test('somebody else who listens to the signal ends the process', async () => {
      const { log, exited } = run_first(`
        process.once('SIGTERM', () => setTimeout(() => process.exit(3), 200));
        await app({ port: 0, ${raise_on_message} });`);
      const client = await connect(log);
      client.send({ signal: 'SIGTERM' });
      expect(await exited).toMatchObject({ code: 3, signal: null });
      expect(log.entries.slice(1)).toEqual(['closed 1012', 'done']);
    });
  });

  test('a timer that goes on sending does not fail a shutdown', async () => {
    const { child, log, exited } = run(`
      import { app, websockets } from './src/index.ts';
      await app({
        port: 0,
        websockets: { news: {} },
        routes: {
          '/slow': (request, response) => {
            console.log('asked');
            process.once('SIGTERM', () => {});
            setTimeout(() => response.send('answered'), 300);
          },
        },
        events: { on_listening: ({ url }) => console.log(url) },
      });
      setInterval(() => websockets('news').send('tick'), 10).unref();`);
    await log.reaches(1);
    const response = fetch(`${log.entries[0]}/slow`);
    await log.includes('asked');
    child.kill('SIGTERM');
    expect(await (await response).text()).toBe('answered');
    expect((await exited).code).toBe(0);
  });

  test('11: a signal drains and closes as shutdown says', async () => {
    const { child, log, exited } = run(`${IMPORT}
      await app({
        port: 0,
        websockets: {
          chat: {
            on_message: () => new Promise(() => console.log('hangs')),
            on_close: (code) => console.log('closed ' + code),
          },
        },
        shutdown: { drain_in_seconds: 1, grace_in_seconds: 0.2 },
        events: { on_listening: ({ url }) => console.log(url), on_closed: () => console.log('done') },
      });`);
    await log.reaches(1);
    const url = `${String(log.entries[0]).replace('http', 'ws')}/api/_websockets/chat`;
    const clients = [await Client.connect(url), await Client.connect(url)];
    clients[0]?.send(1);
    await log.includes('hangs');
    const begun = performance.now();
    child.kill('SIGTERM');
    for (const client of clients) expect((await client.closed).code).toBe(1012);
    expect(await exited).toMatchObject({ signal: 'SIGTERM' });
    expect(log.entries.slice(2)).toEqual(['closed 1012', 'closed 1012', 'done']);
    // The grace comes on top of the drain; that of the default would be 5 s.
    expect(performance.now() - begun).toBeGreaterThan(1100);
  });

  test('11: a second signal cuts a drain short', async () => {
    const { child, log, exited } = run(`${IMPORT}
      await app({
        port: 0,
        websockets: { chat: { on_close: (code) => console.log('closed ' + code) } },
        shutdown: { drain_in_seconds: 600 },
        events: { on_listening: ({ url }) => console.log(url) },
      });
      process.prependListener('SIGTERM', () => console.log('signal'));
      setInterval(() => {}, 1000);`);
    await log.reaches(1);
    const url = `${String(log.entries[0]).replace('http', 'ws')}/api/_websockets/chat`;
    const clients = [await Client.connect(url), await Client.connect(url)];
    child.kill('SIGTERM');
    await log.includes('signal');
    for (const client of clients) expect(client.socket.readyState).toBe(1);
    child.kill('SIGTERM');
    for (const client of clients) await client.closed;
    await log.reaches(5);
    expect(log.entries.filter((entry) => entry === 'closed 1012')).toHaveLength(2);
    child.kill('SIGKILL');
    await exited;
  });

  test('a second signal cuts short', async () => {
    const { child, log } = run(`${IMPORT}
      await app({
        port: 0,
        websockets: {
          chat: {
            on_message: () => new Promise(() => console.log('hangs')),
            on_close: (code) => console.log('closed ' + code),
          },
        },
        websocket_options: {},
        events: { on_listening: ({ url }) => console.log(url) },
      });
      process.prependListener('SIGTERM', () => console.log('signal'));`);
    await log.reaches(1);
    const client = await Client.connect(
      `${String(log.entries[0]).replace('http', 'ws')}/api/_websockets/chat`,
    );
    client.send(1);
    await log.includes('hangs');
    const begun = performance.now();
    child.kill('SIGTERM');
    await log.includes('signal');
    child.kill('SIGTERM');
    // Somebody else listens to the signal as well: the end is theirs.
    await log.includes('closed 1012');
    // The grace is 5 s.
    expect(performance.now() - begun).toBeLessThan(4000);
  });
});
