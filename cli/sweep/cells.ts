import { pairMedians } from '../../device-harness/method/pairs.ts';
import type { Interval } from '../../device-harness/method/stats/index.ts';
import type { Evidence } from '../../models/contracts/evidence.ts';
import type { Measurement, QualityRecord } from '../../models/contracts/records.ts';
import { BICUBIC, isInterpolation } from '../../reports/quality/interpolate.ts';
import { formatProtocol, parseProtocol } from '../../reports/quality/protocol.ts';
import { latencyOf } from '../../reports/model/summaries.ts';
import { compareTimes, medianInterval, qualityDrop } from '../../reports/stats/index.ts';
import type { SweepCell } from '../../reports/sweep/sweep-schema.ts';
import { plural } from '../ui/numbers.ts';
import type { TableColumn } from './columns.ts';
import type { PlannedVariant } from './plan-sweep.ts';
import type { SweepSettings } from './settings.ts';
import type { Agreed } from './steps/agree.ts';
import type { Placed } from './steps/compiled.ts';
import type { Estimated } from './steps/estimate.ts';
import type { Scored } from './steps/score.ts';
import type { Figures, Sized } from './steps/size.ts';
import type { TimesOutput } from './steps/times.ts';

/** What cells are read from: outputs of steps, and the other variants. */
export interface CellSources {
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly variants: readonly PlannedVariant[];
  readonly settings: SweepSettings;
}

/** The cell of a variant in a column of ours: its value and how it is known, or why there is none. */
export function cellOf(variant: PlannedVariant, column: TableColumn, sources: CellSources): SweepCell {
  const { figure } = column.request;
  if (variant.impossible !== null) return missing(variant.impossible);
  const sized = outputOf<Sized>(variant.steps.sized, sources);
  if (!sized) return missing('not done');
  if (sized.failed !== null) return missing(sized.failed);
  switch (figure?.need) {
    case 'build': return computed(figure.name, sized.figures as Figures);
    case 'compile': return moved(variant, column, sized, sources);
    case 'place': return placed(variant, column, sources);
    case 'estimate': return estimated(variant, column, sources);
    case 'bench': return timed(variant, column, sources);
    case 'quality': return scored(variant, column, sources);
    default: return agreed(variant, sources);
  }
}

/** A cell without a value. */
export function missing(why: string): SweepCell {
  return { value: null, evidence: null, note: null, missing: why };
}

function value(number: number, evidence: Evidence, note: string | null = null): SweepCell {
  return { value: number, evidence, note, missing: null };
}

function between(number: number, { low, high }: Pick<Interval, 'low' | 'high'>, evidence: Evidence, note: string | null = null): SweepCell {
  const end = (bound: number): number | null => (Number.isFinite(bound) ? bound : null);
  return { value: number, low: end(low), high: end(high), evidence, note, missing: null };
}

function outputOf<T extends { readonly failed: string | null }>(step: string | null | undefined, { outputs }: CellSources): T | null {
  return step ? ((outputs.get(step) as T | undefined) ?? null) : null;
}

const FIGURE_OF: Readonly<Record<string, keyof Figures>> = {
  parameters: 'parameters', macs: 'macs', nodes: 'nodes', rank: 'rank', size: 'bytes', deflated: 'deflated', sparsity: 'sparsity', activations: 'activations',
};

function computed(name: string, figures: Figures): SweepCell {
  const found = figures[FIGURE_OF[name] as keyof Figures];
  if (found === null) return missing(name === 'sparsity' ? 'no weights' : 'not computable');
  return value(name === 'sparsity' ? 100 * found : found, 'computed');
}

const LEAST = 'lower bound: inputs, outputs and weights, each once';

function moved({ steps }: PlannedVariant, { target }: TableColumn, { figures }: Sized, sources: CellSources): SweepCell {
  const found = target === null ? null : outputOf<Placed>(steps.placed[target], sources);
  if (found?.traffic != null) return value(found.traffic, 'compiled');
  if (found?.evidence === 'compiled') return missing(found.missing ?? 'no graph came out');
  const least = figures?.least ?? null;
  if (least === null) return missing('not computable');
  return value(least, 'computed', target === null ? LEAST : `${LEAST}; ${found?.missing ?? `${target} has no compiler here`}`);
}

function placed({ steps }: PlannedVariant, { target }: TableColumn, sources: CellSources): SweepCell {
  const found = outputOf<Placed>(steps.placed[target as string], sources);
  if (!found) return missing('not done');
  if (found.failed !== null) return missing(found.failed);
  if (found.off === null) return missing(found.missing ?? 'refused');
  const pieces = found.off === 0 ? 'whole' : plural(found.segments ?? 0, 'piece');
  return value(found.off, found.evidence, found.evidence === 'predicted' && found.missing !== null ? `${pieces}; by the rules: ${found.missing}` : pieces);
}

function estimated({ steps }: PlannedVariant, { target }: TableColumn, sources: CellSources): SweepCell {
  const found = outputOf<Estimated>(steps.estimated[target as string], sources);
  if (!found) return missing('not done');
  if (!found.estimate) return missing(found.failed ?? found.refused ?? 'refused');
  const { ms, band, sources: from } = found.estimate;
  const cover = `band of ${band.points} networks left out, ${Math.round(100 * band.coverage)} %; fitted to ${from.join(', ')}`;
  return between(ms, { low: band.lowMs, high: band.highMs }, 'estimated', [cover, ...found.notes].join('; '));
}

