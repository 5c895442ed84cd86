import ts from 'typescript';

/**
 * The ways to break a function. Each operator looks for one place in the syntax tree of the function, by the names
 * that stand there, so that a mutation survives new formatting, moved lines and moved functions. An operator that
 * finds no such place, or several, throws.
 *
 * A name is an identifier without its `#`, a string, a number, `true` or `false`. A dotted name is the end of a chain
 * of properties, without `this`, `?` and `#`: `socket.terminate`. A name that ends with `()` is a call.
 *
 * In a replacement, `$` stands for the expression that was there. If several places fit, `near` is a name that only
 * the right one mentions.
 *
 * @typedef {{ start: number, end: number, text: string }} Edit
 * @typedef {(scope: ts.Node) => Edit} Operator
 */

/** Replaces the one statement that calls, assigns, increments or throws `name`. @returns {Operator} */
export function statement(name, replacement, near) {
  return (scope) => {
    const fits = (node) => is_statement_of(node, name) && is_near(node, near);
    const place = find_one(scope, fits, `statement that calls, assigns or throws ${name}`, near);
    const text = fill(replacement, place.expression.getText());
    return replace(place, replacement === '' ? ';' : `{ ${text} }`);
  };
}

/** Removes the one statement that calls, assigns, increments or throws `name`. */
export const drop = (name, near) => statement(name, '', near);

/** Replaces the one condition (of an `if`, a loop or `? :`) that mentions `name`. @returns {Operator} */
export function condition(name, replacement) {
  return (scope) => {
    const fits = (node) => is_condition(node) && mentions(node, name);
    const place = find_one(scope, fits, `condition that mentions ${name}`);
    return replace(place, fill(replacement, place.getText()));
  };
}

export const always = (name) => condition(name, 'true');
export const never = (name) => condition(name, 'false');

/** Removes the one operand that mentions `name` from a chain of `&&`, `||`, `??` or `+`. @returns {Operator} */
export function without(name) {
  return (scope) => {
    const fits = (node) => is_chain(node) && !is_in_chain(node) && mentions(node, name);
    const chain = find_one(scope, fits, `chain of &&, ||, ?? or + that mentions ${name}`);
    const operands = operands_of(chain);
    const others = operands.filter((operand) => !mentions(operand, name));
    if (others.length !== operands.length - 1) {
      throw new Error(`${operands.length - others.length} operands of one chain mention ${name}`);
    }
    const text = others.map((each) => each.getText());
    return replace(chain, text.join(` ${chain.operatorToken.getText()} `));
  };
}

/** Gives the one comparison, calculation or assignment of `name` another operator. @returns {Operator} */
export function operator(name, replacement, near) {
  return (scope) => {
    const fits = (node) =>
      ts.isBinaryExpression(node) &&
      [node.left, node.right].some((side) => is_named(side, name)) &&
      is_near(node, near);
    const place = find_one(scope, fits, `operator beside ${name}`, near);
    return replace(place.operatorToken, replacement);
  };
}

/** Replaces the one expression that is `name`: a variable, a property, a literal, or a call of `name()`. @returns {Operator} */
export function becomes(name, replacement, near) {
  return (scope) => {
    const fits = (node) => is_expression(node) && is_named(node, name) && is_near(node, near);
    const place = find_one(scope, fits, `expression ${name}`, near);
    const text = `(${fill(replacement, place.getText())})`;
    const is_shorthand = ts.isShorthandPropertyAssignment(place.parent);
    return replace(place, is_shorthand ? `${place.text}: ${text}` : text);
  };
}

/** Replaces what the one `return` returns; `near` is mentioned by it, or by the `if` that it stands in. @returns {Operator} */
export function returns(replacement, near) {
  return (scope) => {
    const fits = (node) =>
      ts.isReturnStatement(node) &&
      node.expression !== undefined &&
      (is_near(node, near) || is_near(guard_of(node), near));
    const place = find_one(scope, fits, 'return with a value', near).expression;
    return replace(place, fill(replacement, place.getText()));
  };
}

/** Replaces an argument of the one call of `name`; counted from 0. @returns {Operator} */
export function argument(name, index, replacement, near) {
  return (scope) => {
    const fits = (node) => is_call(node, name) && is_near(node, near);
    const place = find_one(scope, fits, `call of ${name}`, near).arguments[index];
    if (place === undefined) throw new Error(`${name} is called without an argument ${index}`);
    return replace(place, fill(replacement, place.getText()));
  };
}

/** Has the one call of `name` call another function, or another method of the same object. @returns {Operator} */
export function calls(name, replacement, near) {
  return (scope) => {
    const fits = (node) => is_call(node, name) && is_near(node, near);
    const { expression } = find_one(scope, fits, `call of ${name}`, near);
    const is_method = ts.isPropertyAccessExpression(expression);
    return replace(is_method ? expression.name : expression, replacement);
  };
}

/** Goes on without awaiting the one call of `name`. @returns {Operator} */
export function unawaited(name) {
  return (scope) => {
    const fits = (node) => ts.isAwaitExpression(node) && is_call(node.expression, name);
    const place = find_one(scope, fits, `await of a call of ${name}`);
    return replace(place, place.expression.getText());
  };
}

/**
 * The one function, method, accessor, class or row of a table at a path (`admit`, `Publisher.encode`, `ENDINGS.vanished`),
 * wherever it stands in the file.
 */
