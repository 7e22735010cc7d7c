import type { Node } from '../../../models/graph/index.ts';

/** Operators that take and give float16 wherever they take and give float32. */
const HALF = new Set([
  'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Einsum', 'BatchNormalization', 'InstanceNormalization', 'LayerNormalization', 'GroupNormalization', 'RMSNormalization', 'LpNormalization', 'LRN',
  'Softmax', 'LogSoftmax', 'Hardmax', 'MaxPool', 'AveragePool', 'LpPool', 'GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool',
  'ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare', 'ArgMax', 'ArgMin', 'TopK',
  'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Min', 'Max', 'Mean', 'Sum', 'Where', 'PRelu', 'Mod', 'Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual',
  'Relu', 'LeakyRelu', 'Elu', 'Selu', 'Celu', 'ThresholdedRelu', 'Sigmoid', 'HardSigmoid', 'Tanh', 'HardSwish', 'Swish', 'Mish', 'Softplus', 'Softsign', 'Gelu', 'Erf', 'Exp', 'Log', 'Sqrt',
  'Abs', 'Neg', 'Reciprocal', 'Floor', 'Ceil', 'Round', 'Sign', 'Sin', 'Cos', 'Clip', 'Identity', 'Dropout', 'IsNaN', 'IsInf', 'Cast',
  'Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Concat', 'Split', 'Slice', 'Gather', 'GatherElements', 'GatherND', 'ScatterElements', 'ScatterND', 'Expand', 'Tile', 'Pad',
  'DepthToSpace', 'SpaceToDepth', 'Resize', 'Upsample', 'GridSample', 'Shape', 'Size', 'Trilu',
]);

/** Inputs that stay float32 although the rest is float16. */
const FLOAT_INPUTS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2], Upsample: [1], Dropout: [1] };

/** Numbers of these types fit into float16 (whole numbers are exact up to 2048, and it ends at 65504). */
const SMALL = new Set(['uint8', 'int8', 'bool', 'float16', 'float32']);

/** Whether an input stays float32 in a float16 node. */
export function staysFloat(node: Node, slot: number): boolean {
  return FLOAT_INPUTS[node.opType]?.includes(slot) === true;
}

/** Why a node cannot compute in float16, by its operator alone; null where it can. */
export function operatorObstacle(node: Node): string | null {
  if (node.hasSubgraph) return `${node.opType} has graphs inside, which are not looked into`;
  if (!node.isOnnx || !HALF.has(node.opType)) return `${node.isOnnx ? '' : `${node.domain}.`}${node.opType} has no float16 form that every runtime knows`;
  const source = node.input(0)?.type.dtype;
  if (node.is('Cast') && (!source || !SMALL.has(source))) return `it casts ${source ?? 'an unknown type'}, whose numbers may leave float16`;
  return null;
}
