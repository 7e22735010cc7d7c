import type { Report } from '../model/report.ts';
import { csvField } from './csv-field.ts';

const COLUMNS = [
  'kind',
  'variant',
  'device',
  'unit',
  'metric',
  'dataset',
  'image',
  'block',
  'sample',
  'value',
  'dimension',
  'evidence',
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number], string | number>>;

/**
 * Every raw number in long form (RFC 4180), one value a line: samples, loads and first runs of blocks, scores of images, figures of
 * variants.
 */
export function renderCsv(report: Report): string {
  return toCsv([...times(report), ...scores(report), ...figures(report), ...compiled(report), ...operations(report), ...frames(report)]);
}

/** The scores of images alone, in the same form. */
export function renderScores(quality: Report['quality']): string {
  return toCsv(scores({ quality }));
}

function toCsv(rows: readonly Row[]): string {
  const lines = [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((column) => csvField(row[column])).join(','))];
  return lines.map((line) => `${line}\r\n`).join('');
}

function times(report: Report): Row[] {
  return report.measurements.flatMap(({ variant, device, unit, evidence, blocks }) =>
    blocks.flatMap((block, b): Row[] => {
      const common = { variant, device, unit, evidence, block: b + 1, dimension: 'ms' };
      return [
        { ...common, kind: 'block', metric: 'load', value: block.loadMs },
        { ...common, kind: 'block', metric: 'first', value: block.firstMs },
        ...block.samples.map((value, s): Row => ({ ...common, kind: 'sample', metric: 'latency', sample: s + 1, value })),
      ];
    }),
  );
}

function operations({ operations: profiles = [] }: Report): Row[] {
  return profiles.flatMap(({ variant, device, unit, evidence, operations: list }) =>
    list.map(({ name, node, cycles }): Row => ({ kind: 'operation', variant, device, unit, metric: node ?? name, value: cycles, dimension: 'cycles', evidence })));
}

function frames({ sustained = [] }: Report): Row[] {
  return sustained.flatMap(({ variant, device, unit, evidence, samples }) =>
    samples.map((value, s): Row => ({ kind: 'frame', variant, device, unit, metric: 'latency', sample: s + 1, value, dimension: 'ms', evidence })));
}

/** Tags are parts of what is told of the whole set. */
function scores({ quality }: Pick<Report, 'quality'>): Row[] {
  return quality.filter(({ tag }) => tag === undefined).flatMap(({ variant, protocol, dataset, executor, unit, evidence, perImage }) =>
    perImage.map(
      ({ image, value }): Row => ({
        kind: 'image',
        variant,
        device: executor,
        metric: protocol,
        dataset,
        image,
        value,
        dimension: unit,
        evidence,
      }),
    ),
  );
}

function figures(report: Report): Row[] {
  return report.variants.flatMap((variant) => (['bytes', 'nodes', 'parameters', 'macs', 'maxRank'] as const).flatMap((metric): Row[] => {
    const value = variant[metric];
    return value === null ? [] : [{ kind: 'variant', variant: variant.id, metric, value, evidence: 'computed' }];
  }));
}

function compiled({ compiled: records = [] }: Report): Row[] {
  return records.flatMap(({ variant, target, segments, cpuNodes, traffic, context }) => {
    const values = { segments, cpuNodes, ...traffic, contextBytes: context?.bytes };
    return Object.entries(values).flatMap(([metric, value]): Row[] => value === undefined ? [] : [
      { kind: 'compiled', variant, device: target, metric, value, dimension: metric.endsWith('Bytes') ? 'bytes' : '', evidence: 'compiled' },
    ]);
  });
}
