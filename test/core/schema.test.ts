import type { StandardSchemaV1 } from '@standard-schema/spec';
import fast_check from 'fast-check';
import { WebsocketsError } from 'joystick-websockets';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describe_issues, is_standard_schema, validate } from '../../src/core/base/schema.ts';

/** A schema of no library: whatever `validate` does. */
function schema_that(validate_value: (value: unknown) => unknown): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'test', validate: validate_value as never } };
}

/** An object that fails at whatever is done with it. */
function unreadable(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** What validating ends with: a value, issues, or the code of the error. */
async function outcome_of(schema: StandardSchemaV1, value: unknown): Promise<unknown> {
  try {
    const validated = await validate(schema, value, 'there');
    return validated.is_valid ? { value: validated.value } : { issues: validated.issues };
  } catch (error) {
    if (error instanceof WebsocketsError) return { code: error.code, details: error.details };
    throw error;
  }
}

const FAILED = { code: 'schema_failed', details: { path: 'there' } };

/** The same declarations in each library. */
const libraries = {
  'zod 4': {
    text: z.object({ text: z.string().max(3, 'Too long') }),
    defaulted: z.object({ page: z.coerce.number().default(1), sort: z.string().default('new') }),
    transformed: z.string().transform((text) => text.length),
    nested: z.object({ items: z.array(z.object({ id: z.number('No number') })) }),
    asynchronous: z.string().refine(async (name) => name === 'ada', 'Unknown'),
    asynchronous_transform: z.string().transform(async (name) => ({ name })),
  },
  'valibot 1': {
    text: v.object({ text: v.pipe(v.string(), v.maxLength(3, 'Too long')) }),
    defaulted: v.object({
      page: v.pipe(v.optional(v.string(), '1'), v.transform(Number)),
      sort: v.optional(v.string(), 'new'),
    }),
    transformed: v.pipe(
      v.string(),
      v.transform((text) => text.length),
    ),
    nested: v.object({ items: v.array(v.object({ id: v.number('No number') })) }),
    asynchronous: v.pipeAsync(
      v.string(),
      v.checkAsync(async (name) => name === 'ada', 'Unknown'),
    ),
    asynchronous_transform: v.pipeAsync(
      v.string(),
      v.transformAsync(async (name) => ({ name })),
    ),
  },
};

for (const [library, schemas] of Object.entries(libraries)) {
  describe(library, () => {
    test('is a Standard Schema', () => {
      for (const schema of Object.values(schemas)) expect(is_standard_schema(schema)).toBe(true);
    });

    test('a synchronous schema answers synchronously', () => {
      expect(validate(schemas.text, { text: 'abc' }, 'there')).toEqual({
        is_valid: true,
        value: { text: 'abc' },
      });
      expect(validate(schemas.text, { text: 'abcd' }, 'there')).toEqual({
        is_valid: false,
        issues: [{ message: 'Too long', path: ['text'] }],
      });
    });

    test('defaults and transforms take effect', async () => {
      expect(await outcome_of(schemas.defaulted, {})).toEqual({ value: { page: 1, sort: 'new' } });
      expect(await outcome_of(schemas.defaulted, { page: '7', sort: 'old', other: 1 })).toEqual({
        value: { page: 7, sort: 'old' },
      });
      expect(await outcome_of(schemas.transformed, 'four')).toEqual({ value: 4 });
    });

    test('the path of an issue is made of strings and numbers, from the outside in', async () => {
      const value = { items: [{ id: 1 }, { id: 'x' }, { id: null }] };
      expect(await outcome_of(schemas.nested, value)).toEqual({
        issues: [
          { message: 'No number', path: ['items', 1, 'id'] },
          { message: 'No number', path: ['items', 2, 'id'] },
        ],
      });
    });

    test('an issue of the value as a whole has an empty path', () => {
      expect(validate(schemas.transformed, 5, 'there')).toMatchObject({
        is_valid: false,
        issues: [{ path: [] }],
      });
    });

    test('an asynchronous schema answers with a promise', async () => {
      const validated = validate(schemas.asynchronous, 'ada', 'there');
      expect(validated).toBeInstanceOf(Promise);
      expect(await validated).toEqual({ is_valid: true, value: 'ada' });
      expect(await outcome_of(schemas.asynchronous, 'bob')).toEqual({
        issues: [{ message: 'Unknown', path: [] }],
      });
      expect(await outcome_of(schemas.asynchronous_transform, 'ada')).toEqual({
        value: { name: 'ada' },
      });
    });
  });
}

describe('a schema of no library', () => {
  test('may be a function, as arktype makes them', async () => {
    const type = Object.assign(() => 'called as a function', {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) =>
          value === 1 ? { value: 'one' } : { issues: [{ message: 'must be 1', path: ['a'] }] },
      },
    });
    expect(is_standard_schema(type)).toBe(true);
    expect(await outcome_of(type, 1)).toEqual({ value: 'one' });
    expect(await outcome_of(type, 2)).toEqual({ issues: [{ message: 'must be 1', path: ['a'] }] });
  });

  test('is called as a method of its standard', async () => {
    const standard = {
      version: 1 as const,
      vendor: 'test',
      validate(this: unknown) {
        return { value: this === standard };
      },
    };
    expect(await outcome_of({ '~standard': standard }, 1)).toEqual({ value: true });
  });

  test('undefined and null are values like any other', async () => {
    for (const value of [undefined, null, 0, '']) {
      expect(
        await outcome_of(
          schema_that((given) => ({ value: given })),
          value,
        ),
      ).toEqual({ value });
    }
  });

  test('the segments of a path are normalised', async () => {
    const path = ['a', 0, { key: 'b' }, { key: 1 }, Symbol('c'), { key: Symbol('d') }];
    expect(
      await outcome_of(
        schema_that(() => ({ issues: [{ message: 'No', path }] })),
        1,
      ),
    ).toEqual({
      issues: [{ message: 'No', path: ['a', 0, 'b', 1, 'Symbol(c)', 'Symbol(d)'] }],
    });
  });

  test('more than a message and a path is not taken over from an issue', async () => {
    const issue = { message: 'No', input: 'secret', expected: 'string' };
    expect(
      await outcome_of(
        schema_that(() => ({ issues: [issue] })),
        1,
      ),
    ).toEqual({
      issues: [{ message: 'No', path: [] }],
    });
  });
});

