import type { DType } from '../../../models/contracts/index.ts';
import type { Node } from '../../../models/graph/index.ts';
import { accumulationDepth } from './accumulation-depth.ts';

/**
 * Relative rounding error to expect of some nodes: √Σ (u + a·√K)² over those that compute in floating point, u the unit roundoff of the
 * element type (2⁻²⁴ for float32, 2⁻¹¹ for float16), a that of the accumulator (float32, or float64 for float64), K the number of products
 * summed into one element: partial sums do a random walk of K rounding steps, nodes round independently (Higham, Accuracy and Stability,
 * §2.8 and §4). Data movement adds nothing.
 */
export function roundingError(nodes: readonly Node[]): number {
  let squares = 0;
  for (const node of nodes) {
    const unit = ROUNDOFF[node.output(0)?.type.dtype ?? 'float32'] ?? 0;
    if (unit === 0 || MOVES.has(node.opType)) continue;
    const error = unit + Math.min(unit, ROUNDOFF.float32 as number) * Math.sqrt(accumulationDepth(node) ?? UNKNOWN_DEPTH);
    squares += error * error;
  }
  return Math.sqrt(squares);
}

/** How far from each other two computations that are equal in real arithmetic may lie, relative to the largest magnitude: 12 × `roundingError`. */
export function tolerance(rounding: number): number {
  return 12 * rounding;
}

const UNKNOWN_DEPTH = 4096;

const ROUNDOFF: Partial<Record<DType, number>> = { float64: 2 ** -53, float32: 2 ** -24, float16: 2 ** -11, bfloat16: 2 ** -8 };

const MOVES: ReadonlySet<string> = new Set(
  `
  Identity Reshape Transpose Squeeze Unsqueeze Flatten Slice Split Concat Gather GatherND GatherElements Expand Tile Pad
  DepthToSpace SpaceToDepth Constant ConstantOfShape Shape Size Where Relu Max Min Clip Neg Abs MaxPool GlobalMaxPool
  ReduceMax ReduceMin ReverseSequence ScatterND ScatterElements Not And Or`
    .trim()
    .split(/\s+/),
);
