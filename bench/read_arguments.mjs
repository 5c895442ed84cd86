import { parseArgs } from 'node:util';
import { MEASURE_NAMES } from './measures.mjs';
import { DEFAULT_SERVERS, SERVERS } from './servers.mjs';

const DEFAULT_ROUNDS = 5;

/** Reads the arguments of the command. @throws an error whose message is for the user. */
export function read_arguments(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
      only: { type: 'string' },
      servers: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error('--rounds must be a whole number of at least 1');
  return {
    rounds,
    measures: read_names('--only', values.only, MEASURE_NAMES) ?? MEASURE_NAMES,
    servers: read_names('--servers', values.servers, Object.keys(SERVERS)) ?? DEFAULT_SERVERS,
    is_quick: values.quick,
    /** Not with a selection, because its results would overwrite the complete ones. */
    is_written: !values.quick && values.only === undefined && values.servers === undefined,
  };
}

function read_names(option, text, known) {
  if (text === undefined) return undefined;
  const names = text.split(',');
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  throw new Error(`${option}: unknown ${unknown.join(', ')}; known are ${known.join(', ')}`);
}