describe('a schema that fails is schema_failed', () => {
  const failures: [string, () => unknown, RegExp][] = [
    ['throws', () => throw_it(new Error('no database')), /^there threw: no database$/],
    ['throws what is no error', () => throw_it('no'), /^there threw/],
    ['throws undefined', () => throw_it(undefined), /^there threw/],
    ['throws what cannot be examined', () => throw_it(unreadable()), /^there threw/],
    ['rejects', () => Promise.reject(new Error('no database')), /^there rejected: no database$/],
    ['rejects with what is no error', () => Promise.reject(null), /^there rejected/],
    ['rejects with what cannot be examined', () => Promise.reject(unreadable()), /^there rejected/],
  ];
  for (const [what, fail, message] of failures) {
    test(`where it ${what}`, async () => {
      const failed = await failure_of(schema_that(fail));
      expect(failed).toMatchObject({ ...FAILED, message: expect.stringMatching(message) });
      expect(failed).toBeInstanceOf(WebsocketsError);
    });
  }

  test('and keeps what it threw as its cause', async () => {
    const cause = new Error('no database');
    expect((await failure_of(schema_that(() => throw_it(cause)))).cause).toBe(cause);
    expect((await failure_of(schema_that(() => Promise.reject(cause)))).cause).toBe(cause);
  });

  const garbage: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['a string', 'valid'],
    ['an object of neither', {}],
    ['issues that are no array', { issues: 'No' }],
    ['issues that are null', { issues: null, value: 1 }],
    ['an issue that is null', { issues: [null] }],
    ['a path that is no array', { issues: [{ message: 'No', path: 'a.b' }] }],
    ['a segment that is null', { issues: [{ message: 'No', path: [null] }] }],
    ['a message that cannot be text', { issues: [{ message: Object.create(null) }] }],
    [
      'a key that cannot be text',
      { issues: [{ message: 'No', path: [{ key: Object.create(null) }] }] },
    ],
    ['what cannot be read', unreadable()],
    [
      'issues that cannot be read',
      {
        get issues() {
          throw new Error('no');
        },
      },
    ],
    [
      'a value that cannot be read',
      {
        get value() {
          throw new Error('no');
        },
      },
    ],
  ];
  for (const [what, result] of garbage) {
    test(`where it returns ${what}`, async () => {
      expect(await failure_of(schema_that(() => result))).toMatchObject(FAILED);
    });

    test(`where it resolves to ${what}`, async () => {
      expect(await failure_of(schema_that(() => Promise.resolve(result)))).toMatchObject(FAILED);
    });
  }
});

