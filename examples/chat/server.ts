import { start_chat } from './start_chat.ts';

const { url } = await start_chat();

console.log(`Chat      ${url}`);
console.log(`Endpoint  ${url.replace('http', 'ws')}/api/_websockets/chat`);
console.log('Open the chat in two windows. Press Ctrl+C to stop the server.');
