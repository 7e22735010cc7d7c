import type { Node } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { PlanDim } from '../plan.ts';
import { broadcastShape } from './broadcast.ts';
import type { LowerContext } from './context.ts';
import { floatInput } from './float-input.ts';
import { linear } from './linear.ts';
import type { Lowerer } from './lowerer.ts';
import { bool, ints, type MilValue, real } from './mil-value.ts';
import { transposed } from './transposed.ts';

/** Products of matrices. One with a constant matrix is `linear` (up to rank 3), or a convolution where that is asked for. */
export const MATMUL: Readonly<Record<string, Lowerer>> = { MatMul: matMul, Gemm: gemm };

const MOST_LINEAR_RANK = 3;

function matMul(node: Node, c: LowerContext): void {
  const x = floatInput(c, 0);
  const matrix = c.known(node.input(1));
  if (matrix?.dims.length === 2 && x.shape.length >= 1 && (c.linearAs === 'conv' || x.shape.length <= MOST_LINEAR_RANK)) {
    const [, columns] = matrix.dims as [number, number];
    c.settle(linear(c, x, transposed(matrix, [1, 0]), node.input(1)?.name ?? 'weight', c.floats(new Float64Array(columns), [columns], 'bias'), c.outputType().shape));
    return;
  }
  const y = floatInput(c, 1);
  const [left, right] = [x.shape.length === 1 ? withAxis(c, x, 0, 'row') : x, y.shape.length === 1 ? withAxis(c, y, 1, 'column') : y];
  const inputs = { x: left, y: right, transpose_x: bool(false), transpose_y: bool(false) };
  if (left === x && right === y) {
    c.finish('matmul', inputs);
    return;
  }
  const product = c.emit('matmul', inputs, { dtype: 'fp32', shape: productShape(left, right) }, 'product');
  const axes = [...(left === x ? [] : [product.shape.length - 2]), ...(right === y ? [] : [product.shape.length - 1])];
  c.finish('squeeze', { x: product, axes: ints(axes) });
}

/** α·A·B + β·C: with a constant B, α and the transposition go into the weight and β into the bias. */
function gemm(node: Node, c: LowerContext): void {
  const { attributes } = node;
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)];
  const [transA, transB] = [attributes.int('transA', 0) !== 0, attributes.int('transB', 0) !== 0];
  const matrix = c.known(node.input(1));
  const addend = beta === 0 ? null : node.input(2);
  const a = floatInput(c, 0);
  if (matrix?.dims.length !== 2) {
    const product = productOf(c, a, floatInput(c, 1), transA, transB);
    finishSum(c, scaled(c, product, alpha), addend ? scaled(c, floatInput(c, 2), beta) : null);
    return;
  }
  const x = transA ? c.emit('transpose', { x: a, perm: ints([1, 0]) }, { dtype: a.dtype, shape: [...a.shape].reverse() }, 'transposed') : a;
  const rows = transB ? matrix : transposed(matrix, [1, 0]);
  const columns = rows.dims[0] as number;
  const bias = biasOf(c.known(addend), columns, beta);
  const inline = bias ? c.constant(bias, addend?.name ?? 'bias') : c.floats(new Float64Array(columns), [columns], 'bias');
  const product = linear(c, x, alpha === 1 ? rows : scaledTensor(rows, alpha), node.input(1)?.name ?? 'weight', inline, [x.shape[0] as PlanDim, columns]);
  finishSum(c, product, bias || !addend ? null : scaled(c, floatInput(c, 2), beta));
}

function productOf(c: LowerContext, x: MilValue, y: MilValue, transposeX: boolean, transposeY: boolean): MilValue {
  const shape = [x.shape[transposeX ? 1 : 0] as PlanDim, y.shape[transposeY ? 0 : 1] as PlanDim];
  return c.emit('matmul', { x, y, transpose_x: bool(transposeX), transpose_y: bool(transposeY) }, { dtype: 'fp32', shape }, 'product');
}

function finishSum(c: LowerContext, x: MilValue, y: MilValue | null): void {
  if (y) c.finish('add', { x, y });
  else c.settle(x);
}

function scaled(c: LowerContext, x: MilValue, by: number): MilValue {
  return by === 1 ? x : c.emit('mul', { x, y: real(by) }, x, 'scaled');
}

function scaledTensor(tensor: Tensor, by: number): Tensor {
  return Tensor.of('float32', tensor.dims, tensor.numbers().map((value) => value * by));
}

/** The addend as a bias of so many columns; null where it is none. */
function biasOf(addend: Tensor | null, columns: number, beta: number): Tensor | null {
  if (!addend || addend.dims.slice(0, -1).some((dim) => dim !== 1) || (addend.size !== columns && addend.size !== 1)) return null;
  const values = addend.numbers();
  return Tensor.of('float32', [columns], Float64Array.from({ length: columns }, (_, i) => beta * (values[addend.size === 1 ? 0 : i] as number)));
}

function withAxis(c: LowerContext, x: MilValue, axis: number, hint: string): MilValue {
  return c.emit('expand_dims', { x, axes: ints([axis]) }, { dtype: x.dtype, shape: axis === 0 ? [1, ...x.shape] : [...x.shape, 1] }, hint);
}

function productShape(x: MilValue, y: MilValue): PlanDim[] {
  return [...broadcastShape(x.shape.slice(0, -2), y.shape.slice(0, -2)), x.shape.at(-2) as PlanDim, y.shape.at(-1) as PlanDim];
}
