import type { StandardSchemaV1 } from '@standard-schema/spec';
import { is_instance, type SchemaIssue, WebsocketsError } from './errors.ts';
import { printable } from './printable.ts';
import { describe } from './problems.ts';

/** The value that a schema returned, or the issues for which it rejected the input. */
export type Validated =
  | { readonly is_valid: true; readonly value: unknown }
  | { readonly is_valid: false; readonly issues: SchemaIssue[] };

/** Whether a value implements Standard Schema, version 1. The value is an object or, with arktype, a function. */
export function is_standard_schema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  try {
    const standard = (value as Partial<StandardSchemaV1>)['~standard'];
    return standard?.version === 1 && typeof standard.validate === 'function';
  } catch {
    return false;
  }
}

/**
 * Checks a value with a schema. Returns a promise only if the schema is asynchronous.
 *
 * @param path where the schema is declared, for error messages.
 * @throws {WebsocketsError} `schema_failed`, if the schema throws or returns something other than a result. With
 * an asynchronous schema, the promise rejects with this error.
 */
export function validate(
  schema: StandardSchemaV1,
  value: unknown,
  path: string,
): Validated | Promise<Validated> {
  let result: StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>;
  try {
    result = schema['~standard'].validate(value);
  } catch (cause) {
    throw schema_failed(path, 'threw', cause);
  }
  if (!is_instance(result, Promise)) return read_result(result, path);
  return result.then(
    (settled) => read_result(settled, path),
    (cause) => {
      throw schema_failed(path, 'rejected', cause);
    },
  );
}

function read_result(result: StandardSchemaV1.Result<unknown>, path: string): Validated {
  try {
    const validated = read_standard_result(result);
    if (validated !== undefined) return validated;
  } catch (cause) {
    throw schema_failed(path, 'returned a result that cannot be read', cause);
  }
  throw schema_failed(path, `returned ${describe(result)}, which is not a Standard Schema result`);
}

function read_standard_result(result: StandardSchemaV1.Result<unknown>): Validated | undefined {
  if (typeof result === 'object' && result !== null) {
    if (Array.isArray(result.issues)) {
      return { is_valid: false, issues: result.issues.map(read_issue) };
    }
    if (result.issues === undefined && 'value' in result) {
      return { is_valid: true, value: result.value };
    }
  }
  return undefined;
}

function read_issue({ message, path }: StandardSchemaV1.Issue): SchemaIssue {
  return {
    message: String(message),
    path: (path ?? []).map((segment) => {
      const key = typeof segment === 'object' ? segment.key : segment;
      return typeof key === 'number' ? key : String(key);
    }),
  };
}

/** Describes issues, for example as `text: Too long; room: Required`. Escaped, because it may quote a client's text. */
export function describe_issues(issues: readonly SchemaIssue[]): string {
  const described = issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  return printable(described.join('; '));
}

function schema_failed(path: string, what: string, cause?: unknown) {
  const because = is_instance(cause, Error) ? `: ${describe(cause)}` : '';
  return new WebsocketsError('schema_failed', `${path} ${what}${because}`, { path }, { cause });
}
