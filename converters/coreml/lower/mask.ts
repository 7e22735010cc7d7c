import type { Node } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { LowerContext } from './context.ts';
import { wrappedIndices } from './indices.ts';
import type { Lowerer } from './lowerer.ts';
import { int, number } from './mil-value.ts';
import { Refused } from './refused.ts';

/** Tensors of two values, and what they leave. */
export const MASK: Readonly<Record<string, Lowerer>> = { OneHot: oneHot, Trilu: trilu, EyeLike: eyeLike };

function oneHot(node: Node, c: LowerContext): void {
  const [depth] = c.knownNumbers(1, 'depth') ?? [];
  const [off, on] = c.knownNumbers(2, 'values') ?? [];
  if (depth === undefined || on === undefined || off === undefined) throw new Refused('it has no depth or no values', 'Check the model with onnx.checker.');
  const { dtype } = c.outputType();
  if (dtype !== 'fp32' && dtype !== 'int32') throw new Refused(`it makes ${dtype}`, 'Make float32 or int32.');
  const indices = wrappedIndices(c, 0, [depth]);
  const given = node.attributes.int('axis', -1);
  const inputs = { indices, one_hot_vector_size: int(depth), axis: int(given < 0 ? given + indices.shape.length + 1 : given), on_value: number(dtype, on), off_value: number(dtype, off) };
  c.finish('one_hot', inputs, 0, dtype === 'int32' ? [Math.min(off, on), Math.max(off, on)] : null);
}

/** Zero on one side of a diagonal, by a mask that is a constant. */
function trilu(node: Node, c: LowerContext): void {
  const x = c.input(0);
  const [height, width] = c.staticShapeOf(x, 'a triangle').slice(-2) as [number, number];
  const k = c.knownNumbers(1, 'diagonal')?.[0] ?? 0;
  const upper = node.attributes.int('upper', 1) !== 0;
  const kept = Array.from({ length: height * width }, (_, i) => {
    const above = (i % width) - Math.floor(i / width);
    return Number(upper ? above >= k : above <= k);
  });
  const mask = c.constant(Tensor.of('bool', [height, width], kept), 'triangle');
  if (x.dtype === 'bool') c.finish('logical_and', { x, y: mask });
  else c.finish('select', { cond: mask, a: x, b: number(x.dtype, 0) }, 0, x.range ? [Math.min(0, x.range[0]), Math.max(0, x.range[1])] : null);
}

function eyeLike(node: Node, c: LowerContext): void {
  const output = node.output();
  if (!output) return;
  const [rows, columns] = c.staticShapeOf(c.input(0), 'a unit matrix') as [number, number];
  const k = node.attributes.int('k', 0);
  const values = Array.from({ length: rows * columns }, (_, i) => Number((i % columns) - Math.floor(i / columns) === k));
  c.bind(output, c.constant(Tensor.of(c.dtypeOf(output), [rows, columns], values), output.name));
}
