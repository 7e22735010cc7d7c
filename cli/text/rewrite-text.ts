import type { Comparison, RewriteLog, RewriteRecord } from '../../models/contracts/records.ts';
import { formatCount, formatError } from '../../reports/model/format.ts';
import { placeText } from '../../reports/render/terminal/graph-text.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { fitWidth, padEnd, wrapText } from '../ui/width.ts';

export interface RewriteTextOptions {
  readonly style: Style;
  readonly columns: number;
  /** Every place that was looked at, also refusals, and the graph around those that fired. */
  readonly details: boolean;
}

/** What a rewriting did, for a person: sizes before and after, what fired and how it was proved, what refused and why. */
export function rewriteText(model: string, log: RewriteLog, notes: readonly string[], options: RewriteTextOptions): string {
  const { style } = options;
  const fired = log.records.filter(({ outcome }) => outcome === 'fired');
  const others = log.records.filter(({ outcome }) => outcome !== 'fired');
  return [
    `${style.bold(model)} for ${style.bold(log.target)} ${style.dim(`(${log.precision})`)}`,
    `  ${sizes(log)}`,
    `  ${wholeVerdict(log, style)}`,
    ...notes.map((note) => style.yellow(`  ! ${note}`)),
    ...(fired.length > 0 ? ['', `  ${style.bold('fired')}`, ...byRewrite(fired).flatMap((group) => groupLines(group, options))] : []),
    ...(others.length > 0
      ? ['', `  ${style.bold('left alone')}`, ...byReason(others).flatMap((group) => refusedLines(group, options))]
      : []),
  ].join('\n');
}

/** One sentence for a step's line. */
export function rewriteSummary(log: RewriteLog): string {
  const fired = log.records.filter(({ outcome }) => outcome === 'fired').length;
  const proof = log.whole ? `, verified: ${errorText(log.whole)}` : '';
  return `${plural(fired, 'rewrite')}, ${log.nodesBefore} → ${plural(log.nodesAfter, 'node')}${proof}`;
}

function sizes({ nodesBefore, nodesAfter, maxRankBefore, maxRankAfter, records }: RewriteLog): string {
  const known = records.filter((r) => r.outcome === 'fired' && r.macsBefore !== undefined && r.macsAfter !== undefined);
  const saved = known.reduce((sum, r) => sum + ((r.macsBefore as number) - (r.macsAfter as number)), 0);
  const rank = maxRankBefore === null || maxRankAfter === null ? '' : `, highest rank ${maxRankBefore} → ${maxRankAfter}`;
  const macs = saved === 0 ? '' : `, ${formatCount(Math.abs(saved))} multiply-accumulates ${saved > 0 ? 'fewer' : 'more'}`;
  return `${nodesBefore} → ${plural(nodesAfter, 'node')}${rank}${macs}`;
}

function wholeVerdict({ whole, records }: RewriteLog, style: Style): string {
  if (whole) return `${style.green('the same function')}: ${errorText(whole)} on ${plural(whole.inputs, 'input')}, ${whole.evidence}`;
  return records.some(({ outcome }) => outcome === 'fired')
    ? style.yellow('not verified as a whole')
    : style.dim('nothing to verify: nothing changed');
}

function errorText({ bitEqual, maxRelToRange }: Comparison): string {
  return bitEqual ? 'bit for bit' : `largest error ${formatError(maxRelToRange)} of the range`;
}

function byRewrite(records: readonly RewriteRecord[]): RewriteRecord[][] {
  return groupBy(records, ({ rewrite }) => rewrite);
}

function byReason(records: readonly RewriteRecord[]): RewriteRecord[][] {
  return groupBy(records, ({ rewrite, outcome, reason }) => `${rewrite}\0${outcome}\0${reason}`);
}

function groupBy(records: readonly RewriteRecord[], key: (record: RewriteRecord) => string): RewriteRecord[][] {
  const groups = new Map<string, RewriteRecord[]>();
  for (const record of records) groups.set(key(record), [...(groups.get(key(record)) ?? []), record]);
  return [...groups.values()];
}

function groupLines(group: readonly RewriteRecord[], { style, columns, details }: RewriteTextOptions): string[] {
  const [first] = group as [RewriteRecord];
  const count = group.length > 1 ? style.dim(` ×${group.length}`) : '';
  const shown = details ? group : group.slice(0, 2);
  const more = group.length - shown.length;
  return [
    `    ${style.green('✓')} ${style.bold(first.rewrite)}${count}  ${style.dim(classText(first))}`,
    ...shown.flatMap((record) => [
      ...(record.nodes.length > 0 ? [`      ${fitWidth(record.nodes.join(', '), Math.max(20, columns - 8), 'both')}`] : []),
      ...wrapText(record.reason, Math.max(40, columns - 8)).map((line) => style.dim(`      ${line}`)),
      ...(record.verified ? [style.dim(`      ${errorText(record.verified)}, ${record.verified.evidence}`)] : []),
      ...factLines(record, style),
      ...(details && record.picture ? placeText(record.picture, Math.max(40, columns - 8)).map((line) => `      ${line}`) : []),
    ]),
    ...(more > 0 ? [style.dim(`      … and ${plural(more, 'place')} more (--details)`)] : []),
  ];
}

function refusedLines(group: readonly RewriteRecord[], { style, columns, details }: RewriteTextOptions): string[] {
  const [first] = group as [RewriteRecord];
  const places = group.flatMap(({ nodes }) => nodes);
  return [
    `    ${style.dim('–')} ${first.rewrite}${group.length > 1 ? style.dim(` ×${group.length}`) : ''}`,
    ...wrapText(first.reason, Math.max(40, columns - 8)).map((line) => style.dim(`      ${line}`)),
    ...(details && places.length > 0
      ? wrapText(`at ${places.join(', ')}`, Math.max(40, columns - 8)).map((line) => style.dim(`      ${line}`))
      : []),
  ];
}

function classText({ exactness, face }: RewriteRecord): string {
  return face === 'same' ? exactness : `${exactness}, changes the model’s ${face}`;
}

function factLines({ facts }: RewriteRecord, style: Style): string[] {
  const entries = Object.entries(facts ?? {});
  return entries.length === 0 ? [] : entries.map(([name, value]) => style.dim(`      ${padEnd(name, 28)} ${value}`));
}
