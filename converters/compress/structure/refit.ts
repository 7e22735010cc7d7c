import { type Model, type Node, Patch } from '../../../models/graph/index.ts';
import { solveSymmetric } from '../../quantize/cholesky.ts';
import type { LayerStatistics } from '../../quantize/layer-statistics.ts';
import { readConv, writeConv } from '../../rewrites/weights/index.ts';

/** Added to the second moments' diagonal, as a share of its mean: directions that calibration hardly saw keep their weights. */
const DAMPING = 1e-3;

/** What a layer saw before units were removed, and which of its inputs (windows of K = I · taps) are left. */
export interface Seen {
  readonly statistics: LayerStatistics;
  readonly positions: readonly number[];
}

/**
 * Gives a layer that lost inputs the weights that come closest to what it gave, over calibration inputs: minimises E‖W·x − W'·x_kept − b‖²,
 * W' = W_kept + W_lost · C_lost,kept · (C_kept,kept + λI)⁻¹. Covariances and a new bias where the layer takes one; a MatMul takes none, and
 * has second moments about zero. `full` `[O, K]` are the weights over `before`. The reason where the layer cannot be written so.
 */
export function refit(model: Model, node: Node, full: Float64Array, before: Seen, kept: readonly number[]): string | null {
  const view = readConv(node);
  if (typeof view === 'string') return view;
  const { statistics, positions } = before;
  const [mean, covariance] = [statistics.mean[0], statistics.covariance[0]];
  if (!mean || !covariance || view.group !== 1) return `${node.label} is grouped`;
  const centred = view.kind !== 'MatMul';
  const moment = (a: number, b: number): number => {
    const [i, j] = [positions[a] as number, positions[b] as number];
    return (covariance[i * statistics.size + j] as number) + (centred ? 0 : (mean[i] as number) * (mean[j] as number));
  };
  const size = positions.length;
  const stays = new Set(kept);
  const lost = positions.map((_, k) => k).filter((k) => !stays.has(k));
  const system = damped(kept, moment);
  const sides = Array.from({ length: view.outChannels }, (_, o) =>
    Float64Array.from(kept, (k) => lost.reduce((sum, l) => sum + (full[o * size + l] as number) * moment(l, k), 0)));
  const shifts = solveSymmetric(system, kept.length, sides);
  if (!shifts) return `the inputs of ${node.label} are too alike to refit it`;
  const weights = view.weights();
  shifts.forEach((shift, o) => { shift.forEach((value, k) => { weights[o * kept.length + k] = (weights[o * kept.length + k] as number) + value; }); });
  const change: { weights: Float64Array; bias?: Float64Array } = { weights };
  if (centred) {
    const bias = view.biases() ?? new Float64Array(view.outChannels);
    const at = (k: number): number => mean[positions[k] as number] as number;
    change.bias = bias.map((b, o) => b + lost.reduce((sum, l) => sum + (full[o * size + l] as number) * at(l), 0)
      - kept.reduce((sum, k, i) => sum + (shifts[o]?.[i] as number) * at(k), 0));
  }
  const patch = new Patch(model.graph, model.opset);
  const output = writeConv(view, patch, change);
  if (typeof output === 'string') return output;
  patch.replace(view.output, output).remove(node).apply();
  return null;
}

function damped(kept: readonly number[], moment: (a: number, b: number) => number): Float64Array {
  const size = kept.length;
  const system = new Float64Array(size * size);
  let trace = 0;
  kept.forEach((a, i) => {
    kept.forEach((b, j) => { system[i * size + j] = moment(a, b); });
    trace += moment(a, a);
  });
  for (let i = 0; i < size; i++) system[i * size + i] = (system[i * size + i] as number) + DAMPING * (trace / size) + 1e-12;
  return system;
}
