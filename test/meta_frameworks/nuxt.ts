// Nuxt. Its development server hands every upgrade on to another server, except those of Vite, and removes all upgrade
// listeners when its configuration changes; its routes then run in a thread of their own, where nothing is mounted.
import {
  check_routes,
  connect,
  expect_echoes,
  expect_sent_by_route,
  expect_text,
  HotReload,
  Table,
  timed,
  until_text,
} from './checks.ts';
import { Project } from './project.ts';

const NUXT = 'node_modules/nuxt/bin/nuxt.mjs';

const project = new Project('nuxt');
const table = new Table(`Nuxt ${project.version_of('nuxt')}`);
try {
  const host = await project.start((port) => [NUXT, 'dev', '--host=127.0.0.1', `--port=${port}`]);
  const client = await check_routes(table, 'development', host);
  await table.check('hot reload tells of an edit', 'development', async () => {
    const page = await HotReload.connect(`ws://${host}/_nuxt/`, 'vite-hmr');
    // Vite tells of modules that some page has loaded.
    await expect_text(`http://${host}/_nuxt/app.vue`, 'page 1');
    project.edit('app/app.vue', 'page 1', 'page 2');
    await page.receives('"type":"update"');
    return until_text(`http://${host}/`, 'page 2 of');
  });
  await table.check('the first client is still there', 'development', () => expect_echoes(client));
  await table.check('clients are back after a change of nuxt.config', 'development', async () => {
    project.edit('nuxt.config.mjs', 'Version 1', 'Version 2');
    await client.closed;
    return timed(10, async () => expect_echoes(await connect(host)));
  });
  await project.stop();

  project.run('npx', 'nuxt', 'build');
  const built = await project.start((port) => ['server.mjs', port], true);
  const client_of_built = await check_routes(table, 'production', built);
  await table.check('websockets() in a route reaches a client', 'production', () =>
    expect_sent_by_route(built, client_of_built),
  );
  await table.check('the first client is still there', 'production', () =>
    expect_echoes(client_of_built),
  );
} finally {
  await project.remove();
}
table.print();