describe('is_standard_schema', () => {
  const others: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['a string', 'z.string()'],
    ['a symbol', Symbol('s')],
    ['a plain object', {}],
    ['a plain function', () => true],
    ['an array', []],
    ['a standard that is null', { '~standard': null }],
    ['a standard without validate', { '~standard': { version: 1, vendor: 'x' } }],
    ['a validate that is no function', { '~standard': { version: 1, validate: true } }],
    ['another version', { '~standard': { version: 2, validate: () => {} } }],
    ['a version in words', { '~standard': { version: '1', validate: () => {} } }],
    ['a shape of zod', { text: z.string() }],
    ['what cannot be read', unreadable()],
    [
      'a standard that cannot be read',
      {
        get '~standard'() {
          throw new Error('not now');
        },
      },
    ],
    ['a standard of which nothing can be read', { '~standard': unreadable() }],
  ];
  for (const [what, value] of others) {
    test(`${what} is none`, () => expect(is_standard_schema(value)).toBe(false));
  }

  test('a standard that is inherited or a getter is one', () => {
    class Schema {
      get '~standard'() {
        return { version: 1, vendor: 'test', validate: () => ({ value: 1 }) };
      }
    }
    expect(is_standard_schema(new Schema())).toBe(true);
    expect(is_standard_schema(Object.create(z.string()))).toBe(true);
  });
});

test('issues are described in one line', () => {
  expect(
    describe_issues([
      { message: 'Too long', path: ['items', 0, 'text'] },
      { message: 'Required', path: ['room'] },
      { message: 'No object', path: [] },
    ]),
  ).toBe('items.0.text: Too long; room: Required; No object');
});

test('whatever a schema does, a result or a WebsocketsError comes of it', async () => {
  const anything = fast_check.anything({
    withNullPrototype: true,
    withBigInt: true,
    withDate: true,
    withSparseArray: true,
  });
  const issues = fast_check.record(
    {
      message: anything,
      path: fast_check.oneof(
        anything,
        fast_check.array(fast_check.oneof(anything, fast_check.record({ key: anything }))),
      ),
    },
    { requiredKeys: [] },
  );
  const result = fast_check.oneof(
    anything,
    fast_check.record({ value: anything }),
    fast_check.record({ issues: fast_check.oneof(anything, fast_check.array(issues)) }),
  );
  const behaviour = fast_check.constantFrom('returns', 'throws', 'resolves', 'rejects');
  await fast_check.assert(
    fast_check.asyncProperty(behaviour, result, async (how, made) => {
      const schema = schema_that(() => {
        if (how === 'throws') throw made;
        if (how === 'resolves') return Promise.resolve(made);
        return how === 'rejects' ? Promise.reject(made) : made;
      });
      const outcome = await outcome_of(schema, 1);
      expect(Object.keys(outcome as object)).toSatisfy(
        ([key]) => key === 'value' || key === 'issues' || key === 'code',
      );
    }),
    { numRuns: 500 },
  );
});

test('whatever a value is, whether it is a schema is true or false', () => {
  fast_check.assert(
    fast_check.property(
      fast_check.oneof(
        fast_check.anything({ withNullPrototype: true }),
        fast_check.record({ '~standard': fast_check.anything({ withNullPrototype: true }) }),
      ),
      (value) => {
        expect(is_standard_schema(value)).toBeTypeOf('boolean');
      },
    ),
  );
});

function throw_it(thrown: unknown): never {
  throw thrown;
}

async function failure_of(schema: StandardSchemaV1): Promise<WebsocketsError> {
  try {
    await validate(schema, 1, 'there');
  } catch (error) {
    return error as WebsocketsError;
  }
  throw new Error('the schema has not failed');
}
