import { releaseOf } from '../../converters/coreml/plan.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { wrapText } from '../ui/width.ts';
import type { ConvertOutcome } from '../work/convert-model.ts';
import { type RewriteTextOptions, rewriteSummary, rewriteText } from './rewrite-text.ts';

/** What a conversion made, for a person. */
export function convertText(model: string, out: string, outcome: ConvertOutcome, options: RewriteTextOptions): string {
  const { style } = options;
  const { plan, log, notes, renamed, findings, package: written } = outcome;
  return [
    `${style.bold(model)} for ${style.bold(`iOS ${releaseOf(plan.opset)}`)} and later ${style.dim(`(specification ${written.specification})`)}`,
    ...(log ? [options.details ? rewriteText(model, log, [], options) : `  ${rewriteSummary(log)}`] : []),
    `  ${operationsText(outcome, style)}`,
    ...renamed.map(({ from, to }) => `  "${from}" is called ${style.bold(to)} in the package`),
    ...[...notes, ...written.warnings].flatMap((note) => wrapText(`! ${note}`, options.columns - 2).map((line) => style.yellow(`  ${line}`))),
    ...findings.flatMap(({ node, reason, remedy }) => wrapText(`${node}: ${reason}. ${remedy}`, options.columns - 2).map((line) => style.red(`  ${line}`))),
    '',
    `  written to ${style.bold(out)}`,
  ].join('\n');
}

/** One sentence for a step's line. */
export function convertSummary({ plan, package: written }: ConvertOutcome): string {
  return `${plural(countOperations(plan), 'operation')}, ${(written.seconds.build + written.seconds.convert + written.seconds.save).toFixed(1)} s in coremltools`;
}

function operationsText({ plan }: ConvertOutcome, style: Style): string {
  const counts = new Map<string, number>();
  for (const { op } of plan.functions.flatMap((f) => f.operations)) counts.set(op, (counts.get(op) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).map(([op, count]) => (count === 1 ? op : `${op} ×${count}`));
  return `${plural(countOperations(plan), 'operation')}: ${style.dim(sorted.join(', '))}`;
}

function countOperations(plan: ConvertOutcome['plan']): number {
  return plan.functions.reduce((sum, f) => sum + f.operations.length, 0);
}
