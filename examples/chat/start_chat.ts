import { build } from 'esbuild';
import { app } from 'joystick-websockets';
import { create_chat } from './chat.ts';

const files = { root: import.meta.dirname };

/** Starts a server with the page at `/` and the endpoint of the chat. */
export async function start_chat({ port }: { port?: number } = {}) {
  const script = await bundle_page();
  return app({
    port,
    websockets: { chat: create_chat() },
    routes: {
      '/': (_request, response) => response.sendFile('page.html', files),
      '/page.css': (_request, response) => response.sendFile('page.css', files),
      '/page.js': (_request, response) => response.type('js').send(script),
    },
  });
}

/** Bundles the script of the page with the client, as any bundler does. */
async function bundle_page(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${files.root}/page.js`],
    bundle: true,
    format: 'esm',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('');
}
