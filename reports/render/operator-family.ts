/** Kinds of operators that charts tell apart: the colour is never the only sign. */
export type OperatorFamily = 'multiply' | 'elementwise' | 'movement' | 'reduce' | 'quantize' | 'other';

export const FAMILY_WORDS: Readonly<Record<OperatorFamily, string>> = {
  multiply: 'convolution, matrix product', elementwise: 'elementwise', movement: 'moves data', reduce: 'normalises, reduces, resamples',
  quantize: 'quantizes', other: 'constant or other',
};

export const FAMILIES = Object.keys(FAMILY_WORDS) as readonly OperatorFamily[];

const MEMBERS: Readonly<Partial<Record<OperatorFamily, string>>> = {
  multiply: 'Conv ConvTranspose ConvInteger QLinearConv MatMul MatMulInteger QLinearMatMul Gemm Einsum LSTM GRU RNN Attention DeformConv',
  movement: 'Reshape Transpose Squeeze Unsqueeze Flatten DepthToSpace SpaceToDepth Concat Split Slice Gather GatherND GatherElements Scatter ScatterND '
    + 'ScatterElements Expand Tile Pad Identity ReverseSequence Col2Im',
  reduce: 'BatchNormalization InstanceNormalization LayerNormalization GroupNormalization RMSNormalization LpNormalization MeanVarianceNormalization Softmax '
    + 'LogSoftmax ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp ArgMax ArgMin TopK CumSum MaxPool '
    + 'AveragePool GlobalAveragePool GlobalMaxPool LRN Resize Upsample GridSample',
  quantize: 'QuantizeLinear DequantizeLinear DynamicQuantizeLinear Cast',
  elementwise: 'Add Sub Mul Div Pow Neg Abs Sqrt Reciprocal Exp Log Erf Relu LeakyRelu PRelu Clip Sigmoid Tanh HardSigmoid HardSwish Elu Selu Celu Gelu Mish '
    + 'Softplus Softsign Swish ThresholdedRelu Min Max Mean Sum Where Equal Greater Less And Or Not Round Floor Ceil Sign Sin Cos Mod',
};

const FAMILY_OF = new Map(Object.entries(MEMBERS).flatMap(([family, names]) => names.split(' ').map((name) => [name, family as OperatorFamily] as const)));

/** The family of an operator of ai.onnx by its name. */
export function familyOf(opType: string): OperatorFamily {
  return FAMILY_OF.get(opType) ?? 'other';
}
