import { describe, expect, test } from 'vitest';
// @ts-expect-error: plain JavaScript, as the script that runs it.
import { edited, find_edit } from './apply.mjs';
// @ts-expect-error: as above.
import * as operators from './operators.mjs';

const {
  always,
  argument,
  becomes,
  calls,
  condition,
  drop,
  never,
  operator,
  returns,
  statement,
  unawaited,
  without,
} = operators;

/** What an operator makes of the body of a function. */
function change(body: string, operate: unknown, parameters = ''): string {
  const before = `async function tested(${parameters}) {\n`;
  const source = `${before}${body}\n}`;
  return edited(source, find_edit(source, 'tested', operate)).slice(before.length, -2);
}

const changing = (body: string, operate: unknown) => () => change(body, operate);

describe('drop', () => {
  test('removes a call, whatever it is called of and where it stands', () => {
    expect(change('a(); if (b) this.#list?.add(\n  c,\n); d();', drop('list.add'))).toBe(
      'a(); if (b) ; d();',
    );
    expect(change('await this.#list.add(c)', drop('add'))).toBe(';');
  });

  test('removes an assignment and an increment', () => {
    expect(change('this.#count += 2; this.sum = this.#count;', drop('count'))).toBe(
      '; this.sum = this.#count;',
    );
    expect(change('this.#count++; this.#count--;', drop('count--'))).toBe('this.#count++; ;');
  });

  test('tells two places apart by a name that only one of them mentions', () => {
    expect(change('say(HELLO); say(BYE);', drop('say', 'BYE'))).toBe('say(HELLO); ;');
  });
});

describe('statement', () => {
  test('puts another statement in its place, which may repeat it', () => {
    expect(change('if (a) b.push(c); else d();', statement('push', '$; $'))).toBe(
      'if (a) { (b.push(c)); (b.push(c)) } else d();',
    );
    expect(change('throw failed(why);', statement('failed', 'return 1'))).toBe('{ return 1 }');
  });
});

describe('condition, always and never', () => {
  test('replace the condition of an if, of a loop, and of a choice', () => {
    expect(change('if (!this.#is_open && a) b();', never('is_open'))).toBe('if (false) b();');
    expect(change('while (a < 10) b();', condition('a', '$ && b'))).toBe(
      'while ((a < 10) && b) b();',
    );
    expect(change("return typeof a === 'string' ? b : c;", always('string'))).toBe(
      'return true ? b : c;',
    );
  });

  test('pass over what only follows from the condition', () => {
    expect(changing('if (a) b();', always('b'))).toThrow('there is no condition that mentions b');
  });
});

describe('without', () => {
  test('removes an operand from any chain', () => {
    expect(change('return a && (b || c) && d;', without('b'))).toBe('return a && d;');
    expect(change('return a() ??\n  b(c) ??\n  d();', without('b'))).toBe('return a() ?? d();');
    expect(change('return a + (this.b?.c ?? 0);', without('b'))).toBe('return a;');
  });

  test('fails where two operands mention the name', () => {
    expect(changing('return a || b(a);', without('a'))).toThrow(
      '2 operands of one chain mention a',
    );
  });
});

describe('operator', () => {
  test('replaces a comparison and an assignment', () => {
    expect(change('return a.size >= limit;', operator('size', '>'))).toBe('return a.size > limit;');
    expect(change('this.#id ??= make();', operator('id', '='))).toBe('this.#id = make();');
  });

  test('finds a number as it is written', () => {
    expect(change('return a < 65_536;', operator('65_536', '<='))).toBe('return a <= 65_536;');
  });
});

