import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { transformWithEsbuild } from 'vite';
import { afterEach, describe, expect, test } from 'vitest';
import { without_stack_trace } from '../../src/core/base/without_stack_trace.ts';

const NAME = 'stackTraceLimit';
const original = Object.getOwnPropertyDescriptor(Error, NAME) as PropertyDescriptor;
afterEach(() => {
  Object.defineProperty(Error, NAME, original);
});

const has_trace = ({ stack = '' }: Error) => stack.includes('\n    at ');
const make = () => new Error('made');

test('an error that is made within has its message in its stack, and no trace', () => {
  const { stack } = without_stack_trace(make);
  expect(stack).toBe('Error: made');
  expect(has_trace(make())).toBe(true);
});

describe('the limit is afterwards what it was', () => {
  const descriptors: [string, PropertyDescriptor | undefined][] = [
    ['a number', { ...original, value: 7 }],
    ['infinite', { ...original, value: Number.POSITIVE_INFINITY }],
    ['no number', { ...original, value: 'many' }],
    ['not enumerable', { ...original, enumerable: false }],
    ['not writable', { ...original, writable: false }],
    ['a getter', { get: () => 5, configurable: true, enumerable: true }],
    ['absent', undefined],
  ];
  for (const [what, descriptor] of descriptors) {
    test(`where it is ${what}, also if the function throws`, () => {
      if (descriptor === undefined) Reflect.deleteProperty(Error, NAME);
      else Object.defineProperty(Error, NAME, descriptor);
      const before = Object.getOwnPropertyDescriptor(Error, NAME);
      expect(without_stack_trace(make).message).toBe('made');
      const fail = () => {
        throw make();
      };
      expect(() => without_stack_trace(fail)).toThrow('made');
      expect(Object.getOwnPropertyDescriptor(Error, NAME)).toEqual(before);
    });
  }
});

test('errors are made where all intrinsics are frozen', async () => {
  const source = readFileSync('src/core/base/without_stack_trace.ts', 'utf8');
  const { code } = await transformWithEsbuild(source, 'without_stack_trace.ts');
  const script = `${code}\nconsole.log(without_stack_trace(() => new Error('made')).message)`;
  const args = ['--frozen-intrinsics', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe('made\n');
});
