import type { Finding, RootCause, Severity } from '../../models/contracts/finding.ts';
import type { Style } from '../ui/style.ts';
import { plural } from '../ui/numbers.ts';
import { wrapText } from '../ui/width.ts';
import { formatBytes } from '../../reports/model/format.ts';
import type { VerifiedResult } from '../../converters/htp/result-cache.ts';
import type { CheckOutcome } from '../work/check-model.ts';

/** Places shown of each rule. */
const PLACES = 3;

export interface CheckTextOptions {
  readonly style: Style;
  readonly columns: number;
  /** Every finding, with sources. */
  readonly details: boolean;
}

/** What a check found, for a person: the verdict, then each cause with the place, the reason and the remedy. */
export function checkText(model: string, outcome: CheckOutcome, options: CheckTextOptions): string {
  const { style } = options;
  const head = `${style.bold(model)} for ${style.bold(outcome.target)} ${style.dim(`(${outcome.precision}, ${outcome.compiled ? 'predicted and compiled' : 'predicted'})`)}`;
  const note = outcome.note === null ? [] : [style.dim(`  ${outcome.note}`)];
  return [head, ...note, `  ${verdict(outcome, style)}`, ...compilerLines(outcome, options), ...outcome.causes.flatMap((cause) => ['', ...causeLines(cause, options)])].join(
    '\n',
  );
}

/** Where the model stands on the unit, as one sentence. */
export function verdict({ causes, placement, macsKnown }: CheckOutcome, style: Style): string {
  if (causes.length === 0) return style.green('Nothing known keeps it off the unit.');
  const share = macsKnown ? `, ${Math.round(placement.macShare * 100)} % of the multiply-accumulates` : '';
  const pieces = placement.segments > 1 ? `, in ${plural(placement.segments, 'piece')}` : '';
  const findings = causes.reduce((sum, cause) => sum + cause.findings.length, 0);
  const found = `${plural(findings, 'finding')} from ${plural(causes.length, 'cause')}`;
  if (causes.some(({ severity }) => severity === 'blocks-conversion')) return `${found}; it does not convert as it is, nothing of it reaches the unit`;
  return `${found}; ${placement.onUnit} of ${plural(placement.nodes, 'node')} on the unit${share}${pieces}`;
}

/** What the compiler says of the whole model: graphs, traffic, correctness; or why it was not asked. */
export function compilerLines({ compiled, compilerNote, compilerFailed }: CheckOutcome, { style, details }: CheckTextOptions): string[] {
  const note = compilerNote ? [(compilerFailed ? style.red : style.dim)(`  ${compilerNote}`)] : [];
  if (!compiled) return note;
  const { chip, build, whole, failed, htpGraphs, cpuNodes, traffic, refuted, verified, reproducers } = compiled;
  const placed = whole ? style.green(`one graph on HTP${cpuNodes > 0 ? `, ${plural(cpuNodes, 'conversion')} at its face on the CPU` : ''}`) : failed ? style.red('no graph came out') : `${plural(htpGraphs, 'graph')} on HTP, ${plural(cpuNodes, 'node')} on the CPU`;
  const moved = traffic ? `, ${formatBytes(traffic.all)} of DDR traffic per inference${traffic.spillFill > 0 ? `, ${formatBytes(traffic.spillFill)} of it spills` : ''}` : '';
  return [
    `  compiled for ${chip}: ${placed}${moved} ${style.dim(`(QAIRT ${build ?? '?'})`)}`,
    ...(refuted.length > 0 ? [style.dim(`  The compiler takes what rules doubt: ${[...new Set(refuted.map(({ rule, node }) => `${node || 'the model'} (${rule})`))].join(', ')}`)] : []),
    ...(details ? insertedLines(compiled, style) : []),
    ...(verified ? [`  ${emulated(verified, style)}`] : []),
    ...reproducers.map((folder) => `  a model of one operator that shows it: ${folder}`),
    ...note,
  ];
}

/** What the provider put in, by the node that wants it. */
function insertedLines({ inserted }: NonNullable<CheckOutcome['compiled']>, style: Style): string[] {
  const byNode = new Map<string, string[]>();
  for (const { node, opType, unit } of inserted) byNode.set(node, [...(byNode.get(node) ?? []), unit === 'cpu' ? `${opType} (CPU)` : opType]);
  return [...byNode].map(([node, operators]) => style.dim(`    the provider put in ${operators.join(', ')} for ${node}`));
}

function emulated({ findings, worst }: VerifiedResult, style: Style): string {
  if (findings.length > 0) return style.red('emulated: not what ONNX Runtime computes, see below');
  return `emulated: what ONNX Runtime computes${worst?.db == null ? ', exactly' : `, within ${worst.db.toFixed(1)} dB`}`;
}

/** A cause, then what each rule has to say about it: rules that speak of the same place are told one after the other. */
function causeLines(cause: RootCause, options: CheckTextOptions): string[] {
  const { style } = options;
  const rules = [...new Set(cause.findings.map(({ rule }) => rule))];
  const count = cause.findings.length > 1 ? style.dim(` ×${cause.findings.length}`) : '';
  return [
    `  ${severity(cause.severity, style)}  ${style.bold(cause.title)}${count}`,
    ...rules.flatMap((rule) => ruleLines(cause.findings.filter((finding) => finding.rule === rule), options)),
  ];
}

function ruleLines(findings: readonly Finding[], { style, columns, details }: CheckTextOptions): string[] {
  const [first] = findings as [Finding];
  const width = Math.max(40, columns - 4);
  const shown = details ? findings : findings.slice(0, PLACES);
  const hidden = findings.length - shown.length;
  return [
    ...shown.flatMap((finding) => placeLines(finding, style)),
    ...(hidden > 0 ? [style.dim(`      … and ${plural(hidden, 'more place')} (--details)`)] : []),
    ...paragraph(first.reason, width, '    '),
    ...paragraph(`→ ${first.remedy}`, width, '    ', style.cyan),
    style.dim(`      ${[first.rule, ...(first.rewrites.length > 0 ? [`mended by ${first.rewrites.join(', ')}`] : [])].join(', ')}`),
    ...(details ? first.sources.map((source) => style.dim(`      source: ${source} (confidence: ${first.confidence})`)) : []),
  ];
}

function placeLines({ node, opType, value, shape, scope }: Finding, style: Style): string[] {
  const what = [
    node || value || 'the model',
    opType === '' ? '' : style.dim(opType),
    shape === null ? '' : `${value === null || value === node ? '' : `${value} `}${shape}`,
  ];
  const where = scope === null || scope === node ? '' : style.dim(` in ${scope}`);
  return [`      ${what.filter((part) => part !== '').join('  ')}${where}`];
}

function paragraph(text: string, width: number, indent: string, paint: (text: string) => string = (plain) => plain): string[] {
  return wrapText(text, width).map((line) => indent + paint(line));
}

function severity(severity: Severity, style: Style): string {
  const paint = severity === 'slow' ? style.yellow : severity === 'splits-graph' || severity === 'overflow' ? style.magenta : style.red;
  return paint(severity);
}
