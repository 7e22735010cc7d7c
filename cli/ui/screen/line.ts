import { fitWidth, textWidth } from '../width.ts';

export type Tone = 'plain' | 'dim' | 'good' | 'bad' | 'warn' | 'accent' | 'strong';

/** A piece of a line in one tone. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

/** Cuts a line to a width; the piece that does not fit ends in an ellipsis and what follows is dropped. */
export function fitLine(line: Line, columns: number): Line {
  let left = columns;
  const fitted: Span[] = [];
  for (const { text, tone } of line) {
    if (left <= 0) break;
    const cut = fitWidth(text, left);
    if (cut !== '') fitted.push({ text: cut, tone });
    left -= textWidth(cut);
    if (cut !== text) break;
  }
  return fitted;
}

/** `left` and `right` pushed apart; `right` is dropped where both do not fit with some of `left`. */
export function spread(left: Line, right: Line, columns: number): Line {
  const rightWidth = lineWidth(right);
  const room = columns - rightWidth - 2;
  if (room < Math.min(20, lineWidth(left))) return fitLine(left, columns);
  const shown = fitLine(left, room);
  return [...shown, span(' '.repeat(columns - rightWidth - lineWidth(shown))), ...right];
}

export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + textWidth(text), 0);
}
