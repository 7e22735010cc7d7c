import type { Node } from '../../../models/graph/index.ts';
import type { MilType } from '../plan.ts';
import type { LowerContext } from './context.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, int, ints, number } from './mil-value.ts';
import { openSize, Refused } from './refused.ts';

/** Data moved, not computed. Targets of reshapes are the inferred shapes. */
export const MOVEMENT: Readonly<Record<string, Lowerer>> = {
  Identity: alias,
  Dropout: alias,
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshapeAs('squeeze'),
  Unsqueeze: reshapeAs('expand_dims'),
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Tile: tile,
  Expand: expand,
  ConstantOfShape: constantOfShape,
  Shape: openShape,
  Size: openShape,
};

function alias(node: Node, c: LowerContext): void {
  const output = node.output();
  if (node.output(1)) throw new Refused('its mask is used', 'Export for inference.');
  if (output) c.bind(output, c.input(0));
}

function reshape(_: Node, c: LowerContext): void {
  const x = c.input(0);
  const { shape } = c.outputType();
  const open = shape.filter((dim) => typeof dim !== 'number').length;
  if (open > 1) throw openSize(`its target has ${open} open sizes, [${shape.join(', ')}]`);
  if (shape.length === 0) c.finish('squeeze', { x, axes: ints(x.shape.map((_, axis) => axis)) });
  else c.finish('reshape', { x, shape: ints(shape.map((dim) => (typeof dim === 'number' ? dim : -1))) });
}

/** Axes are worked out from the shapes by ONNX's rules; where none is named, all of size 1 go. */
function reshapeAs(op: 'squeeze' | 'expand_dims'): Lowerer {
  return (node, c) => {
    const x = c.input(0);
    const rank = op === 'squeeze' ? x.shape.length : c.outputType().shape.length;
    const given = c.knownNumbers(1, 'axes') ?? node.attributes.ints('axes');
    const axes = given?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
    if (axes.length === 0) alias(node, c);
    else if (x.shape.length === 0) c.finish('reshape', { x, shape: ints(new Array<number>(rank).fill(1)) });
    else c.finish(op, { x, axes: ints([...axes].sort((a, b) => a - b)) });
  };
}

function transpose(node: Node, c: LowerContext): void {
  const x = c.input(0);
  const perm = node.attributes.ints('perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  if (perm.length === 0) alias(node, c);
  else c.finish('transpose', { x, perm: ints(perm) });
}

function concat(node: Node, c: LowerContext): void {
  const values = node.inputs.map((_, index) => c.input(index)).filter((value) => !value.shape.includes(0));
  const given = node.attributes.int('axis', 0);
  const axis = given < 0 ? given + (values[0]?.shape.length ?? 0) : given;
  if (values.length === 1 && values[0]) c.settle(values[0]);
  else c.finish('concat', { values, axis: int(axis), interleave: bool(false) });
}

function split(node: Node, c: LowerContext): void {
  const x = c.input(0);
  const given = node.attributes.int('axis', 0);
  const axis = given < 0 ? given + x.shape.length : given;
  const size = x.shape[axis];
  const count = node.attributes.int('num_outputs', node.outputs.length);
  const sizes = c.knownNumbers(1, 'sizes') ?? node.attributes.ints('split') ?? (typeof size === 'number' ? equalParts(size, count) : null);
  if (!sizes) throw openSize('it splits an open size');
  if (sizes.includes(0)) throw new Refused('one of its parts is empty', 'Core ML has no empty tensors: take the part out of the model.');
  const types = sizes.map((part): MilType => ({ dtype: x.dtype, shape: x.shape.map((dim, i) => (i === axis ? part : dim)) }));
  if (sizes.length === 1) {
    alias(node, c);
    return;
  }
  const parts = c.emitAll('split', { x, split_sizes: ints(sizes), axis: int(axis) }, types, c.names.unique(`${node.output()?.name ?? node.label}_parts`));
  node.outputs.forEach((output, i) => {
    if (output && parts[i]) c.bind(output, parts[i]);
  });
}

/** All as large as the first; the last one is what is left. */
function equalParts(size: number, count: number): number[] {
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, size - i * part)));
}

function tile(node: Node, c: LowerContext): void {
  const x = c.input(0);
  const reps = c.knownNumbers(1, 'repeats') ?? [];
  if (reps.some((rep) => rep === 0)) throw new Refused('it repeats something 0 times', 'Core ML has no empty tensors.');
  if (reps.every((rep) => rep === 1)) alias(node, c);
  else c.finish('tile', { x, reps: ints(reps) });
}

function expand(node: Node, c: LowerContext): void {
  const x = c.input(0);
  const { shape } = c.outputType();
  const lead = shape.length - x.shape.length;
  const aligned = [...new Array<number>(lead).fill(1), ...x.shape];
  const reps = shape.map((dim, axis) => (dim === aligned[axis] ? 1 : dim));
  if (reps.some((rep) => typeof rep !== 'number')) throw openSize('it expands to an open size');
  if (lead === 0 && reps.every((rep) => rep === 1)) {
    alias(node, c);
    return;
  }
  const ranked = lead === 0 ? x : c.emit('reshape', { x, shape: ints([...new Array<number>(lead).fill(1), ...c.staticShapeOf(x, 'an expansion')]) }, { dtype: x.dtype, shape: aligned }, 'ranked');
  if (reps.every((rep) => rep === 1)) c.settle(ranked);
  else c.finish('tile', { x: ranked, reps: ints(reps as number[]) });
}

/** One number everywhere; small ones are constants already. */
function constantOfShape(node: Node, c: LowerContext): void {
  const value = node.attributes.tensor('value')?.numbers()[0] ?? 0;
  const { dtype, shape } = c.outputType();
  if (shape.some((dim) => typeof dim !== 'number')) throw openSize('it fills an open size');
  c.finish('fill', { shape: ints(shape as number[]), value: dtype === 'bool' ? bool(value !== 0) : number(dtype, value) });
}

/** What is left of shapes that shape inference did not find. */
function openShape(): never {
  throw openSize('it asks for a shape that is not known before running');
}
