import type { Compression } from '../../converters/coreml/compress/compress-weights.ts';
import { formatBytes } from '../../reports/model/format.ts';
import { plural } from '../ui/numbers.ts';
import { wrapText } from '../ui/width.ts';
import type { RewriteTextOptions } from './rewrite-text.ts';

/** How weights are stored, and what that costs them. */
export function compressionLines({ scheme, above, tensors, left }: Compression, { style, columns, details }: RewriteTextOptions): string[] {
  const [before, after] = [0, 1].map((i) => tensors.reduce((sum, tensor) => sum + (tensor.bytes[i] as number), 0)) as [number, number];
  const worst = tensors.reduce((a, b) => (b.sqnr < a.sqnr ? b : a));
  const stays = left.length > 0 ? `; ${left.length} of ${above} elements or fewer stay` : '';
  return [
    `  weights as ${style.bold(scheme)}: ${plural(tensors.length, 'tensor')}, ${formatBytes(before)} → ${formatBytes(after)}${stays}`,
    style.dim(`  least signal to noise of a weight: ${decibels(worst.sqnr)} (${worst.source ?? worst.name})`),
    ...(details ? tensors.map(({ name, source, elements, sqnr }) => style.dim(`    ${source ?? name}: ${elements} elements, ${decibels(sqnr)}`)) : []),
    ...notes(tensors).flatMap((note) => wrapText(`! ${note}`, columns - 2).map((line) => style.yellow(`  ${line}`))),
  ];
}

/** One line for all tensors of which the same is to be said. */
function notes(tensors: Compression['tensors']): string[] {
  const names = new Map<string, string[]>();
  for (const { name, source, note } of tensors) if (note !== null) names.set(note, [...(names.get(note) ?? []), source ?? name]);
  return [...names].map(([note, of]) => `${note}: ${of.join(', ')}`);
}

function decibels(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)} dB` : 'unchanged';
}
