// Control characters (C0, DEL, C1), format characters (bidirectional controls, zero-width characters), line and
// paragraph separators, and lone surrogates.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes a client's text for the log or an error message. A character that a terminal would interpret rather than show
 * becomes, for example, `\u009b`. A client can therefore neither forge nor hide a log line.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escape_units);
}

function escape_units(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
