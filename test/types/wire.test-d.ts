import { expectTypeOf, test } from 'vitest';
import type { Wire } from '../../src/core/declare/wire.ts';

test('what JSON carries as it is stays as it is', () => {
  expectTypeOf<Wire<{ text: string; n: number; on: boolean; none: null }>>().toEqualTypeOf<{
    text: string;
    n: number;
    on: boolean;
    none: null;
  }>();
  expectTypeOf<Wire<'a' | 'b'>>().toEqualTypeOf<'a' | 'b'>();
});

test('a date is a string, also deep inside and in a tuple', () => {
  expectTypeOf<Wire<{ at: Date; days: Date[]; pair: [Date, number] }>>().toEqualTypeOf<{
    at: string;
    days: string[];
    pair: [string, number];
  }>();
});

test('what JSON leaves out is not there, and null in an array', () => {
  expectTypeOf<Wire<{ a: number; call(): void; no: undefined; s: symbol }>>().toEqualTypeOf<{
    a: number;
  }>();
  expectTypeOf<Wire<(number | undefined)[]>>().toEqualTypeOf<(number | null)[]>();
});

test('an optional field stays optional', () => {
  expectTypeOf<Wire<{ a?: Date | undefined }>>().toEqualTypeOf<{ a?: string }>();
});

test('any and unknown stay what they are', () => {
  expectTypeOf<Wire<any>>().toBeAny();
  expectTypeOf<Wire<unknown>>().toBeUnknown();
});

test('a union is carried member by member', () => {
  expectTypeOf<Wire<{ type: 'a'; at: Date } | { type: 'b' }>>().toEqualTypeOf<
    { type: 'a'; at: string } | { type: 'b' }
  >();
});
