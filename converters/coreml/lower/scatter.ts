import type { Node } from '../../../models/graph/index.ts';
import type { LowerContext } from './context.ts';
import { cropEnds } from './crop.ts';
import { unchecked, wrappedIndices } from './indices.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, int, type MilValue, text } from './mil-value.ts';
import { openSize, Refused } from './refused.ts';

/** Gathering and scattering of single elements and of slices, and the largest elements along an axis. */
export const SCATTER: Readonly<Record<string, Lowerer>> = {
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  TopK: topK,
};

/** MIL wants indices as long as the data on all axes but one; ONNX takes shorter ones, of the first elements. */
function gatherElements(node: Node, c: LowerContext): void {
  const x = dataOf(c);
  const axis = axisOf(node, x);
  const indices = wrappedIndices(c, 1, [x.shape[axis] as number | string]);
  c.finish('gather_along_axis', { x: first(c, x, indices, axis), indices, axis: int(axis), ...unchecked(c) }, 0, x.range);
}

/** The elements of the data that indices of this shape can reach. */
function first(c: LowerContext, x: MilValue, indices: MilValue, axis: number): MilValue {
  const isAsLong = x.shape.every((dim, i) => i === axis || dim === indices.shape[i]);
  if (isAsLong) return x;
  const [sizes, taken] = [c.staticShapeOf(x, 'a gather by shorter indices'), c.staticShapeOf(indices, 'a gather by shorter indices')];
  return cropEnds(c, x, sizes.map((size, i): [number, number] => [0, i === axis ? 0 : size - (taken[i] as number)]));
}

function gatherNd(node: Node, c: LowerContext): void {
  const x = dataOf(c);
  const batch = node.attributes.int('batch_dims', 0);
  if (batch > 0 && c.release < 16) throw new Refused('it gathers by batches, which need iOS 16', 'Convert with --min-ios 16.');
  const indices = wrappedIndices(c, 1, x.shape.slice(batch, batch + depthOf(node)));
  c.finish('gather_nd', { x, indices, ...(c.release >= 16 ? { batch_dims: int(batch) } : {}), ...unchecked(c) }, 0, x.range);
}

function scatterElements(node: Node, c: LowerContext): void {
  const data = dataOf(c);
  const axis = axisOf(node, data);
  const indices = wrappedIndices(c, 1, [data.shape[axis] as number | string]);
  const shorter = data.shape.findIndex((dim, i) => i !== axis && dim !== indices.shape[i]);
  if (shorter >= 0) throw new Refused(`its indices are shorter than its data along axis ${shorter}`, 'Scatter whole slices: ScatterND, or pad the indices.');
  c.finish('scatter_along_axis', { data, indices, updates: c.input(2), axis: int(axis), mode: modeOf(node), ...unchecked(c) });
}

function scatterNd(node: Node, c: LowerContext): void {
  const data = dataOf(c);
  const indices = wrappedIndices(c, 1, data.shape.slice(0, depthOf(node)));
  c.finish('scatter_nd', { data, indices, updates: c.input(2), mode: modeOf(node), ...unchecked(c) });
}

/** Equal elements come in the order of their indices in ONNX; MIL does not say. */
function topK(node: Node, c: LowerContext): void {
  const x = dataOf(c);
  const [k] = c.knownNumbers(1, 'k') ?? [];
  if (k === undefined || k < 1) throw new Refused('it takes no elements', 'Core ML has no empty tensors: take it out of the model.');
  const axis = axisOf(node, x, -1);
  const shape = x.shape.map((dim, i) => (i === axis ? k : dim));
  const more = { ...(c.release >= 16 ? { sort: bool(true), return_indices: bool(true) } : {}), ...(c.release >= 17 ? { output_indices_dtype: text('int32') } : {}) };
  const inputs = { x, k: int(k), axis: int(axis), ascending: bool(node.attributes.int('largest', 1) === 0), ...more };
  const size = x.shape[axis];
  const made = c.emitAll('topk', inputs, [{ dtype: x.dtype, shape }, { dtype: 'int32', shape }], c.names.unique(`${node.output()?.name ?? node.label}_top`));
  const ranges = [x.range, [0, typeof size === 'number' ? size - 1 : 2 ** 31 - 1]] as const;
  made.forEach((value, i) => {
    const output = node.output(i);
    if (output) c.bind(output, { ...value, range: ranges[i] ?? null });
  });
}

function dataOf(c: LowerContext): MilValue {
  const x = c.input(0);
  if (x.dtype === 'bool') throw new Refused('it moves booleans', 'Cast to int32 before it, and back behind.');
  return x;
}

function axisOf(node: Node, x: MilValue, absent = 0): number {
  const axis = node.attributes.int('axis', absent);
  return axis < 0 ? axis + x.shape.length : axis;
}

/** How many axes an index goes through. */
function depthOf(node: Node): number {
  const depth = node.input(1)?.type.shape?.at(-1);
  if (typeof depth !== 'number') throw openSize('the length of its indices is open');
  return depth;
}

function modeOf(node: Node): ReturnType<typeof text> {
  const reduction = node.attributes.string('reduction', 'none');
  return text(reduction === 'none' ? 'update' : reduction);
}
