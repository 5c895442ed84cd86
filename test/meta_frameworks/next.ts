// Next.js behind a custom server. Its catch-all routes match our paths, too, and Next ends the socket of an upgrade that
// a route matches. It adds its upgrade listener at its first request.
import {
  check_routes,
  expect_echoes,
  expect_sent_by_route,
  HotReload,
  Table,
  timed,
  until_text,
} from './checks.ts';
import { Project } from './project.ts';

const project = new Project('next');
const table = new Table(`Next ${project.version_of('next')}`);
try {
  const host = await project.start((port) => ['server.mjs', 'development', port]);
  // A tab that was open when the server restarted asks before anybody has requested a page.
  const tab = HotReload.connect(`ws://${host}/_next/hmr?id=tab`);
  await table.check('hot reload is back after a restart', 'development', () =>
    timed(10, () => tab),
  );
  const client = await check_routes(table, 'development', host);
  await table.check('hot reload tells of an edit', 'development', async () => {
    project.edit('app/[...slug]/page.jsx', 'page 1', 'page 2');
    await (await tab).receives('serverComponentChanges');
    return until_text(`http://${host}/some/page`, 'page 2 of');
  });
  await check_clients('development', host, client);
  await project.stop();

  project.run('npx', 'next', 'build');
  const built = await project.start((port) => ['server.mjs', 'production', port], true);
  await check_clients('production', built, await check_routes(table, 'production', built));
} finally {
  await project.remove();
}
table.print();

async function check_clients(
  mode: 'development' | 'production',
  host: string,
  client: Awaited<ReturnType<typeof check_routes>>,
): Promise<void> {
  await table.check('websockets() in a route reaches a client', mode, () =>
    expect_sent_by_route(host, client),
  );
  await table.check('the first client is still there', mode, () => expect_echoes(client));
}
