import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import typescript, { type ClassElement, type Node, type SourceFile } from 'typescript';
import { expect, test } from 'vitest';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) =>
    typescript.createSourceFile(
      file,
      readFileSync(join('src', file), 'utf8'),
      typescript.ScriptTarget.Latest,
      true,
    ),
  );

/** The names of a file's classes, interfaces, types and functions. The overloads of a function are one name. */
function names_in(file: SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of file.statements) {
    if (
      (typescript.isClassDeclaration(statement) ||
        typescript.isInterfaceDeclaration(statement) ||
        typescript.isTypeAliasDeclaration(statement) ||
        typescript.isFunctionDeclaration(statement)) &&
      statement.name !== undefined
    ) {
      names.add(statement.name.text);
    }
  }
  return names;
}

/** Names that more than one file declares, with the files. */
function find_shared_names(sources: SourceFile[]): string[] {
  const places = new Map<string, string[]>();
  for (const file of sources) {
    for (const name of names_in(file)) {
      places.set(name, [...(places.get(name) ?? []), file.fileName]);
    }
  }
  return [...places]
    .filter(([, where]) => where.length > 1)
    .map(([name, where]) => `${name}: ${where.join(', ')}`);
}

/** Methods, getters and functions whose name begins with `is_` or `has_`, and that assign to a field. */
function find_predicates_with_effects(sources: SourceFile[]): string[] {
  const found: string[] = [];
  const visit = (node: Node, file: SourceFile) => {
    if (is_predicate(node) && assigns_to_field(node)) {
      found.push(`${file.fileName}: ${(node as ClassElement).name?.getText()}`);
    }
    typescript.forEachChild(node, (child) => visit(child, file));
  };
  for (const file of sources) visit(file, file);
  return found;
}

function is_predicate(node: Node): boolean {
  return (
    (typescript.isMethodDeclaration(node) ||
      typescript.isGetAccessor(node) ||
      typescript.isFunctionDeclaration(node)) &&
    /^#?(is|has)_/.test(node.name?.getText() ?? '')
  );
}

function assigns_to_field(node: Node): boolean {
  const { FirstAssignment, LastAssignment, PlusPlusToken, MinusMinusToken } = typescript.SyntaxKind;
  const assigned =
    typescript.isBinaryExpression(node) &&
    node.operatorToken.kind >= FirstAssignment &&
    node.operatorToken.kind <= LastAssignment
      ? node.left
      : (typescript.isPrefixUnaryExpression(node) || typescript.isPostfixUnaryExpression(node)) &&
          [PlusPlusToken, MinusMinusToken].some((kind) => kind === node.operator)
        ? node.operand
        : undefined;
  if (assigned !== undefined && typescript.isPropertyAccessExpression(assigned)) return true;
  return typescript.forEachChild(node, (child) => assigns_to_field(child) || undefined) ?? false;
}

function parse_source(name: string, text: string): SourceFile {
  return typescript.createSourceFile(name, text, typescript.ScriptTarget.Latest, true);
}

test('no two files of src give one name to a class, an interface, a type or a function', () => {
  expect(find_shared_names(files)).toEqual([]);
});

test('a name that two files declare is found', () => {
  const one = parse_source('one.ts', 'export class Queue {}');
  const other = parse_source('other.ts', 'interface Queue {}\nfunction read() {}');
  expect(find_shared_names([one, other])).toEqual(['Queue: one.ts, other.ts']);
});

test('no predicate of src assigns to a field', () => {
  expect(find_predicates_with_effects(files)).toEqual([]);
});

test('a predicate that assigns to a field is found', () => {
  const source = parse_source(
    'one.ts',
    `class One {
      #at = 0;
      get is_open() { return this.#at === 0; }
      get has_room() { return this.#at++ > 0; }
      #is_due() { if (this.is_open) { this.#at = 1; } return true; }
    }`,
  );
  expect(find_predicates_with_effects([source])).toEqual(['one.ts: has_room', 'one.ts: #is_due']);
});
