import { staticShape } from '../types.ts';
import type { Node } from '../node.ts';
import type { Value } from '../value.ts';
import { depthToSpace, rearranged, reshaped, spaceToDepth, transposed } from './layout-steps.ts';
import { axesOf, concatenated, multiplied, pooledOver } from './mixing-steps.ts';
import { resized } from './resize-step.ts';
import { joined, NotLocal, type Digit, settled, sizeOf, type View } from './view.ts';
import { paddedBy, sliced, transposedWindow, windowed } from './window-steps.ts';

/** Views of a node's outputs from those of its inputs, of which at least one is there. Throws NotLocal. */
export function stepOf(node: Node, inputs: readonly (View | null)[]): [Value, View][] {
  const data = inputs[0] ?? null;
  if (node.is('Split')) return splitOf(node, needed(data));
  const view = viewOf(node, inputs, data);
  return node.output() ? [[node.output() as Value, view]] : [];
}

function viewOf(node: Node, inputs: readonly (View | null)[], data: View | null): View {
  const op = node.isOnnx ? node.opType : `${node.domain}.${node.opType}`;
  if (JOINING.has(op)) return inputs.filter((view) => view !== null).reduce(joined);
  if (op === 'MatMul' || op === 'Gemm') return multiplied(node, data, inputs[1] ?? null);
  if (op === 'Concat') return concatenated(node, inputs);
  if (inputs.some((view, i) => i > 0 && view !== null)) throw new NotLocal('unknown', 'what it does depends on the picture');
  const view = needed(data);
  if (POINTWISE.has(op)) return view;
  switch (op) {
    case 'Conv': case 'ConvInteger': case 'QLinearConv': return windowed(node, view, true);
    case 'MaxPool': case 'AveragePool': case 'LpPool': return windowed(node, view, false);
    case 'ConvTranspose': return transposedWindow(node, view);
    case 'DepthToSpace': return depthToSpace(view, node.attributes.int('blocksize', 1), node.attributes.string('mode', 'DCR'));
    case 'SpaceToDepth': return spaceToDepth(view, node.attributes.int('blocksize', 1));
    case 'Reshape': case 'Flatten': case 'Squeeze': case 'Unsqueeze': return reshaped(view, outShape(node));
    case 'Transpose': return transposed(view, node.attributes.ints('perm'));
    case 'Pad': return paddedBy(node, view);
    case 'Slice': return sliced(node, view);
    case 'Resize': case 'Upsample': return resized(node, view);
    case 'Gather': return gathered(node, view);
    case 'Expand': case 'Tile': return repeated(node, view);
    case 'GlobalAveragePool': case 'GlobalMaxPool': case 'GlobalLpPool': return pooledOver(view, view.dims.map((_, i) => i).slice(2), 'one');
    case 'InstanceNormalization': case 'GroupNormalization': return pooledOver(view, view.dims.map((_, i) => i).slice(1), 'size');
    case 'LayerNormalization': return pooledOver(view, from(view, node.attributes.int('axis', -1)), 'size');
    case 'LpNormalization': return pooledOver(view, [node.attributes.int('axis', -1)], 'size');
    case 'Softmax': case 'LogSoftmax': case 'Hardmax': return pooledOver(view, node.attributes.has('axis') ? [node.attributes.int('axis', -1)] : [-1], 'size');
    default:
      if (op.startsWith('Reduce')) return pooledOver(view, axesOf(node, view), node.attributes.int('keepdims', 1) === 1 ? 'one' : 'none');
      throw new NotLocal('unknown', 'the operator is not followed');
  }
}

/** Elements of the output are computed from the same elements of the input. */
const POINTWISE = new Set([
  'Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BatchNormalization', 'Cast', 'Ceil', 'Celu', 'Clip', 'Cos', 'Cosh', 'DequantizeLinear', 'Dropout', 'Elu',
  'Erf', 'Exp', 'Floor', 'Gelu', 'HardSigmoid', 'HardSwish', 'Identity', 'IsInf', 'IsNaN', 'LeakyRelu', 'Log', 'Mish', 'Neg', 'Not', 'QuantizeLinear', 'Reciprocal',
  'Relu', 'Round', 'Selu', 'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Softsign', 'Sqrt', 'Swish', 'Tan', 'Tanh', 'ThresholdedRelu',
]);

/** The same of several inputs, with broadcasting. */
const JOINING = new Set([
  'Add', 'And', 'Div', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Max', 'Mean', 'Min', 'Mod', 'Mul', 'Or', 'PRelu', 'Pow', 'Sub', 'Sum', 'Where', 'Xor',
]);

function splitOf(node: Node, view: View): [Value, View][] {
  const axis = node.attributes.int('axis', 0);
  const index = axis < 0 ? axis + view.dims.length : axis;
  return node.outputs.flatMap((value): [Value, View][] => {
    const size = staticShape(value?.type)?.[index];
    if (!value) return [];
    if (size === undefined) throw new NotLocal('unknown', 'its shapes are not known');
    return [[value, rearranged(view, index, size)]];
  });
}

function gathered(node: Node, view: View): View {
  const axis = node.attributes.int('axis', 0);
  const index = axis < 0 ? axis + view.dims.length : axis;
  const [taken, shape] = [staticShape(node.input(1)?.type), outShape(node)];
  if (!taken) throw new NotLocal('unknown', 'its indices are not known');
  const chosen = rearranged(settled(view, index), index, taken.reduce((a, b) => a * b, 1));
  return shape.length === chosen.dims.length && sizeOf(chosen.dims[index] as readonly Digit[]) === shape[index] ? chosen : reshaped(chosen, shape);
}

/** Expand and Tile, along dimensions that are none of the picture's. */
function repeated(node: Node, view: View): View {
  const shape = outShape(node);
  const padded: View = { ...view, dims: [...Array.from({ length: shape.length - view.dims.length }, () => []), ...view.dims] };
  return shape.reduce((result, size, i) => (size === sizeOf(result.dims[i] as readonly Digit[]) ? result : rearranged(result, i, size)), padded);
}

function from(view: View, axis: number): number[] {
  return view.dims.map((_, i) => i).slice(axis < 0 ? axis + view.dims.length : axis);
}

function outShape(node: Node): number[] {
  const shape = staticShape(node.output()?.type);
  if (!shape) throw new NotLocal('unknown', 'its shape is not known');
  return shape;
}

function needed(view: View | null): View {
  if (!view) throw new NotLocal('unknown', 'what it does depends on the picture');
  return view;
}
