const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// A tab and every printable character of Latin-1, but no line break.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function is_token(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a header can be sent unchanged (RFC 9110 §5.1 and §5.5). */
export function is_sendable_header(name: unknown, value: unknown): boolean {
  return (
    typeof name === 'string' &&
    is_token(name) &&
    typeof value === 'string' &&
    FIELD_VALUE.test(value)
  );
}
