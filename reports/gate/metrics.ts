import type { Evidence } from '../../models/contracts/index.ts';
import { blockMedian } from '../../device-harness/method/pairs.ts';
import { median, quantile } from '../../device-harness/method/stats/index.ts';
import type { Better } from '../stats/quality-drop.ts';
import { plannedEvidence } from '../model/planned-evidence.ts';
import type { Report, ReportBlock, ReportCompiled, ReportMeasurement, ReportVariant } from '../model/report.ts';
import { deviceClass, deviceOfBaseline } from './device-class.ts';
import type { Dimension } from './quantity.ts';

export type NoisyMetric = 'latency' | 'load' | 'first';
export type ExactMetric = 'memory' | 'size' | 'nodes' | 'macs' | 'parameters' | 'rank' | 'offUnit';
/** Figures of a vendor's compiler: the same each time for the same model, options and tools. */
export type CompiledMetric = 'cpuNodes' | 'segments' | 'ddr' | 'ddrRead' | 'ddrWrite' | 'spill' | 'fill' | 'context';
export type MetricName = NoisyMetric | ExactMetric | CompiledMetric | 'quality';
export type Stat = 'median' | 'p90';

/** One value that a gate can look at. */
export interface MetricValue {
  readonly metric: MetricName;
  /** Id, and the model and target that it was made from and for. */
  readonly variant: string;
  readonly model: string | null;
  readonly target: string | null;
  readonly device: string | null;
  /** Kind of machine that the value holds for; null where it is the same on any. */
  readonly deviceClass: string | null;
  /** The device's name in a baseline: that of its class for phones. */
  readonly baselineDevice: string | null;
  readonly unit: string | null;
  readonly protocol: string | null;
  readonly dataset: string | null;
  /** Part of the data set; absent or null: all of it. */
  readonly tag?: string | null | undefined;
  readonly dimension: Dimension;
  readonly better: Better;
  /** Per block for noisy values, one number for exact ones. */
  readonly values: readonly number[];
  /** Round of each value, where blocks know theirs. */
  readonly rounds: readonly (number | null)[];
  readonly noisy: boolean;
  readonly evidence: Evidence;
  /** What must be alike for two values to be compared across runs. */
  readonly like: Readonly<Record<string, string>>;
  /** Versions of a vendor's tools that the value depends on: where they differ, a comparison says nothing of the model. */
  readonly tools?: Readonly<Record<string, string>> | undefined;
}

/** Everything in a report that a gate can look at. `stat` says what is taken of each block. */
export function metricsOf(report: Report, stat: Stat = 'median'): MetricValue[] {
  const variants = new Map(report.variants.map((variant) => [variant.id, variant]));
  return [
    ...report.measurements.flatMap((m) => timings(report, m, variants.get(m.variant), stat)),
    ...report.variants.flatMap(figures),
    ...(report.compiled ?? []).flatMap((record) => compiledFigures(record, variants.get(record.variant))),
    ...report.quality.map(
      (record): MetricValue => ({
        ...of('quality', record.variant, variants.get(record.variant)),
        device: record.executor,
        baselineDevice: record.executor,
        protocol: record.protocol,
        dataset: record.dataset,
        ...(record.tag === undefined ? {} : { tag: record.tag }),
        dimension: record.unit === 'dB' ? 'dB' : 'similarity',
        better: record.better ?? 'higher',
        values: [record.mean],
        rounds: [null],
        noisy: false,
        evidence: record.evidence,
        like: {
          protocol: record.protocol,
          dataset: record.dataset,
          images: record.perImage.map((image) => image.image).join(' '),
          executor: record.executor,
          ...(record.degradation === undefined ? {} : { degradation: record.degradation }),
          ...(record.against === undefined ? {} : { 'compared with': record.against }),
        },
        ...(record.tools ? { tools: record.tools } : {}),
      }),
    ),
  ];
}

/** A metric value's place, stable from run to run. */
export function keyOf(value: MetricValue): string {
  return [value.metric, value.variant, value.device, value.unit, value.protocol, value.dataset, value.tag].map((part) => part ?? '-').join(' | ');
}

/** A metric value's place in a baseline: phones of one class share it. */
export function placeOf(value: MetricValue): string {
  return JSON.stringify([value.deviceClass, keyOf({ ...value, device: value.baselineDevice })]);
}

