import { formatBytes } from '../../reports/model/format.ts';
import { isOneGraph, trafficOf } from '../../converters/htp/compile-report.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import type { CompileOutcome } from '../work/compile-model.ts';

/** What the compiler made of a model, for a person. */
export function compileText(model: string, outcome: CompileOutcome, style: Style): string {
  const { report, note, artifacts, reproducers } = outcome;
  return [
    `${style.bold(model)} compiled for ${style.bold(report.chip)} ${style.dim(`(Hexagon v${report.hexagon}, QAIRT ${report.build ?? '?'})`)}`,
    ...(note ? [style.dim(`  ${note}`)] : []),
    `  ${placement(outcome, style)}`,
    ...trafficLines(outcome),
    ...report.nodes.filter(({ unit }) => unit === 'cpu').map(({ label, opType, reason }) => `  ${style.red('CPU')}  ${label}  ${style.dim(opType)}  ${reason ?? ''}`),
    ...verified(outcome, style).map((line) => `  ${line}`),
    ...reproducers.map((folder) => `  a model of one operator that shows it: ${folder}`),
    ...artifacts.map(({ file, what, bytes, sha256 }) => `  ${file}  ${style.dim(`${what}, ${formatBytes(bytes)}, sha256 ${sha256.slice(0, 12)}…`)}`),
    ...(artifacts.length > 0 ? [style.dim(`  The context binary needs QNN libraries of build ${report.build ?? '?'} or later on the phone.`)] : []),
    ...(report.failure?.advice ?? []).map((step) => `  ${style.cyan('→')} ${step}`),
    ...(report.failure ? [] : [style.dim(`  prepared in ${report.seconds.toFixed(1)} s here${report.peakBytes === null ? '' : `, ${formatBytes(report.peakBytes)} of memory`}`)]),
  ].join('\n');
}

function placement({ report }: CompileOutcome, style: Style): string {
  if (report.failure) return style.red(report.failure.message);
  if (isOneGraph(report)) return style.green(`one graph on HTP${report.cpuNodes > 0 ? `, ${plural(report.cpuNodes, 'conversion')} at its face on the CPU` : ''}`);
  return style.yellow(`${plural(report.htpGraphs, 'graph')} on HTP, ${plural(report.cpuNodes, 'node')} on the CPU`);
}

function trafficLines({ report, limit }: CompileOutcome): string[] {
  if (report.graphs.length === 0) return [];
  const { all, spillFill } = trafficOf(report);
  const [read, write] = [report.graphs.reduce((sum, g) => sum + g.readBytes, 0), report.graphs.reduce((sum, g) => sum + g.writeBytes, 0)];
  const against = limit ? `; ${times(all, limit.ownFace)} what its inputs, outputs and weights need, ${times(all, limit.uint8Face)} with uint8 ones` : '';
  return [
    `  ${formatBytes(all)} of DDR traffic per inference: ${formatBytes(read)} read, ${formatBytes(write)} written${against}`,
    `  ${spillFill > 0 ? `${formatBytes(spillFill)} of it spills and fills` : 'no spills'}; ${report.graphs.map(({ supertiles }) => supertiles).join(' + ')} supertiles, VTCM ${vtcm(report)}`,
  ];
}

function vtcm({ graphs }: CompileOutcome['report']): string {
  return [...new Set(graphs.map(({ vtcmBytes }) => (vtcmBytes === null ? '?' : `${vtcmBytes / 2 ** 20} MiB`)))].join(', ');
}

function times(bytes: number, limit: number): string {
  return `${(bytes / limit).toFixed(2)}×`;
}

function verified({ verification, reproducers }: CompileOutcome, style: Style): string[] {
  if (!verification) return [];
  if (verification.findings.length > 0) {
    const hint = reproducers.length === 0 && verification.reproducers.length > 0 ? [style.dim('--reproducer DIR writes a model of that operator alone, to send')] : [];
    return [...verification.findings.map(({ severity, node, opType, reason }) => style.red(`${severity} (emulated) at ${node} ${opType}: ${reason}`)), ...hint];
  }
  const least = Math.min(...[...verification.outputs.values()].map(({ db }) => db));
  return [`emulated on ${plural(verification.inputs, 'input')}: what ONNX Runtime computes${Number.isFinite(least) ? `, within ${least.toFixed(1)} dB` : ', exactly'}`];
}
