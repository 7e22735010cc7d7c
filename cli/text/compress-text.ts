import { formatStep, type ModelFigures, type StepLog } from '../../converters/compress/index.ts';
import { formatBytes, formatCount } from '../../reports/model/format.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import type { CompressOutcome, LayerSensitivity, Quality } from '../work/compress-model.ts';
import type { OutputError } from '../work/output-error.ts';

export interface CompressAbout {
  readonly model: string;
  readonly out: string;
  readonly spec: string;
  readonly details: boolean;
}

/** Lines of a step's log that are shown without `--details`. */
const SHOWN = 4;

/** What was done to a model, and what it is before and after. */
export function compressText({ log, before, after, error, quality, sensitivity }: CompressOutcome, { model, out, spec, details }: CompressAbout, style: Style): string {
  return [
    `${style.bold(model)} as ${style.bold(spec)}`,
    ...log.steps.flatMap((step) => ['', ...stepLines(step, details ? Number.POSITIVE_INFINITY : SHOWN, style)]),
    '', figureTable(before, after, style), '',
    ...(sensitivity ? [sensitivityTable(sensitivity, style), ''] : []),
    `  ${errorText(error, style)}  ${style.dim('computed')}`,
    ...(quality ? [`  ${qualityText(quality)}  ${style.dim('computed')}`] : []),
    `  written to ${style.bold(out)}`,
  ].join('\n');
}

function stepLines({ step, changes, kept, facts }: StepLog, most: number, style: Style): string[] {
  const figures = Object.entries(facts).map(([name, value]) => `${name} ${Number.isInteger(value) ? formatCount(value) : value.toPrecision(3)}`);
  const changed = changes.map(({ where, changed, of, which }) => `  ${style.green('✓')} ${where}${of > 0 ? `  ${changed} of ${of}` : ''}${which && which.length <= 12 ? style.dim(`  ${which.join(', ')}`) : ''}`);
  const left = kept.map(({ where, reason }) => `  ${style.dim('–')} ${where}  ${style.dim(reason)}`);
  return [`${style.bold(formatStep(step))}  ${style.dim(figures.join(', '))}`, ...cut(changed, most, 'more', style), ...cut(left, most, 'more as they were', style)];
}

function cut(lines: readonly string[], most: number, what: string, style: Style): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), style.dim(`    … ${lines.length - most} ${what} (--details)`)];
}

const RIGHT = { align: 'right' } as const;

function figureTable(before: ModelFigures, after: ModelFigures, style: Style): string {
  const row = (title: string, a: number | null, b: number | null, format: (value: number) => string): string[] => {
    const change = a === null || b === null || a === 0 ? '' : signed((b / a - 1) * 100);
    return [`  ${title}`, a === null ? 'unknown' : format(a), b === null ? 'unknown' : format(b), change];
  };
  const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
  return formatTable([{ title: '' }, { title: 'before', ...RIGHT }, { title: 'after', ...RIGHT }, { title: '', ...RIGHT }], [
    row('parameters', before.parameters, after.parameters, formatCount),
    row('multiply-accumulates', before.macs, after.macs, formatCount),
    row('file', before.bytes, after.bytes, formatBytes),
    row('file, deflated', before.deflatedBytes, after.deflatedBytes, formatBytes),
    row('entropy of tensors', before.entropyBytes, after.entropyBytes, formatBytes),
    ['  zeros among weights', share(before.sparsity), share(after.sparsity), ''],
    row('peak of activations', before.activationPeakBytes, after.activationPeakBytes, formatBytes),
    row('bytes moved, at least', before.leastMovedBytes, after.leastMovedBytes, formatBytes),
    row('bytes moved, node by node', before.movedBytes, after.movedBytes, formatBytes),
  ], style.dim);
}

function sensitivityTable(layers: readonly LayerSensitivity[], style: Style): string {
  const rows = layers.map(({ where, step, error: { sqnr, relative } }) => [`  ${where}`, step, sqnr === null ? 'none' : `${sqnr.toFixed(1)} dB`, percent(relative)]);
  return formatTable([{ title: '  it alone' }, { title: '' }, { title: 'signal to noise', ...RIGHT }, { title: 'largest error', ...RIGHT }], rows, style.dim);
}

function signed(percent: number): string {
  const text = Math.abs(percent).toFixed(1);
  return text === '0.0' ? '' : `${percent < 0 ? '−' : '+'}${text} %`;
}

function percent(share: number): string {
  return `${share < 0.995 ? Number((share * 100).toPrecision(2)) : Math.round(share * 100)} %`;
}

function errorText({ feeds, largest, relative, sqnr, notFinite }: OutputError, style: Style): string {
  const broken = notFinite > 0 ? style.red(`; ${plural(notFinite, 'element')} finite on one side only`) : '';
  if (sqnr === null) return `same outputs on ${plural(feeds, 'seeded input')}${broken}`;
  return `outputs differ by ${largest.toPrecision(2)} at most (${percent(relative)} of the largest), ${sqnr.toFixed(1)} dB signal to noise, on ${plural(feeds, 'seeded input')}${broken}`;
}

function qualityText({ protocol, dataset, images, before, after }: Quality): string {
  const drop = before - after;
  return `${protocol} ${before.toFixed(2)} → ${after.toFixed(2)} dB, ${drop < 0 ? 'gained' : 'lost'} ${Math.abs(drop).toFixed(3)} dB, on ${plural(images, 'picture')} of ${dataset} that calibration did not see`;
}
