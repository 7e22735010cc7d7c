import { stripSequences } from '../clean-text.ts';

/** Columns that a text takes in a terminal: wide East Asian letters and emoji two, marks that combine none. Colour codes count nothing. */
export function displayWidth(text: string): number {
  if (SINGLE.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segments().segment(stripSequences(text))) width += widthOf(segment);
  return width;
}

/** A text cut to a width, with an ellipsis where something is missing. */
export function fit(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let out = '';
  let used = 0;
  for (const { segment } of segments().segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    out += segment;
  }
  return width > 0 ? `${out}…` : '';
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** A text in lines of at most `width`, broken at blanks; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Latin letters, punctuation, arrows, blocks and Braille: one column each, and nearly all that is ever measured. */
const SINGLE = /^[\x20-\x7e\u00a0-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u2319\u2500-\u25fc\u2800-\u28ff]*$/;

let segmenter: Intl.Segmenter | null = null;

/** Made when first needed: its tables take 10 ms to load. */
function segments(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter;
}

function widthOf(segment: string): number {
  if (/^(?:\p{Mark}|\p{Cf})+$/u.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}

/** Blocks of Unicode TR 11 whose letters take two columns, and whatever is shown as an emoji. */
const WIDE = new RegExp(
  [
    '\\p{Emoji_Presentation}|\\ufe0f|[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff',
    '\\ufe30-\\ufe4f\\uff00-\\uff60\\uffe0-\\uffe6\\u{20000}-\\u{3fffd}]',
  ].join(''),
  'u',
);
