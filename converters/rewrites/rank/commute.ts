import type { Node, Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';

/** An elementwise step that a movement can change places with. */
export interface Elementwise {
  readonly node: Node;
  /** Position of the moved tensor among the inputs. */
  readonly data: number;
  /** Position and content of a constant that has axes and must move along; null where all other inputs are scalars. */
  readonly constant: { readonly index: number; readonly tensor: Tensor } | null;
}

const UNARY = new Set([
  'Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BitwiseNot', 'Cast', 'Ceil', 'Celu', 'Cos', 'Cosh', 'Elu', 'Erf', 'Exp',
  'Floor', 'Gelu', 'HardSigmoid', 'HardSwish', 'IsInf', 'IsNaN', 'LeakyRelu', 'Log', 'Mish', 'Neg', 'Not', 'Reciprocal', 'Relu', 'Round',
  'Selu', 'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Softsign', 'Sqrt', 'Swish', 'Tan', 'Tanh', 'ThresholdedRelu',
]);

const BINARY = new Set([
  'Add', 'And', 'BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'Div', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual',
  'Max', 'Min', 'Mod', 'Mul', 'Or', 'Pow', 'PRelu', 'Sub', 'Xor',
]);

/** Data first, then scalars: bounds, scale and zero point. */
const WITH_SCALARS = new Set(['Clip', 'QuantizeLinear', 'DequantizeLinear']);

/** Computed by polynomials, whose last bit may depend on where in a vector register an element lies. */
const TRANSCENDENTAL = new Set([
  'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Celu', 'Cos', 'Cosh', 'Elu', 'Erf', 'Exp', 'Gelu', 'Log', 'Mish', 'Pow', 'Selu',
  'Sigmoid', 'Sin', 'Sinh', 'Softplus', 'Softsign', 'Swish', 'Tan', 'Tanh',
]);

/** False where a runtime may give the same element other last bits when it lies elsewhere in memory. */
export function isBitStable(node: Node): boolean {
  return !TRANSCENDENTAL.has(node.opType);
}

export const UNARY_OPS: readonly string[] = [...UNARY];
export const BINARY_OPS: readonly string[] = [...BINARY];

/** Reads a node as a step of one moved tensor; null where it is none, or another operand is no scalar and no constant that fits in. */
export function readElementwise(node: Node): Elementwise | null {
  if (!node.isOnnx || node.outputs.length !== 1 || !node.outputs[0]) return null;
  if (UNARY.has(node.opType)) return node.inputs.length === 1 && isMoved(node.input(0)) ? { node, data: 0, constant: null } : null;
  if (WITH_SCALARS.has(node.opType)) return readWithScalars(node);
  if (!BINARY.has(node.opType) || node.inputs.length !== 2 || node.attributes.has('broadcast')) return null;
  return readBinary(node, 0, 1) ?? (node.opType === 'PRelu' ? null : readBinary(node, 1, 0));
}

function readWithScalars(node: Node): Elementwise | null {
  if (!isMoved(node.input(0)) || node.attributes.int('block_size', 0) !== 0) return null;
  const scalars = node.inputs.slice(1).every((value) => value === null || isScalar(value));
  return scalars ? { node, data: 0, constant: null } : null;
}

function readBinary(node: Node, data: number, other: number): Elementwise | null {
  const [moved, operand] = [node.input(data), node.input(other)];
  if (!moved || !operand || !isMoved(moved) || operand === moved) return null;
  if (operand.type.shape?.length === 0) return { node, data, constant: null };
  const tensor = operand.constant;
  const shape = moved.type.shape;
  if (!tensor || !shape || tensor.dims.length > shape.length) return null;
  if (tensor.size === 1) return { node, data, constant: tensor.dims.length === 1 && shape.length > 0 ? null : { index: other, tensor } };
  const fits = tensor.dims.every((dim, i) => dim === 1 || dim === shape[i - tensor.dims.length + shape.length]);
  return fits ? { node, data, constant: { index: other, tensor } } : null;
}

function isMoved(value: Value | null): boolean {
  return value !== null && !value.initializer && value.producer?.opType !== 'Constant';
}

/** One element, and no axes that could raise the rank. */
function isScalar(value: Value): boolean {
  const dims = value.constant?.dims ?? value.type.shape;
  return dims?.length === 0 || (dims?.length === 1 && dims[0] === 1);
}