export function find_declaration(source_file, path) {
  let places = [source_file];
  for (const name of path.split('.')) {
    places = places.flatMap((place) =>
      find_all(place, (node) => node !== place && is_declaration_of(node, name, place)),
    );
  }
  const [declaration, ...others] = new Set(places);
  if (declaration === undefined) throw new Error(`there is no ${path}`);
  if (others.length > 0) throw new Error(`there are ${others.length + 1} of ${path}`);
  return declaration;
}

function is_declaration_of(node, name, place) {
  if (ts.isConstructorDeclaration(node)) return name === 'constructor' && node.body !== undefined;
  if (node.name === undefined || name_of(node.name) !== name) return false;
  if (ts.isFunctionLike(node)) return node.body !== undefined;
  if (ts.isClassDeclaration(node) || is_table(node) || is_row(node, place)) return true;
  const is_value = ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node);
  return is_value && node.initializer !== undefined && ts.isFunctionLike(node.initializer);
}

/** A constant that is an object: each of its properties is a row. */
function is_table(node) {
  const value = ts.isVariableDeclaration(node) ? node.initializer : undefined;
  return (
    value !== undefined &&
    ts.isAsExpression(value) &&
    ts.isObjectLiteralExpression(value.expression)
  );
}

function is_row(node, place) {
  return ts.isPropertyAssignment(node) && is_table(place) && node.parent.parent.parent === place;
}

function find_one(scope, fits, what, near) {
  const [place, ...others] = find_all(scope, fits);
  const sought = near === undefined ? what : `${what} near ${near}`;
  if (place === undefined) throw new Error(`there is no ${sought}`);
  if (others.length > 0) throw new Error(`this fits ${others.length + 1} times: ${sought}`);
  return place;
}

function find_all(scope, fits) {
  const found = [];
  const visit = (node) => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (fits(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(scope);
  return found;
}

function mentions(scope, name) {
  return find_all(scope, (node) => is_named(node, name)).length > 0;
}

function is_near(scope, near) {
  return near === undefined || (scope !== undefined && mentions(scope, near));
}

function is_named(node, name) {
  const chain = chain_of(node);
  if (chain === name || chain.endsWith(`.${name}`)) return true;
  return ts.isNumericLiteral(node) && node.getText() === name;
}

/** `socket.terminate` for `this.#socket?.terminate`; nothing for what has no name. */
function chain_of(node) {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return 'true';
  if (node.kind === ts.SyntaxKind.FalseKeyword) return 'false';
  if (ts.isPropertyAccessExpression(node)) {
    const object = chain_of(node.expression);
    return object === '' ? name_of(node.name) : `${object}.${name_of(node.name)}`;
  }
  if (ts.isCallExpression(node)) return `${chain_of(node.expression)}()`;
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) {
    return chain_of(node.expression);
  }
  return name_of(node);
}

function name_of(node) {
  return (node.text ?? '').replace(/^#/, '');
}

function is_statement_of(node, name) {
  if (!ts.isExpressionStatement(node) && !ts.isThrowStatement(node)) return false;
  const { expression } = ts.isAwaitExpression(node.expression) ? node.expression : node;
  if (ts.isBinaryExpression(expression)) return is_named(expression.left, name);
  if (ts.isPostfixUnaryExpression(expression)) {
    const sign = expression.operator === ts.SyntaxKind.PlusPlusToken ? '++' : '--';
    const chain = chain_of(expression.operand);
    return [chain, `${chain}${sign}`].some((each) => each === name || each.endsWith(`.${name}`));
  }
  return is_call(expression, name);
}

function is_call(node, name) {
  return ts.isCallExpression(node) && is_named(node.expression, name);
}

function is_condition(node) {
  const { parent } = node;
  if (ts.isConditionalExpression(parent) || ts.isForStatement(parent)) {
    return parent.condition === node;
  }
  const has_condition =
    ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent);
  return has_condition && parent.expression === node;
}

const CHAINING = [
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.PlusToken,
];

function is_chain(node) {
  return ts.isBinaryExpression(node) && CHAINING.includes(node.operatorToken.kind);
}

/** Whether a node is inside an operand of a chain: the outermost chain counts. */
function is_in_chain({ parent }) {
  if (parent === undefined || ts.isStatement(parent)) return false;
  return is_chain(parent) || is_in_chain(parent);
}

function operands_of(chain) {
  const { left, right, operatorToken } = chain;
  const goes_on = is_chain(left) && left.operatorToken.kind === operatorToken.kind;
  return [...(goes_on ? operands_of(left) : [left]), right];
}

/** Whether a node is an expression of its own: neither a declared name, nor the end of a chain, nor one in brackets. */
function is_expression(node) {
  const { parent } = node;
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return false;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  return parent.name !== node && parent.propertyName !== node;
}

/** The innermost `if` that a statement stands in. */
function guard_of({ parent }) {
  if (ts.isIfStatement(parent)) return parent.expression;
  return ts.isFunctionLike(parent) || parent.parent === undefined ? undefined : guard_of(parent);
}

function fill(replacement, original) {
  return replacement.replaceAll('$', () => `(${original})`);
}

function replace(node, text) {
  return { start: node.getStart(), end: node.getEnd(), text };
}
