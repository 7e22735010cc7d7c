import { fitLine, type Line, span } from '../../ui/screen/line.ts';
import { wrapText } from '../../ui/width.ts';
import type { AboutLine } from '../rows/row.ts';

/** Paragraphs in lines of at most `columns`; pictures and tables are cut. */
export function aboutLines(about: readonly AboutLine[], columns: number): Line[] {
  return about.flatMap(({ text, tone = 'plain', indent = 0, fixed = false }): Line[] => {
    const blank = ' '.repeat(indent);
    if (fixed) return [fitLine([span(blank + text, tone)], columns)];
    return wrapText(text, Math.max(8, columns - indent)).map((part) => [span(blank), span(part, tone)]);
  });
}
