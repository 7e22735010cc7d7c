import { releaseOf } from '../../converters/coreml/plan.ts';
import type { Figures } from '../../converters/coreml/parity/figures.ts';
import { formatBytes, significant } from '../../reports/model/format.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { wrapText } from '../ui/width.ts';
import type { FunctionsOutcome } from '../work/convert-functions.ts';
import type { ConvertOutcome } from '../work/convert-model.ts';
import { compressionLines } from './compression-text.ts';
import { type RewriteTextOptions, rewriteSummary, rewriteText } from './rewrite-text.ts';

/** What a conversion made, for a person. */
export function convertText(model: string, out: string, outcome: ConvertOutcome, options: RewriteTextOptions): string {
  return [outcomeText(model, outcome, options), '', writtenText(out, outcome.package.bytes, options.style)].join('\n');
}

/** The same for a package of several functions, one after the other. */
export function functionsText(model: string, out: string, { bytes, parts }: FunctionsOutcome, options: RewriteTextOptions): string {
  const { style } = options;
  const apart = parts.reduce((sum, { outcome }) => sum + outcome.package.bytes, 0);
  return [
    ...parts.map(({ function: { name, shapes }, outcome }) => outcomeText(`${model}, function ${name} (${shapes.join(', ')})`, outcome, options)),
    `${writtenText(out, bytes, style)}, ${style.dim(`${formatBytes(apart)} as packages of their own`)}`,
  ].join('\n\n');
}

function writtenText(out: string, bytes: number, style: Style): string {
  return `  written to ${style.bold(out)} ${style.dim(`(${formatBytes(bytes)})`)}`;
}

function outcomeText(model: string, outcome: ConvertOutcome, options: RewriteTextOptions): string {
  const { style } = options;
  const { plan, log, notes, renamed, findings, package: written } = outcome;
  return [
    `${style.bold(model)} for ${style.bold(`iOS ${releaseOf(plan.opset)}`)} and later ${style.dim(`(specification ${written.specification})`)}`,
    ...(log ? [options.details ? rewriteText(model, log, [], options) : `  ${rewriteSummary(log)}`] : []),
    `  ${operationsText(outcome, style)}`,
    ...(outcome.compression ? compressionLines(outcome.compression, options) : []),
    ...renamed.map(({ from, to }) => `  "${from}" is called ${style.bold(to)} in the package`),
    ...[...notes, ...written.warnings].flatMap((note) => wrapText(`! ${note}`, options.columns - 2).map((line) => style.yellow(`  ${line}`))),
    ...findings.flatMap(({ node, reason, remedy }) => wrapText(`${node}: ${reason}. ${remedy}`, options.columns - 2).map((line) => style.red(`  ${line}`))),
    ...islandLines(outcome, options),
    ...parityLines(outcome, options),
  ].join('\n');
}

/** One sentence for a step's line. */
export function convertSummary({ plan, package: written }: ConvertOutcome): string {
  return `${plural(countOperations(plan), 'operation')}, ${(written.seconds.build + written.seconds.convert + written.seconds.save).toFixed(1)} s in coremltools`;
}

function islandLines({ islands }: ConvertOutcome, { style, columns }: RewriteTextOptions): string[] {
  if (islands.length === 0) return [];
  const places = islands.slice(0, MOST_PLACES).map(({ value, operation }) => `${operation} ${value}`).join(', ');
  const more = islands.length > MOST_PLACES ? ` and ${islands.length - MOST_PLACES} more` : '';
  return wrapText(`! ${plural(islands.length, 'operation')} of it in float32, which leaves the Neural Engine: ${places}${more}`, columns - 2).map((line) => style.yellow(`  ${line}`));
}

const MOST_PLACES = 5;

/** The package beside the model, output by output. */
function parityLines({ plan, parity, uncompressed, compression, different }: ConvertOutcome, { style, columns }: RewriteTextOptions): string[] {
  if (!parity) return [style.dim('  not compared with the model')];
  const outputs = (uncompressed ?? parity).outputs.map((compared, i) => {
    const { output, floor } = compared;
    const alone = uncompressed ? ` with its weights as they were; ${agreement(parity.outputs[i] ?? compared)} as ${compression?.scheme}` : '';
    const text = `${output}: ${agreement(compared)}${alone} (${parity.evidence})`;
    return different.includes(compared) ? `  ${style.red(`${text}; its arithmetic explains ${floor.toFixed(0)} dB and more`)}` : `  ${style.green(text)}`;
  });
  const first = parity.divergence && different.length > 0 ? wrapText(`it begins at ${parity.divergence.operation} ${parity.divergence.value} (${parity.divergence.psnr.toFixed(1)} dB)`, columns - 2).map((line) => style.red(`  ${line}`)) : [];
  const overflows = parity.overflows.slice(0, MOST_PLACES).flatMap(({ value, operation, magnitude }) => wrapText(`fp16 overflows at ${operation} ${value}: ${significant(magnitude)} is beyond 65504. Keep it in float32: --keep-fp32 ${layerOf(plan, value)}`, columns - 2).map((line) => style.red(`  ${line}`)));
  return [...outputs, ...first, ...overflows];
}

/** The node that a value of the package comes from; the value itself where it has another name there. */
function layerOf({ functions }: ConvertOutcome['plan'], value: string): string {
  const name = value.replace(/_cast_fp16$/, '');
  const made = functions.flatMap((f) => f.operations).find(({ outputs }) => outputs.some((output) => output.name === name));
  return made && made.source !== '' ? made.source : value;
}

function agreement({ psnr, maxAbs }: Figures): string {
  return `${Number.isFinite(psnr) ? `${psnr.toFixed(1)} dB` : psnr > 0 ? 'equal' : 'nothing in common'}, largest difference ${significant(maxAbs)}`;
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