function timed(variant: PlannedVariant, { request, place }: TableColumn, sources: CellSources): SweepCell {
  const output = outputOf<TimesOutput>(variant.steps.times, sources);
  if (!output || !place) return missing('not measured');
  if (output.failed !== null) return missing(output.failed);
  const at = (id: string): Measurement | undefined => output.measurements.find((one) => one.variant === id && one.device === place.device && one.unit === place.unit);
  const measurement = at(variant.id);
  if (!measurement || measurement.blocks.length === 0) {
    const failure = output.failures.find((one) => one.variant === variant.id && one.device === place.device && (one.unit === '' || one.unit === place.unit));
    return missing(failure?.message ?? `not measured on ${place.device}${place.unit === '' ? '' : ` ${place.unit}`}`);
  }
  switch (request.figure?.name) {
    case 'memory': return memory(measurement);
    case 'load': return loadTime(measurement);
    case 'speedup': return variant.isBaseline ? missing('baseline') : speedup(at(variant.baseline), measurement);
    default: return latency(measurement);
  }
}

function memory({ peakMemoryBytes, evidence }: Measurement): SweepCell {
  return peakMemoryBytes === null ? missing('the device does not tell') : value(peakMemoryBytes, evidence, 'peak of the process, the runtime included');
}

function latency(measurement: Measurement): SweepCell {
  const { ms } = latencyOf(measurement) as NonNullable<ReturnType<typeof latencyOf>>;
  return { ...value(ms.center, measurement.evidence, disturbance(measurement)), low: ms.low, high: ms.high };
}

/** What makes times less sure, counted in blocks. */
function disturbance({ blocks, unit, effectiveUnit }: Measurement): string | null {
  const [disturbed, unstable] = [blocks.filter((block) => block.disturbed !== undefined).length, blocks.filter(({ warmup }) => !warmup.stable).length];
  const said = [
    ...(effectiveUnit === unit ? [] : [`ran on ${effectiveUnit}`]), ...(disturbed > 0 ? [`${disturbed} of ${blocks.length} blocks disturbed by other work on the machine`] : []),
    ...(unstable > 0 ? [`${unstable} not warm when they began`] : []),
  ];
  return said.join('; ') || null;
}

function loadTime({ blocks, evidence }: Measurement): SweepCell {
  const { center, ...ends } = medianInterval(blocks.map(({ loadMs }) => loadMs), 0.95);
  return between(center, ends, evidence);
}

/** By pairs of blocks of one round; the inverse of how much slower it is. */
function speedup(base: Measurement | undefined, candidate: Measurement): SweepCell {
  if (!base || pairMedians(base.blocks, candidate.blocks).base.length === 0) return missing('baseline not measured');
  if (base.modelSha256 === candidate.modelSha256) return value(1, candidate.evidence, 'the same file as the baseline');
  const { ratio } = compareTimes(base.blocks, candidate.blocks, { maxIncrease: null });
  return between(1 / ratio.center, { low: 1 / ratio.high, high: 1 / ratio.low }, candidate.evidence);
}

function scored(variant: PlannedVariant, { request, score }: TableColumn, sources: CellSources): SweepCell {
  if (variant.untrained !== null) return missing('untrained');
  if (!score) return missing('no pictures');
  const dataset = sources.settings.datasets.find(({ name }) => name === score.dataset);
  if (!dataset?.pictures) return missing(`${score.dataset} is not here`);
  const output = outputOf<Scored>(variant.steps.scored[score.dataset], sources);
  if (!output) return missing('not done');
  if (output.failed !== null) return missing(output.failed);
  const own = modelRecord(output, score);
  if (!own) return missing(output.refused[score.executor] ?? `not scored on ${score.executor}`);
  const name = request.figure?.name;
  if (name === 'quality') return Number.isFinite(own.mean) ? value(own.mean, own.evidence, own.note) : missing('not finite');
  if (name === 'gain') return difference(recordOf(output, { ...score, executor: 'host' }, (name) => name === BICUBIC), own, -1, 'bicubic not scored');
  if (variant.isBaseline) return missing('baseline');
  const baseline = sources.variants.find(({ id }) => id === variant.baseline);
  const base = outputOf<Scored>(baseline?.steps.scored[score.dataset], sources);
  return difference(base && (modelRecord(base, score) ?? modelRecord(base, { ...score, executor: 'host' })), own, 1, 'baseline not scored');
}

function modelRecord(scored: Scored, score: NonNullable<TableColumn['score']>): QualityRecord | null {
  return recordOf(scored, score, (name) => !isInterpolation(name));
}

function recordOf({ records }: Scored, { protocol, executor }: NonNullable<TableColumn['score']>, isWanted: (variant: string) => boolean): QualityRecord | null {
  const wanted = formatProtocol(parseProtocol(protocol));
  return records.find((record) => record.protocol === wanted && record.executor === executor && isWanted(record.variant) && record.tag === undefined) ?? null;
}

/** Mean of base − own over the pictures that both have, times `sign`, with its paired interval. */
function difference(base: QualityRecord | null, own: QualityRecord, sign: 1 | -1, otherwise: string): SweepCell {
  if (!base) return missing(otherwise);
  const { drop } = qualityDrop(base.perImage, own.perImage, { maxDrop: null, exact: true });
  if (!Number.isFinite(drop.center)) return missing('not finite');
  const ends = sign === 1 ? drop : { low: -drop.high, high: -drop.low };
  return between(sign * drop.center, ends, own.evidence, base.executor === own.executor ? null : `against ${base.variant} on ${base.executor}`);
}

function agreed({ steps, isBaseline }: PlannedVariant, sources: CellSources): SweepCell {
  if (isBaseline) return missing('baseline');
  const found = outputOf<Agreed>(steps.agreed, sources);
  if (!found) return missing('not done');
  if (found.failed !== null) return missing(found.failed);
  return found.db === null ? missing('equal') : value(found.db, 'computed');
}
