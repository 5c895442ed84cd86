import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Client } from '../support/client.ts';

type Mode = 'development' | 'production';

/** The outcome of each check in each mode, printed as a table. */
export class Table {
  readonly #title: string;
  readonly #rows = new Map<string, Partial<Record<Mode, string>>>();
  #failed = false;

  constructor(title: string) {
    this.#title = title;
  }

  /** Notes whether something is so; a check that rejects or takes longer than half a minute says why it failed. */
  async check(fact: string, mode: Mode, run: () => Promise<string>): Promise<void> {
    const row = this.#rows.get(fact) ?? {};
    this.#rows.set(fact, row);
    try {
      row[mode] = `PASS ${await within(30, run())}`.trimEnd();
    } catch (error) {
      this.#failed = true;
      row[mode] = `FAIL ${(error as Error).message}`;
    }
  }

  print(): void {
    const rows = [...this.#rows].map(([fact, { development = '-', production = '-' }]) => [
      fact,
      development,
      production,
    ]);
    const lines = [[this.#title, 'development', 'production'], ...rows];
    const widths = [0, 1].map((column) =>
      Math.max(...lines.map((line) => line[column]?.length ?? 0)),
    );
    for (const line of lines) {
      console.log(line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
    }
    console.log(this.#failed ? 'FAIL' : 'PASS');
    if (this.#failed) process.exitCode = 1;
  }
}

export async function expect_text(url: string, part: string): Promise<string> {
  const response = await fetch(url);
  const body = await response.text();
  if (!body.includes(part)) throw new Error(`${response.status} without "${part}"`);
  return '';
}

/** Waits for a page that has a text. */
export async function until_text(url: string, part: string): Promise<string> {
  for (;;) {
    const failure = await expect_text(url, part).catch((error) => error);
    if (!(failure instanceof Error)) return '';
    await wait(100);
  }
}

export async function connect(host: string): Promise<Client> {
  for (;;) {
    const client = await Client.connect(`ws://${host}/api/_websockets/echo`).catch(() => undefined);
    if (client !== undefined) return client;
    await wait(100);
  }
}

/** Sends and receives for half a second: a framework that meddles with a socket does so within milliseconds. */
export async function expect_echoes(client: Client): Promise<string> {
  for (let number = 0; number < 10; number++) {
    client.send({ number });
    const message = await Promise.race([client.next_message(), client.closed]);
    if (message.number !== number) throw new Error(`${JSON.stringify(message)} after ${number}`);
    await wait(50);
  }
  return '';
}

/**
 * Checks what holds beside routes that match our paths, too.
 *
 * @returns a client that has been there since before the first request.
 */
export async function check_routes(table: Table, mode: Mode, host: string): Promise<Client> {
  const client = await connect(host);
  await table.check('a page of a catch-all route', mode, () =>
    until_text(`http://${host}/some/page`, 'of a catch-all route'),
  );
  await table.check('a catch-all API route', mode, () =>
    expect_text(`http://${host}/api/anything`, 'a catch-all API route'),
  );
  await table.check('a client from before the first request stays', mode, () =>
    expect_echoes(client),
  );
  await table.check('a client from after it stays', mode, async () =>
    expect_echoes(await connect(host)),
  );
  return client;
}

export async function expect_sent_by_route(host: string, client: Client): Promise<string> {
  await expect_text(`http://${host}/send`, 'sent');
  const { sent_by } = await client.next_message();
  if (sent_by !== 'a route') throw new Error(`sent by ${sent_by}`);
  return '';
}

/** A page's connection to the hot reload of its framework, which it opens again and again until it succeeds. */
export class HotReload {
  readonly socket: WebSocket;
  readonly #messages: string[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.#messages.push(String(data)));
  }

  static async connect(url: string, protocol?: string): Promise<HotReload> {
    for (;;) {
      const socket = new WebSocket(url, protocol === undefined ? [] : [protocol]);
      const page = new HotReload(socket);
      const is_open = await once(socket, 'open').then(
        () => true,
        () => false,
      );
      if (is_open) return page;
      await wait(200);
    }
  }

  async receives(part: string): Promise<void> {
    while (!this.#messages.some((message) => message.includes(part))) {
      if (this.socket.readyState !== WebSocket.OPEN) throw new Error('hot reload was disconnected');
      await wait(20);
    }
  }
}

export const wait = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });

async function within<T>(seconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns how long something takes; throws if that is longer than it may. */
export async function timed(within_seconds: number, run: () => Promise<unknown>): Promise<string> {
  const started = performance.now();
  await run();
  const seconds = (performance.now() - started) / 1000;
  const figure = `${seconds.toFixed(1)} s`;
  if (seconds > within_seconds) throw new Error(`${figure}, not within ${within_seconds} s`);
  return figure;
}
