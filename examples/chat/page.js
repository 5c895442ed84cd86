// The page of the chat. The package's client reconnects, and keeps messages that are sent in the meantime.

import { connect } from 'joystick-websockets/client';

const MAX_WAITING_MESSAGES = 50;
const MAX_SHOWN_MESSAGES = 500;

const find = (id) => document.getElementById(id);
const state = find('state');
const here = find('here');
const log = find('log');
const messages = find('messages');
const newer = find('newer');
const composer = find('composer');
const name_field = find('name');
const text_field = find('text');
const hint = find('hint');

// The connection.

/** The time of the last message that was received. The server only sends later ones after a reconnect. */
let heard_until = 0;

const STATES = {
  connecting: 'Connecting',
  open: 'Connected',
  reconnecting: 'Reconnecting',
  closed: 'Disconnected',
};

const handlers = {
  said: hear,
  here: ({ count }) => show_count(count),
  refused: ({ reason }) => drop_refused(reason),
};

const connection = connect('chat', {
  // Called for each attempt.
  query: () => ({ since: heard_until }),
  events: {
    on_state_change: show_state,
    on_message: (message) => handlers[message.type]?.(message),
    on_close: () => {
      here.textContent = '';
      // The server may not have received these messages, so they are sent again after the reconnect.
      for (const message of waiting.values()) connection.send(message);
      for (const key of waiting.keys()) label(shown.get(key), 'Waiting');
    },
  },
});

// The messages. Each message of this page waits until the server has sent it back, so that none is lost. A key
// distinguishes it from the others.

const page_key = Math.random().toString(36).slice(2);
const waiting = new Map();
const shown = new Map();
let said_count = 0;

function say(text) {
  const name = name_field.value.trim() || name_field.placeholder;
  const message = { key: `${page_key}-${++said_count}`, name, text };
  if (!connection.send(message)) return false;
  waiting.set(message.key, message);
  const item = create_item({ ...message, is_own: true });
  messages.append(item);
  label(item, connection.state === 'open' ? clock_time(new Date()) : 'Waiting');
  scroll_to_end();
  return true;
}

function hear({ by, key, name, text, at }) {
  heard_until = Math.max(heard_until, at);
  const is_own = waiting.delete(key);
  // It was sent twice, because the sender's connection broke before the server sent it back.
  if (!is_own && shown.has(key)) return;
  const item = is_own ? shown.get(key) : create_item({ by, key, name, text, is_own });
  // Waiting messages stay last, because the others receive them after this one.
  if (!is_own) messages.insertBefore(item, messages.querySelector('.waiting'));
  item.classList.remove('waiting');
  item.querySelector('time').dateTime = new Date(at).toISOString();
  label(item, clock_time(new Date(at)));
  forget_oldest();
  show_hint();
  if (is_following) scroll_to_end();
  else if (!is_own) newer.hidden = false;
}

/** Marks the oldest waiting message as refused: answers arrive in the order of the messages. */
function drop_refused(reason) {
  const [key] = waiting.keys();
  if (key === undefined) return;
  waiting.delete(key);
  shown.get(key).classList.replace('waiting', 'refused');
  label(shown.get(key), `Not sent: ${reason}`);
}

function forget_oldest() {
  for (const [key, item] of shown) {
    if (shown.size <= MAX_SHOWN_MESSAGES) return;
    shown.delete(key);
    item.remove();
  }
}

// The page. Text of other visitors is only assigned to textContent, so that it is never markup.

function create_item({ by, key, name, text, is_own }) {
  const item = document.createElement('li');
  item.dataset.author = is_own ? 'own' : `${by} ${name}`;
  item.className = is_own ? 'own waiting' : '';
  item.style.setProperty('--hue', hue_of(name));
  const avatar = add(item, 'span', [...name.trim()][0].toUpperCase());
  avatar.className = 'avatar';
  avatar.ariaHidden = 'true';
  const about = add(item, 'p');
  about.className = 'about';
  add(about, 'bdi', is_own ? 'You' : name);
  add(about, 'time');
  add(item, 'p', text).className = 'text';
  shown.set(key, item);
  return item;
}

function add(parent, tag, text = '') {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
  return element;
}

function label(item, text) {
  item.querySelector('time').textContent = text;
  for (const each of [item, item.nextElementSibling]) {
    if (each === null) continue;
    each.classList.toggle('continued', continues(each, each.previousElementSibling));
  }
}

/** Whether a message needs no heading, because the one before it has the same author and minute. */
function continues(item, previous) {
  const label_of = (each) => each.querySelector('time').textContent;
  return (
    previous !== null &&
    previous.dataset.author === item.dataset.author &&
    label_of(previous) === label_of(item)
  );
}

function clock_time(date) {
  return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

function hue_of(name) {
  let hue = 0;
  for (const character of name) hue = (hue * 31 + character.codePointAt(0)) % 360;
  return hue;
}

function show_state(name) {
  state.textContent = STATES[name];
  state.dataset.state = name;
  show_hint();
}

function show_count(count) {
  here.textContent = `${count} online`;
  // Screen readers read out messages from now on. The earlier ones have arrived before the count.
  log.ariaLive = 'polite';
}

function show_hint() {
  const is_away = connection.state === 'reconnecting';
  const count = waiting.size === 1 ? '1 message' : `${waiting.size} messages`;
  hint.textContent = is_away ? `${count} will be sent when the connection is back.` : '';
  if (is_away && waiting.size === 0)
    hint.textContent = 'Keep writing: messages will be sent when the connection is back.';
  if (connection.state === 'closed') hint.textContent = 'Reload the page to connect again.';
}

// New messages do not scroll the page if the visitor has scrolled up to read.
let is_following = true;

function scroll_to_end() {
  is_following = true;
  log.scrollTop = log.scrollHeight;
  newer.hidden = true;
}

// The form.

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = text_field.value.trim();
  if (waiting.size >= MAX_WAITING_MESSAGES) {
    hint.textContent = `${waiting.size} messages are already waiting. Send this one later.`;
  } else if (text !== '' && say(text)) {
    text_field.value = '';
    show_hint();
  }
  text_field.focus();
});

text_field.addEventListener('keydown', (event) => {
  // While an input method composes a word, Enter does not send the message.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

log.addEventListener('scroll', () => {
  is_following = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  if (is_following) newer.hidden = true;
});

// A phone's keyboard or a hint makes the log smaller.
new ResizeObserver(() => {
  if (is_following) scroll_to_end();
}).observe(log);

newer.addEventListener('click', scroll_to_end);

function pick_name() {
  const pick = (words) => words[Math.floor(Math.random() * words.length)];
  const manner = pick(['Brave', 'Calm', 'Clever', 'Gentle', 'Happy', 'Lucky', 'Quiet', 'Swift']);
  const animal = pick(['Badger', 'Finch', 'Fox', 'Hare', 'Heron', 'Lynx', 'Otter', 'Robin']);
  return `${manner} ${animal}`;
}

// Each window has its own name, so that two windows of one browser are two visitors.
name_field.placeholder = sessionStorage.getItem('name') ?? pick_name();
name_field.value = name_field.placeholder;
sessionStorage.setItem('name', name_field.value);
name_field.addEventListener('change', () =>
  sessionStorage.setItem('name', name_field.value.trim() || name_field.placeholder),
);
