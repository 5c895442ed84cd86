// Controls (C0, DEL, C1), formats (bidirectional controls, zero widths), what separates lines and paragraphs, and
// halves of a surrogate pair.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text of a client's for the log or an error message. A character that a terminal would obey rather than show is
 * written as `\u009b`, so that a client can neither forge a line nor hide one.
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
