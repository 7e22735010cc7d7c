import type { Node, Value } from '../../../models/graph/index.ts';
import type { LayerStatistics } from '../../quantize/layer-statistics.ts';
import { readConv } from '../../rewrites/weights/index.ts';
import { rootsOf } from './parameter.ts';
import type { End, Seed, Trace } from './trace.ts';
import type { Track } from './track.ts';

/**
 * How much each unit matters, by unit. With statistics of the layers that take it: Σ E‖W·x‖² of its share x of their inputs, its output
 * energy. Without: ‖weights that make it‖ · ‖weights that take it‖. Units whose weights are no numbers matter most.
 */
export function importance(seeds: readonly Seed[], { ends }: Trace, count: number, statistics: ReadonlyMap<Node, LayerStatistics>): Float64Array {
  const known = ends.map((end) => energies(end, count, statistics.get(end.node) ?? null));
  const scores = known.every((energy) => energy !== null) ? summed(known as Float64Array[], count) : byWeights(seeds, ends, count);
  return scores.map((score) => (Number.isNaN(score) ? Infinity : score));
}

/** The `count` units of least importance; of equals the last. */
export function leastImportant(scores: Float64Array, count: number): Set<number> {
  return new Set(Array.from(scores.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number) || b - a).slice(0, count).sort((a, b) => a - b));
}

function byWeights(seeds: readonly Seed[], ends: readonly End[], count: number): Float64Array {
  const made = summed(seeds.flatMap(({ node, narrowing }) => [...(narrowing.parameters ?? [])].map(([slot, track]) => squares(node.input(slot) as Value, track, count))), count);
  const taken = summed(ends.map(({ node, slot, parameter }) => squares(node.input(slot) as Value, parameter, count)), count);
  return made.map((square, unit) => Math.sqrt(square) * Math.sqrt(taken[unit] as number));
}

/** Σ w² of each unit; codes are multiplied by their scales. */
function squares(value: Value, track: Track, count: number): Float64Array {
  const roots = rootsOf(value, track);
  if (typeof roots === 'string' || !roots[0]) return new Float64Array(count);
  const [first, ...grids] = roots;
  const sums = unitSquares(first.tensor.numbers(), first.tensor.dims, first.track, count);
  const scale = grids.find(({ tensor }) => tensor.dtype === 'float32' || tensor.dtype === 'float16');
  if (!scale) return sums;
  const scales = unitSquares(scale.tensor.numbers(), scale.tensor.dims, scale.track, count);
  return sums.map((sum, unit) => sum * (scales[unit] as number));
}

function unitSquares(values: Float64Array, dims: readonly number[], { axis, units }: Track, count: number): Float64Array {
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const sums = new Float64Array(count);
  for (let i = 0; i < values.length; i++) {
    const unit = units[Math.floor(i / inner) % units.length] as number;
    if (unit >= 0) sums[unit] = (sums[unit] as number) + (values[i] as number) ** 2;
  }
  return sums;
}

/** Σ over pairs of a unit's inputs of E[x·x'] · Σ over outputs of w·w'; null where nothing is known of the layer's inputs. */
function energies({ node, parameter }: End, count: number, statistics: LayerStatistics | null): Float64Array | null {
  const view = readConv(node);
  if (typeof view === 'string' || !statistics || view.group !== 1) return null;
  const [{ size, mean: [mean], covariance: [covariance] }, weights] = [statistics, view.weights()];
  if (!mean || !covariance || size !== weights.length / view.outChannels) return null;
  const taps = size / parameter.units.length;
  const out = new Float64Array(count);
  for (let k = 0; k < size; k++) {
    const unit = parameter.units[Math.floor(k / taps)] as number;
    if (unit < 0) continue;
    for (let l = 0; l < size; l++) {
      if (parameter.units[Math.floor(l / taps)] !== unit) continue;
      let product = 0;
      for (let o = 0; o < view.outChannels; o++) product += (weights[o * size + k] as number) * (weights[o * size + l] as number);
      out[unit] = (out[unit] as number) + product * ((covariance[k * size + l] as number) + (mean[k] as number) * (mean[l] as number));
    }
  }
  return out;
}

function summed(parts: readonly Float64Array[], count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => parts.reduce((sum, part) => sum + (part[i] as number), 0));
}
