import { displayWidth, fit, wrap } from '../../reports/render/terminal/width.ts';

export { displayWidth as textWidth, padEnd, padStart } from '../../reports/render/terminal/width.ts';

/** Shortens a text without colours to `columns`, with an ellipsis at the end, or in the middle where both ends say something. */
export function fitWidth(text: string, columns: number, keep: 'start' | 'both' = 'start'): string {
  if (keep === 'start' || columns < 8 || displayWidth(text) <= columns) return fit(text, columns);
  const characters = [...text];
  const tail: string[] = [];
  for (let used = 0; characters.length > 0; ) {
    const last = characters.pop() as string;
    used += displayWidth(last);
    if (used > Math.floor((columns - 1) / 2)) break;
    tail.unshift(last);
  }
  return fit(text, columns - displayWidth(tail.join(''))) + tail.join('');
}

/** Breaks a text without colours into lines of at most `columns`: at blanks where there are any, else anywhere. */
export function wrapText(text: string, columns: number): string[] {
  return wrap(text.replace(/\s+/g, ' '), columns).flatMap((row) =>
    displayWidth(row) <= columns ? [row] : (row.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [row]),
  );
}
