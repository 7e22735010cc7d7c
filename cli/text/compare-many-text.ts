import { AXIS_WORDS, changeText, type ManyRow, type ManyRuns } from '../../reports/compare/index.ts';
import { formatValue } from '../../reports/model/format.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';

/** Several runs as a table for each metric, a row for each value and column where one is, so that any number of columns fits; what did not change is counted unless `all`. */
export function compareManyText(compared: ManyRuns, all: boolean, style: Style): string {
  const { runs, axis, columns, conditions, rows } = compared;
  const shown = all ? rows : rows.filter(({ cells }) => cells.some((cell) => cell?.change && cell.change.direction !== '~'));
  const metrics = [...new Set(shown.map(({ protocol, metric }) => protocol ?? metric))];
  const left = rows.length - shown.length;
  return [
    style.bold(`${plural(runs.length, 'run')} ${AXIS_WORDS[axis]}`),
    ...conditions.map(({ name, values }) => `  ${style.yellow('!')} ${name}: ${[...new Set(values)].map((value) => value ?? 'none').join(', ')}`),
    ...metrics.flatMap((metric) => ['', formatTable(
      [{ title: metric }, { title: '' }, { title: '' }, { title: '', align: 'right' }, { title: 'against the first', align: 'right' }, { title: '' }],
      shown.filter((row) => (row.protocol ?? row.metric) === metric).flatMap((row) => lines(row, columns, style)), style.dim,
    )]),
    '',
    ...(left > 0 ? [style.dim(`  ${plural(left, 'value')} did not change${all ? '' : '; --all shows them'}`)] : []),
    ...(rows.some(({ metric }) => metric === 'latency') ? [style.dim('  times are of different sessions: intervals are of their blocks and do not hold how far sessions lie apart')] : []),
  ].join('\n').trimEnd();
}

function lines({ variant, device, unit, dimension, cells }: ManyRow, columns: readonly string[], style: Style): string[][] {
  const place = [device, unit].filter((part) => part !== null).join(' ');
  return cells.flatMap((cell, i) => {
    if (!cell) return [];
    const isFirst = cells.slice(0, i).every((other) => other === null);
    const paint = cell.change?.direction === 'better' ? style.green : cell.change?.direction === 'worse' ? style.red : style.dim;
    return [[isFirst ? `  ${variant}` : '', isFirst ? style.dim(place) : '', columns[i] ?? '', formatValue(cell.value, dimension), paint(changeText(cell, dimension)), style.dim(cell.evidence)]];
  });
}
