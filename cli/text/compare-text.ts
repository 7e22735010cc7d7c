import { formatChange, formatValue } from '../../reports/model/format.ts';
import type { ComparedRuns, ComparedValue } from '../../reports/gate/compare-runs.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';

const MOST_NAMED = 5;

/** Two runs as a table for each metric; values that did not change are counted unless `all`. */
export function compareText({ values, onlyBefore, onlyNow }: ComparedRuns, all: boolean, style: Style): string {
  const shown = all ? values : values.filter(({ direction }) => direction !== '~');
  const severalSets = new Set(values.flatMap(({ dataset }) => dataset ?? [])).size > 1;
  const titleOf = (value: ComparedValue): string => `${value.protocol ?? value.metric}${setText(value, severalSets)}`;
  const metrics = [...new Set(shown.map(titleOf))];
  const tables = metrics.map((metric) => formatTable(
    [{ title: metric }, { title: '' }, { title: 'before', align: 'right' }, { title: 'now', align: 'right' }, { title: 'change', align: 'right' }, { title: '' }],
    shown.filter((value) => titleOf(value) === metric).map((value) => row(value, style)), style.dim,
  ));
  const unlike = [...new Set(values.flatMap((value) => value.unlike))];
  const same = values.length - shown.length;
  return [
    tables.length > 0 ? tables.join('\n\n') : values.length === 0 ? 'The two runs have no value in common.' : 'Nothing changed.',
    '',
    ...(same > 0 && tables.length > 0 ? [style.dim(`  ${plural(same, 'value')} did not change${all ? '' : '; --all shows them'}`)] : []),
    ...(unlike.length > 0 ? [`  ${style.yellow('!')} Not like with like: ${unlike.join('; ')}.`] : []),
    ...(values.some(({ ratio }) => ratio !== null) ? [style.dim('  times are of two sessions: intervals are of blocks and do not hold how far sessions lie apart; dyno run --base git:REF measures both in one')] : []),
    ...missing('Only before', onlyBefore, style), ...missing('Only now', onlyNow, style),
  ].join('\n').trimEnd();
}

/** `@kodak#night`, where it must be told. */
function setText({ dataset, tag }: ComparedValue, severalSets: boolean): string {
  return dataset !== null && (severalSets || tag !== null) ? `@${dataset}${tag === null ? '' : `#${tag}`}` : '';
}

function row({ variant, device, unit, before, now, dimension, ratio, direction, evidence }: ComparedValue, style: Style): string[] {
  const paint = direction === 'better' ? style.green : direction === 'worse' ? style.red : style.dim;
  const change = ratio ? formatChange(ratio.center) : dimension === 'dB' || dimension === 'similarity' ? signed(now - before, dimension) : before === 0 ? '' : formatChange(now / before);
  const interval = ratio && Number.isFinite(ratio.high) ? `${formatChange(ratio.low)} to ${formatChange(ratio.high)}` : '';
  return [`  ${variant}`, style.dim([device, unit].filter((part) => part !== null).join(' ')), formatValue(before, dimension), formatValue(now, dimension), paint(`${direction === '~' ? '~ ' : ''}${change}`), style.dim([interval, evidence].filter((part) => part !== '').join(', '))];
}

function signed(difference: number, dimension: string): string {
  return `${difference < 0 ? '−' : '+'}${formatValue(Math.abs(difference), dimension)}`;
}

function missing(title: string, names: readonly string[], style: Style): string[] {
  if (names.length === 0) return [];
  const more = names.length - MOST_NAMED;
  return [style.dim(`  ${title}: ${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? `, and ${more} more` : ''}`)];
}
