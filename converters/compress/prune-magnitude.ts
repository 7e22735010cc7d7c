import type { Node, Value } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import type { Change, Kept, StepLog } from './log.ts';
import { replaceTensors } from './replace-constants.ts';
import type { CompressionStep } from './spec.ts';
import { mayChange, type StepContext } from './step-context.ts';
import { magnitudes, type Weight, weightsOf, zeroCode } from './weights.ts';

/**
 * Makes the smallest weights zero, so that exactly the share asked for is (rounded down): of all layers together, or of each one. Biases stay.
 * Zeros that were there count; of equal weights the first go; weights that are no numbers are the largest. A weight stays as it is where
 * something else than a layer sees it.
 */
export function pruneMagnitude(context: StepContext, step: Extract<CompressionStep, { kind: 'magnitude' }>): StepLog {
  const kept: Kept[] = [];
  const candidates = weightsOf(context.model).flatMap((weight): Candidate[] => {
    const reason = obstacle(weight);
    const sizes = magnitudes(weight);
    if (reason === null && sizes) return [{ weight, sizes }];
    kept.push({ where: weight.value.name, reason: reason ?? 'the scale of its codes is applied behind the layer' });
    return [];
  });
  const groups = step.scope === 'layer' ? candidates.map((candidate) => [candidate]) : [candidates];
  const tensors = new Map<Value, Tensor>();
  const changes: Change[] = [];
  for (const group of groups) {
    const cut = new Cut(group, step.share);
    for (const { weight, sizes } of group) {
      const gone = cut.goes(sizes);
      if (!mayChange(context, weight.value.name)) continue;
      const before = sizes.reduce((count, size) => count + Number(size === 0), 0);
      if (gone.count > before) tensors.set(weight.value, zeroed(weight, gone.which));
      if (gone.count > 0) changes.push({ where: weight.value.name, changed: gone.count, of: sizes.length });
    }
  }
  if (tensors.size > 0) replaceTensors(context.model, tensors);
  return { step, changes, kept, facts: { 'zero weights': changes.reduce((sum, { changed }) => sum + changed, 0) } };
}

interface Candidate {
  readonly weight: Weight;
  readonly sizes: Float64Array;
}

/** The size below which weights of a group go, and how many of those that have just that size. */
class Cut {
  readonly #size: number;
  #left: number;

  constructor(group: readonly Candidate[], share: number) {
    const total = group.reduce((sum, { sizes }) => sum + sizes.length, 0);
    const sorted = new Float64Array(total);
    let at = 0;
    for (const { sizes } of group) {
      sorted.set(sizes, at);
      at += sizes.length;
    }
    sorted.sort();
    const numbers = sorted.findLastIndex((size) => !Number.isNaN(size)) + 1;
    const count = Math.min(Math.floor(share * total), numbers);
    this.#size = count > 0 ? (sorted[count - 1] as number) : -1;
    this.#left = count - Math.max(0, sorted.findIndex((size) => size >= this.#size));
  }

  goes(sizes: Float64Array): { readonly which: Uint8Array; readonly count: number } {
    const which = new Uint8Array(sizes.length);
    let count = 0;
    for (const [i, size] of sizes.entries()) {
      if (size > this.#size || Number.isNaN(size) || (size === this.#size && this.#left-- <= 0)) continue;
      which[i] = 1;
      count++;
    }
    return { which, count };
  }
}

function zeroed(weight: Weight, which: Uint8Array): Tensor {
  const { tensor } = weight;
  const zero = zeroCode(weight);
  const values = tensor.numbers();
  if (weight.grid) return Tensor.of(tensor.dtype, tensor.dims, values.map((value, i) => (which[i] ? zero(i) : value)));
  const bytes = Uint8Array.from(tensor.bytes());
  const width = bytes.byteLength / tensor.size;
  for (const [i, goes] of which.entries()) if (goes) bytes.fill(0, i * width, (i + 1) * width);
  return Tensor.fromBytes(tensor.dtype, tensor.dims, bytes);
}

function obstacle({ value, layers }: Weight): string | null {
  if (value.isGraphOutput) return 'it is an output of the model';
  if (value.isCaptured) return 'a subgraph uses it';
  const other = userBeside(value, new Set(layers));
  return other ? `${other.label} (${other.opType}) uses it too` : null;
}

const MOVES = ['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'Cast', 'QuantizeLinear', 'DequantizeLinear'];

/** A node that takes the weight, moved or not, and is no layer that multiplies by it. */
function userBeside(value: Value, layers: ReadonlySet<Node>): Node | null {
  for (const { node, index } of value.uses) {
    if (layers.has(node)) continue;
    if (index !== 0 || !node.is(...MOVES) || node.output()?.isGraphOutput) return node;
    const beyond = node.output() ? userBeside(node.output() as Value, layers) : null;
    if (beyond) return beyond;
  }
  return null;
}
