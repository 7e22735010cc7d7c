import type { Screen } from './screen.ts';
import { displayWidth, fit } from './width.ts';

export const INDENT = 2;

/** A title with a remark after it where there is room. */
export function heading(title: string, remark: string, { paint, width }: Screen): string {
  const short = fit(title, width);
  const fits = remark !== '' && displayWidth(short) + 2 + displayWidth(remark) <= width;
  return fits ? `${paint('bold', short)}  ${paint('dim', remark)}` : paint('bold', short);
}

export function indent(line: string): string {
  return ' '.repeat(INDENT) + line;
}
