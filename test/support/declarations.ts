import { readFileSync } from 'node:fs';
import typescript from 'typescript';

// Reads from the sources what is gone at run time: the members of types, and the defaults in signatures.

function find_declaration(file: string, name: string): typescript.Declaration {
  const source = typescript.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    typescript.ScriptTarget.Latest,
    true,
  );
  const found = source.statements.find(
    (statement): statement is typescript.DeclarationStatement =>
      'name' in statement && (statement as typescript.DeclarationStatement).name?.text === name,
  );
  if (found === undefined) throw new Error(`${file} declares no ${name}`);
  return found;
}

function visit(node: typescript.Node, see: (node: typescript.Node) => 'stop' | undefined): void {
  node.forEachChild((child) => {
    if (see(child) !== 'stop') visit(child, see);
  });
}

/**
 * Returns the names of a type's own members. The type may be an intersection or a union.
 *
 * @param member a member whose own members are returned instead.
 */
export function list_members(file: string, type: string, member?: string): string[] {
  const members = find_members(find_declaration(file, type));
  if (member === undefined) return [...members.keys()];
  const found = members.get(member);
  if (found === undefined) throw new Error(`${type} has no member ${member}`);
  return [...find_members(found).keys()];
}

function find_members(of: typescript.Node): Map<string, typescript.TypeElement> {
  const members = new Map<string, typescript.TypeElement>();
  visit(of, (node) => {
    if (!typescript.isPropertySignature(node) && !typescript.isMethodSignature(node))
      return undefined;
    members.set(node.name.getText(), node);
    return 'stop';
  });
  return members;
}

/** Returns the strings of a union type. */
export function list_strings(file: string, type: string): string[] {
  const strings: string[] = [];
  visit(find_declaration(file, type), (node) => {
    if (typescript.isStringLiteral(node)) strings.push(node.text);
    return undefined;
  });
  return strings;
}

/** Returns the defaults of the options that a function destructures, if they are literals. */
export function list_defaults(file: string, function_name: string): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  visit(find_declaration(file, function_name), (node) => {
    if (!typescript.isBindingElement(node) || node.initializer === undefined) return undefined;
    const { propertyName = node.name, initializer } = node;
    const value = read_literal(initializer);
    if (value !== undefined) defaults[propertyName.getText()] = value;
    return undefined;
  });
  return defaults;
}

function read_literal(node: typescript.Expression): unknown {
  if (typescript.isStringLiteral(node)) return node.text;
  if (typescript.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === typescript.SyntaxKind.TrueKeyword) return true;
  return node.kind === typescript.SyntaxKind.FalseKeyword ? false : undefined;
}
