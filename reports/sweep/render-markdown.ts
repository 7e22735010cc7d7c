import { oneLine } from '../render/clean-text.ts';
import { commonText, type GridColumn, gridOf } from './grid.ts';
import type { SweepReport } from './sweep-schema.ts';

/** The table in Markdown, evidence over every column, footnotes below. */
export function renderSweepMarkdown(report: SweepReport): string {
  const grid = gridOf(report);
  const common = commonText(report);
  const over = ({ title, subtitle, evidence, marks }: GridColumn): string =>
    [`${inert(title)}${superscript(marks)}`, inert(subtitle), evidence === '' ? '' : `*${evidence}*`].filter(Boolean).join('<br>');
  const head = [...grid.names.map((name) => (name === 'row' ? '' : name)), ...grid.columns.map(over)];
  const rule = [...grid.names.map(() => '---'), ...grid.columns.map(() => '---:')];
  const rows = grid.rows.map(({ names, cells }) => [...names.map(inert), ...cells.map(({ text, marks }) => `${inert(text)}${superscript(marks)}`)]);
  return [
    `### ${inert(report.title)}`, '', ...(common === '' ? [] : [inert(common), '']),
    ...[head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`), '',
    ...grid.footnotes.flatMap(({ mark, text }) => [`<sup>${mark}</sup> ${inert(text)}`, '']),
    ...report.notes.flatMap((note) => [inert(note), '']),
  ].join('\n').trimEnd().concat('\n');
}

function superscript(marks: readonly string[]): string {
  return marks.length > 0 ? ` <sup>${marks.join(',')}</sup>` : '';
}

/** Text that Markdown takes as it is. */
function inert(text: string): string {
  return oneLine(text).replace(/[\\|*_`<>[\]]/g, (letter) => (letter === '<' ? '&lt;' : letter === '>' ? '&gt;' : `\\${letter}`));
}