function timings(report: Report, measurement: ReportMeasurement, variant: ReportVariant | undefined, stat: Stat): MetricValue[] {
  const { device, unit, blocks, evidence, peakMemoryBytes } = measurement;
  const ofClass = deviceClass(report, measurement);
  const common = {
    device,
    deviceClass: ofClass,
    baselineDevice: deviceOfBaseline(report, measurement, ofClass),
    unit,
    evidence,
    rounds: blocks.map((block) => block.round ?? null),
    better: 'lower',
    like: likeness(report, measurement, variant),
  } as const;
  const perBlock = (metric: NoisyMetric, read: (block: ReportBlock) => number): MetricValue => ({
    ...of(metric, measurement.variant, variant), ...common, dimension: 'ms', noisy: true, values: blocks.map(read),
  });
  const memory: MetricValue[] =
    peakMemoryBytes === null
      ? []
      : [
          {
            ...of('memory', measurement.variant, variant),
            ...common,
            rounds: [null],
            dimension: 'bytes',
            noisy: false,
            values: [peakMemoryBytes],
          },
        ];
  const off: MetricValue[] = plannedElsewhere(measurement).map((count) => ({
    ...of('offUnit', measurement.variant, variant), ...common, evidence: plannedEvidence(measurement), rounds: [null], dimension: 'count', noisy: false, values: [count],
  }));
  const time = stat === 'median' ? blockMedian : (block: ReportBlock) => quantile(block.samples, 0.9);
  return [perBlock('latency', time), perBlock('load', (block) => block.loadMs), perBlock('first', (block) => block.firstMs), ...memory, ...off];
}

/** Operations that the device's own plan puts elsewhere than on the unit that was asked for; nothing where there is no plan, or where any unit will do. */
function plannedElsewhere({ placement, unit }: ReportMeasurement): number[] {
  if (!placement?.operations.some(({ place }) => place !== 'absorbed') || !['ane', 'gpu', 'htp', 'cpu'].includes(unit)) return [];
  const elsewhere = placement.operations.filter(({ place }) => place !== unit && place !== 'absorbed');
  return [elsewhere.reduce((sum, { count = 1 }) => sum + count, 0)];
}

function likeness(report: Report, measurement: ReportMeasurement, variant: ReportVariant | undefined): Record<string, string> {
  const { environment } = report;
  const host =
    measurement.evidence === 'measured(host)' ? { cpu: environment.cpu, cores: String(environment.cores), os: environment.os } : {};
  const phone = report.devices?.find(({ device }) => device === measurement.device);
  const { link: _link, ...told } = measurement.settings ?? {};
  return {
    ...(phone?.chip ? { chip: phone.chip, system: phone.system ?? 'unknown', ...phone.tools } : {}),
    ...told,
    ...(phone?.chip ? {} : { device: measurement.device }),
    unit: measurement.unit,
    'effective unit': measurement.effectiveUnit,
    evidence: measurement.evidence,
    ...(variant ? { precision: variant.precision } : {}),
    'input shapes': JSON.stringify(measurement.inputShapes),
    dyno: environment.dyno,
    ...environment.libraries,
    ...host,
  };
}

function figures(variant: ReportVariant): MetricValue[] {
  const figure = (metric: ExactMetric, value: number | null, dimension: Dimension): MetricValue[] => value === null ? [] : [{
    ...of(metric, variant.id, variant), dimension, better: 'lower', values: [value], rounds: [null], noisy: false, evidence: 'computed',
    like: { precision: variant.precision },
  }];
  return [
    ...figure('size', variant.bytes, 'bytes'), ...figure('nodes', variant.nodes, 'count'), ...figure('macs', variant.macs, 'count'),
    ...figure('parameters', variant.parameters, 'count'), ...figure('rank', variant.maxRank, 'count'),
  ];
}

/** `device` is the compiler's chip, so that one variant compiled for two keeps two values. */
function compiledFigures(record: ReportCompiled, variant: ReportVariant | undefined): MetricValue[] {
  const { target, tools, options, traffic, context, failure } = record;
  const compiler = target.replace(/^htp:/, 'compiler:');
  const figure = (metric: CompiledMetric, value: number | undefined, dimension: Dimension): MetricValue[] => value === undefined ? [] : [{
    ...of(metric, record.variant, variant), target, device: compiler, baselineDevice: compiler, dimension, better: 'lower', values: [value], rounds: [null],
    noisy: false, evidence: 'compiled', like: { target, ...options }, tools,
  }];
  return [
    ...figure('cpuNodes', record.cpuNodes, 'count'), ...figure('segments', failure === null ? record.segments : undefined, 'count'),
    ...figure('ddr', traffic ? traffic.readBytes + traffic.writeBytes : undefined, 'bytes'), ...figure('ddrRead', traffic?.readBytes, 'bytes'),
    ...figure('ddrWrite', traffic?.writeBytes, 'bytes'), ...figure('spill', traffic?.spillBytes, 'bytes'), ...figure('fill', traffic?.fillBytes, 'bytes'),
    ...figure('context', context?.bytes, 'bytes'),
  ];
}

function of<T extends MetricName>(metric: T, id: string, variant: ReportVariant | undefined) {
  return {
    metric,
    variant: id,
    model: variant?.model ?? null,
    target: variant?.target ?? null,
    device: null,
    deviceClass: null,
    baselineDevice: null,
    unit: null,
    protocol: null,
    dataset: null,
  };
}

/** The value as one number: the median over blocks. */
export function centerOf({ values }: MetricValue): number {
  return median(values);
}
