import type { Node } from '../node.ts';
import { staticShape } from '../types.ts';
import { rearranged } from './layout-steps.ts';
import { type Digit, joined, mixed, NotLocal, plain, settled, sizeOf, type View, withDim } from './view.ts';
import { numbersOf } from './window-steps.ts';

/** A matrix product of two values, or of a value and constants (null). */
export function multiplied(node: Node, a: View | null, b: View | null): View {
  const out = staticShape(node.output()?.type);
  if (!out) throw new NotLocal('unknown', 'its shapes are not known');
  const [rows, columns] = node.is('Gemm') ? [node.attributes.int('transA', 0) ? 1 : -2, node.attributes.int('transB', 0) ? 0 : -1] : [-2, -1];
  const width = plain(out.at(-1) as number);
  const left = a && summed(a, rows === -2 ? -1 : 0);
  const right = b && summed(b, columns === -1 ? -2 : 1);
  const height = left ? (left.dims.at(rows) as readonly Digit[]) : plain(out.at(-2) as number);
  const across = right && mixedAll(right, [at(right, columns)]);
  const shaped = (view: View, rowsOf: readonly Digit[]): View => ({ ...view, dims: [...view.dims.slice(0, -2), rowsOf, []] });
  const both = left && across ? joined(shaped(left, height), shaped(across, [])) : shaped((left ?? across) as View, height);
  return { ...both, dims: [...both.dims.slice(0, -1), width] };
}

/** Softmax, normalizations and reductions: each of these dimensions is seen as a whole, and keeps its size or goes. */
export function pooledOver(view: View, axes: readonly number[], keep: 'size' | 'one' | 'none'): View {
  const indices = axes.map((axis) => at(view, axis));
  const result = mixedAll(view, indices);
  if (keep === 'size') return result;
  const one = indices.reduce((sum, index) => withDim(sum, index, []), result);
  return keep === 'one' ? one : { ...one, dims: one.dims.filter((_, i) => !indices.includes(i)) };
}

/** Axes of a reduction: an attribute or an input; all of them where it names none. */
export function axesOf(node: Node, view: View): readonly number[] {
  const named = node.attributes.ints('axes') ?? numbersOf(node, 1) ?? [];
  return named.length > 0 || node.attributes.int('noop_with_empty_axes', 0) === 1 ? named : view.dims.map((_, i) => i);
}

/** Concat: values side by side along a dimension that is none of the picture's. */
export function concatenated(node: Node, views: readonly (View | null)[]): View {
  const sizes = node.inputs.map((value) => staticShape(value?.type));
  const rank = sizes[0]?.length ?? 0;
  const axis = node.attributes.int('axis', 0);
  const index = axis < 0 ? axis + rank : axis;
  const whole = staticShape(node.output()?.type)?.[index];
  if (whole === undefined) throw new NotLocal('unknown', 'its shapes are not known');
  const parts = views.flatMap((view) => (view ? [withDim(rearranged(settled(view, index), index, 1), index, [])] : []));
  return withDim(parts.reduce(joined), index, plain(whole));
}

function summed(view: View, axis: number): View {
  return mixedAll(view, [at(view, axis)]);
}

function mixedAll(view: View, indices: readonly number[]): View {
  return indices.reduce((result, index) => mixed(result, index, sizeOf(result.dims[index] as readonly Digit[])), view);
}

function at(view: View, axis: number): number {
  return axis < 0 ? axis + view.dims.length : axis;
}
