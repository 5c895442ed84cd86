import { define_websocket, UpgradeRefusal, WebsocketsError, websockets } from 'joystick-websockets';
import { chat_contract, type Said } from './contract.ts';

const MAX_VISITORS = 500;
const MAX_RECENT_MESSAGES = 50;

/** Creates a chat. Every visitor receives every message; a new visitor also receives the recent ones. */
export function create_chat() {
  const recent: Said[] = [];

  return define_websocket({
    ...chat_contract,

    on_upgrade: () => {
      if (websockets('chat').connections.length >= MAX_VISITORS) {
        throw new UpgradeRefusal(503, 'The chat is full', { 'Retry-After': '30' });
      }
      return { visitor: crypto.randomUUID() };
    },

    on_open: (connection) => {
      for (const said of recent) {
        if (said.at >= connection.params.since) connection.send(said);
      }
      tell_how_many_are_here();
    },

    on_message: (message, connection) => {
      const { visitor } = connection.context;
      const said: Said = { type: 'said', by: visitor, ...message, at: Date.now() };
      recent.push(said);
      if (recent.length > MAX_RECENT_MESSAGES) recent.shift();
      websockets('chat').send(said);
    },

    on_error: (error, connection) => {
      const is_theirs = error instanceof WebsocketsError && error.code === 'invalid_message';
      if (!is_theirs) throw error;
      connection.send({ type: 'refused', reason: error.message });
    },

    on_close: tell_how_many_are_here,

    options: { max_message_size_in_bytes: 4_096, max_messages_per_second: 50 },
  });
}

function tell_how_many_are_here(): void {
  const everyone = websockets('chat');
  everyone.send({ type: 'here', count: everyone.connections.length });
}
