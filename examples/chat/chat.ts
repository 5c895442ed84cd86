import { type WebsocketDefinition, websockets } from 'joystick-websockets';

const MAX_NAME_LENGTH = 40;
const MAX_TEXT_LENGTH = 500;
const MAX_KEY_LENGTH = 40;
const MAX_RECENT_MESSAGES = 50;

interface Said {
  name: string;
  text: string;
  /** The sender's own mark, by which it knows its message when it comes back. */
  key: string;
}

/** A chat: what one says, everyone hears, and whoever comes later hears the latest of it. */
export function create_chat(): WebsocketDefinition {
  const recent: object[] = [];

  return {
    on_open: (connection) => {
      for (const message of recent) connection.send(message);
      tell_how_many_are_here();
    },

    on_message: (message, connection) => {
      const said = parse_said(message);
      if (said === undefined) {
        connection.send({ type: 'refused', reason: 'it must be { name, text }, neither too long' });
        return;
      }
      const heard = { type: 'said', ...said, at: Date.now() };
      recent.push(heard);
      if (recent.length > MAX_RECENT_MESSAGES) recent.shift();
      websockets('chat').send(heard);
    },

    on_close: tell_how_many_are_here,

    options: { max_message_size_in_bytes: 4_096 },
  };
}

function tell_how_many_are_here(): void {
  const everyone = websockets('chat');
  everyone.send({ type: 'here', count: everyone.connections.length });
}

/** Clients can send anything: only what is known is taken, and only where it has the right shape. */
function parse_said(message: unknown): Said | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { name, text, key = crypto.randomUUID() } = message as Record<string, unknown>;
  const is_said =
    is_text(name, MAX_NAME_LENGTH) &&
    is_text(text, MAX_TEXT_LENGTH) &&
    is_text(key, MAX_KEY_LENGTH);
  return is_said ? { name, text, key } : undefined;
}

function is_text(value: unknown, max_length: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= max_length;
}
