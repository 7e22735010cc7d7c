// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const ANSI = /\x1b\[[0-9;]*m/g;
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{Mark}|\u200d|[\ufe00-\ufe0f]/u;

/** Columns that a text takes in a terminal; colour sequences take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(ANSI, '')) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Shortens a text without colours to `columns`, with an ellipsis at the end, or in the middle where both ends say something. */
export function fitWidth(text: string, columns: number, keep: 'start' | 'both' = 'start'): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 1) return '…'.slice(0, columns);
  const tail = keep === 'both' ? Math.floor((columns - 1) / 2) : 0;
  return `${take([...text], columns - 1 - tail)}…${tail > 0 ? take([...text].reverse(), tail).split('').reverse().join('') : ''}`;
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - textWidth(text))) + text;
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

/** Breaks a text without colours into lines of at most `columns`, at blanks where there are any. */
export function wrapText(text: string, columns: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = rows.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= columns) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  return rows.flatMap((row) => (textWidth(row) <= columns ? [row] : (row.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [row])));
}

function take(characters: readonly string[], columns: number): string {
  let used = 0;
  let out = '';
  for (const character of characters) {
    used += textWidth(character);
    if (used > columns) break;
    out += character;
  }
  return out;
}
