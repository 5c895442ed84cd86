import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUNDLER, create_consumer, NODE_NEXT } from '../support/consumer.ts';

const TIMEOUT = 120_000;

describe('a browser project', () => {
  const { folder, compile } = create_consumer();

  const PAGE = `
import { connect, create_client } from 'joystick-websockets/client';
import { define_websocket } from 'joystick-websockets/define';

export const chat = define_websocket({ on_message: (message, connection) => connection.send(message) });
export const connection = connect<typeof chat>('chat');
export const client = create_client<{ chat: typeof chat }>();
// Only where no types of Node have come along.
export const timer: number = setTimeout(() => {}, 1000);
`;

  test('installs no types beside its own', () => {
    expect(existsSync(join(folder, 'node_modules/@types'))).toBe(false);
  });

  test.each([
    ['without types of its own', { types: [] }],
    ['with all types that are installed', {}],
  ])(
    'compiles %s',
    async (_name, types) => {
      const options = { ...BUNDLER, lib: ['ES2022', 'DOM'], ...types };
      expect((await compile(options, { 'page.ts': PAGE })).errors).toEqual([]);
    },
    TIMEOUT,
  );

  test('only the declarations of the server itself name types of Node', () => {
    const declarations = join(folder, 'node_modules/joystick-websockets/dist');
    const naming = readdirSync(declarations).filter(
      (file) =>
        file.endsWith('.d.ts') &&
        /^import .* from '(node:|express)|NodeJS\./m.test(
          readFileSync(join(declarations, file), 'utf8'),
        ),
    );
    expect(naming).toEqual(['index.d.ts']);
  });
});

describe('a server with the types of Express', () => {
  const { compile } = create_consumer('@types/node', '@types/express');

  const SERVER = `
import express, {
  type ErrorRequestHandler, type Express, type NextFunction, type Request, type RequestHandler, type Response, Router,
} from 'express';
import joystick, { type RouteHandler } from 'joystick-websockets';

declare global {
  namespace Express {
    interface Request { user?: { name: string } }
  }
}

const greet: RequestHandler = (_request, response) => { response.send('Howdy'); };
const only_users = (request: Request, response: Response, next: NextFunction) => {
  if (request.user === undefined) response.sendStatus(401);
  else next();
};
const show: RequestHandler<{ id: string }> = ({ params }, response) => { response.json(params.id); };
export const handlers: RouteHandler[] = [greet, only_users, show, Router(), express.json(), express.static('.')];

const app = await joystick.app({
  middleware: handlers,
  routes: {
    '/': greet,
    '/me': async (request: Request, response: Response) => response.json(request.user?.name),
    '/notes/:id': { middleware: [only_users], handler: show },
  },
});
const apologize: ErrorRequestHandler = (_error, _request, response, _next) => { response.sendStatus(500); };
app.express.use(apologize);
export const own = app.express as Express;
app.express.use(express.urlencoded(), Router());
own.listen(0);
`;

  test(
    'takes the handlers of Express as they are',
    async () => {
      const options = { ...NODE_NEXT, lib: ['ES2022'], types: ['node'] };
      expect((await compile(options, { 'server.mts': SERVER })).errors).toEqual([]);
    },
    TIMEOUT,
  );
});
