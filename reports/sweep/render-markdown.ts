import { oneLine } from '../render/clean-text.ts';
import { commonText, gridOf } from './grid.ts';
import type { SweepReport } from './sweep-schema.ts';

/** The table in Markdown, evidence over every column, footnotes below. */
export function renderSweepMarkdown(report: SweepReport): string {
  const grid = gridOf(report);
  const common = commonText(report);
  const head = [...grid.names.map((name) => (name === 'row' ? '' : name)), ...grid.columns.map(({ title, subtitle, evidence, marks }) => [`${escape(title)}${superscript(marks)}`, escape(subtitle), evidence === '' ? '' : `*${evidence}*`].filter(Boolean).join('<br>'))];
  const rule = [...grid.names.map(() => '---'), ...grid.columns.map(() => '---:')];
  const rows = grid.rows.map(({ names, cells }) => [...names.map(escape), ...cells.map(({ text, marks }) => `${escape(text)}${superscript(marks)}`)]);
  return [
    `### ${escape(report.title)}`, '', ...(common === '' ? [] : [escape(common), '']),
    ...[head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`), '',
    ...grid.footnotes.flatMap(({ mark, text }) => [`<sup>${mark}</sup> ${escape(text)}`, '']),
    ...report.notes.flatMap((note) => [escape(note), '']),
  ].join('\n').trimEnd().concat('\n');
}

function superscript(marks: readonly string[]): string {
  return marks.length > 0 ? ` <sup>${marks.join(',')}</sup>` : '';
}

/** Text that Markdown takes as it is. */
function escape(text: string): string {
  return oneLine(text).replace(/[\\|*_`<>[\]]/g, (letter) => (letter === '<' ? '&lt;' : letter === '>' ? '&gt;' : `\\${letter}`));
}
