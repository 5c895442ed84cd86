import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { find_declaration } from './operators.mjs';

/**
 * Breaks one function of the core or of the transport, in memory.
 *
 * @param {import('./mutations.mjs').Mutation} mutation
 * @param {string} root The folder that holds `src`.
 * @returns the path of the file, its source before and after, and what has changed.
 */
export function apply({ name, file, inside, change }, root = '.') {
  try {
    const path = is_of_transport({ file })
      ? join(root, 'src', file)
      : find_file(join(root, 'src/core'), file);
    if (!existsSync(path)) throw new Error('there is no such file');
    const original = readFileSync(path, 'utf8');
    const edit = find_edit(original, inside, change);
    return { path, original, edit, mutated: edited(original, edit) };
  } catch (error) {
    throw new Error(`"${name}" does not apply to ${inside} in ${file}: ${error.message}`);
  }
}

/** A file of the transport is named with its folder: `node/socket/backlog.ts`. */
export function is_of_transport({ file }) {
  return file.startsWith('node/');
}

/** @returns {import('./operators.mjs').Edit} */
export function find_edit(source, inside, change) {
  const source_file = ts.createSourceFile('core.ts', source, ts.ScriptTarget.Latest, true);
  return change(find_declaration(source_file, inside));
}

export function edited(source, { start, end, text }) {
  return source.slice(0, start) + text + source.slice(end);
}

function find_file(folder, file) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const [path, ...others] = paths.filter((each) => basename(each) === file);
  if (path === undefined) throw new Error('there is no such file');
  if (others.length > 0) throw new Error('there are several such files');
  return join(folder, path);
}
