import { start_chat } from './start_chat.ts';

const { url } = await start_chat();

console.log(`The chat      ${url}`);
console.log(`Its endpoint  ${url.replace('http', 'ws')}/api/_websockets/chat`);
console.log('Open the chat in two windows. Ctrl+C stops it.');
