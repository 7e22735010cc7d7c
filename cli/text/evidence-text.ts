import type { VerifiedResult } from '../../converters/htp/index.ts';
import type { FormFigures, RewriteEvidence } from '../../converters/tune/index.ts';
import { formatBytes } from '../../reports/model/format.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';

/** What the compiler and the emulator say of a rewriting, for a person. */
export function evidenceText({ before, after, decided }: RewriteEvidence, precision: string, emulated: VerifiedResult | null, style: Style): string {
  const draft = precision.startsWith('w') ? `, quantized to ${precision} by a draft` : '';
  const asked = `${draft}${decided.length === 0 ? '' : `, ${plural(decided.length, 'rewrite')} decided by it`}`;
  return [
    `  ${style.bold('compiled')}${style.dim(asked)}`,
    `    before  ${figuresText(before)}`,
    `    after   ${figuresText(after)}`,
    ...emulatedLines(emulated, style),
  ].join('\n');
}

function figuresText({ graphs, cpuNodes, bytes, spillBytes, failure }: FormFigures): string {
  if (failure !== null) return `no graph: ${failure}`;
  const placed = graphs === 1 && cpuNodes === 0 ? 'one graph' : `${plural(graphs, 'graph')}, ${plural(cpuNodes, 'node')} on the CPU`;
  const spills = spillBytes ? `, ${formatBytes(spillBytes)} of it spilled and filled` : '';
  return `${placed}${bytes === null ? '' : `, ${formatBytes(bytes)} of DDR traffic${spills}`}`;
}

function emulatedLines(emulated: VerifiedResult | null, style: Style): string[] {
  if (!emulated) return [];
  if (emulated.findings.length > 0) return emulated.findings.map(({ severity, node, reason }) => `    ${style.red(`${severity} (emulated) at ${node}: ${reason}`)}`);
  const db = emulated.worst?.db ?? null;
  return [`    emulated: what ONNX Runtime computes${db === null ? '' : `, within ${db.toFixed(1)} dB`}`];
}
