import type { Measurement } from '../../models/contracts/records.ts';
import { formatChange, formatMs } from '../../reports/model/format.ts';
import { changesFrom, latencyOf } from '../../reports/model/summaries.ts';
import { bar, sparkline } from '../ui/bars.ts';
import { plural } from '../ui/numbers.ts';
import { median } from '../ui/reduce-measures.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';

const BAR = 22;

/** Latencies as a table per unit, with bars, intervals and the change from the reference; warnings below. */
export function latencyText(measurements: readonly Measurement[], reference: string | null, style: Style): string {
  const changes = changesFrom(measurements, () => reference);
  const places = [...new Set(measurements.map(({ device, unit }) => `${device} ${unit}`))];
  const tables = places.map((place) => {
    const group = measurements.filter(({ device, unit }) => `${device} ${unit}` === place);
    const slowest = Math.max(...group.map((m) => latencyOf(m)?.ms.center ?? 0));
    const rows = group.flatMap((measurement) => {
      const latency = latencyOf(measurement);
      if (!latency) return [];
      const { ms } = latency;
      const change = changes.find(
        ({ candidate, device, unit }) => candidate === measurement.variant && device === measurement.device && unit === measurement.unit,
      );
      const paint = change?.direction === 'better' ? style.green : change?.direction === 'worse' ? style.red : style.dim;
      const interval = ms.low === null || ms.high === null ? '' : `${formatMs(ms.low)} … ${formatMs(ms.high)}`;
      return [
        [
          `  ${measurement.variant}`,
          style.cyan(bar(ms.center / slowest, BAR)),
          style.bold(formatMs(ms.center)),
          style.dim(interval),
          change ? paint(change.direction === '~' ? '~' : formatChange(change.ratio.center)) : '',
          style.dim(
            sparkline(
              measurement.blocks.map(({ samples }) => median(samples)),
              12,
            ),
          ),
        ],
      ];
    });
    const columns = [
      { title: place },
      { title: '' },
      { title: 'latency', align: 'right' as const },
      { title: '95 % interval' },
      { title: reference === null ? '' : `vs ${reference}`, align: 'right' as const },
      { title: 'blocks' },
    ];
    return formatTable(columns, rows, style.dim);
  });
  const warnings = [
    ...new Set(measurements.flatMap(({ variant, unit, warnings }) => warnings.map((text) => `${variant} on ${unit}: ${text}`))),
  ];
  const evidence = [...new Set(measurements.map((m) => m.evidence))].join(', ');
  const blocks = measurements.reduce((sum, m) => sum + m.blocks.length, 0);
  return [
    tables.join('\n\n'),
    style.dim(`  ${evidence}; ${plural(blocks, 'block')}${evidence.includes('simulated') ? '' : ', each a fresh launch'}; medians of blocks; ~ is no difference found`),
    style.dim(`  inputs: ${inputsOf(measurements)}`),
    ...warnings.slice(0, 6).map((text) => `  ${style.yellow('!')} ${text}`),
    ...(warnings.length > 6 ? [style.dim(`  … and ${plural(warnings.length - 6, 'warning')} more`)] : []),
  ].join('\n');
}

/** The shapes that were run, named by variant only where they differ. */
function inputsOf(measurements: readonly Measurement[]): string {
  const shapes = new Map(measurements.map(({ variant, inputShapes }) => [
    variant, Object.entries(inputShapes).map(([name, dims]) => `${name} ${dims.join('×')}`).join(', '),
  ]));
  const distinct = new Set(shapes.values());
  return distinct.size === 1 ? ([...distinct][0] as string) : [...shapes].map(([variant, text]) => `${variant} ${text}`).join('; ');
}