describe('becomes', () => {
  test('replaces a whole chain of properties, a call, and a literal', () => {
    expect(change('f(a.b?.#c);', becomes('c', '1'))).toBe('f((1));');
    expect(change('return a.f(x);', becomes('f()', '[$]'))).toBe('return ([(a.f(x))]);');
    expect(change('return true;', becomes('true', 'false'))).toBe('return (false);');
  });

  test('leaves alone what is only called so', () => {
    expect(change('const { a } = b; return { a, b: c.d };', becomes('a', '1'))).toBe(
      'const { a } = b; return { a: (1), b: c.d };',
    );
    expect(changing('const a = { b: 1 };', becomes('b', '2'))).toThrow('there is no expression b');
  });

  test('replaces what a parameter is where it is left out', () => {
    const operate = becomes('normal', '1');
    const source = 'function tested(code: number = CODES.normal) {}';
    expect(edited(source, find_edit(source, 'tested', operate))).toBe(
      'function tested(code: number = (1)) {}',
    );
  });
});

describe('returns', () => {
  test('replaces what is returned, also by what was', () => {
    expect(change('return a;', returns('!$'))).toBe('return !(a);');
  });

  test('tells several apart by what they mention, and by the if that they stand in', () => {
    const body = 'if (a) { b(); return false; } return c;';
    expect(change(body, returns('true', 'a'))).toBe('if (a) { b(); return true; } return c;');
    expect(change(body, returns('true', 'c'))).toBe('if (a) { b(); return false; } return true;');
    expect(changing(body, returns('true'))).toThrow('this fits 2 times: return with a value');
  });
});

describe('argument', () => {
  test('replaces one argument', () => {
    expect(change('f(a, (b) => b);', argument('f', 1, '$ ?? c'))).toBe('f(a, ((b) => b) ?? c);');
  });

  test('fails where there are fewer', () => {
    expect(changing('f(a);', argument('f', 1, 'b'))).toThrow('f is called without an argument 1');
  });
});

describe('calls', () => {
  test('calls another function, or another method of the same object', () => {
    expect(change('f(g(a));', calls('g', 'h'))).toBe('f(h(a));');
    expect(change('this.#list.shift();', calls('shift', 'pop'))).toBe('this.#list.pop();');
  });
});

describe('unawaited', () => {
  test('goes on at once', () => {
    expect(change('const a = b ? await f(c) : d;', unawaited('f'))).toBe('const a = b ? f(c) : d;');
  });
});

test('$ in code that a mutation repeats is not taken for what it stands for', () => {
  expect(change("return '$';", returns('[$]'))).toBe("return [('$')];");
});

test('types are no place of any operator', () => {
  expect(change('f(a as true); f(true);', becomes('true', 'b'))).toBe('f(a as true); f((b));');
});

test('an operator that fits nowhere, or twice, says what it looked for', () => {
  expect(changing('a();', drop('b'))).toThrow(
    'there is no statement that calls, assigns or throws b',
  );
  expect(changing('a(1); a(2);', drop('a'))).toThrow('this fits 2 times');
  expect(changing('a(1);', drop('a', '2'))).toThrow('near 2');
});

describe('a function', () => {
  const source = `
    interface Shape { draw(): void }
    class One implements Shape { draw() { a(); } get #size() { return 1; } }
    class Two { draw() { b(); } constructor() { c(); } run = () => d(); }
    const create = () => ({ close: async () => { e(); }, open() { f(); } });`;

  test.each([
    ['One.draw', 'a'],
    ['Two.draw', 'b'],
    ['constructor', 'c'],
    ['create.open', 'f'],
  ])('is found by as much of its path as is unique: %s', (path, call) => {
    const mutated = edited(source, find_edit(source, path, drop(call)));
    expect(mutated).toBe(source.replace(`${call}();`, ';'));
  });

  test('may be an accessor, and a property or a variable that holds it', () => {
    expect(edited(source, find_edit(source, 'size', returns('2')))).toContain('{ return 2; }');
    expect(edited(source, find_edit(source, 'Two.run', calls('d', 'g')))).toContain('=> g();');
    expect(edited(source, find_edit(source, 'create', calls('e', 'g')))).toContain('{ g(); }');
  });

  test('that is not there, or is there twice, is named', () => {
    expect(() => find_edit(source, 'paint', drop('a'))).toThrow('there is no paint');
    expect(() => find_edit(source, 'draw', drop('a'))).toThrow('there are 2 of draw');
  });
});
