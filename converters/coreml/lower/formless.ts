/** Why operators have no form in Core ML, and what to do about it, where there is more to say than that. */
export const FORMLESS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  ...each(['NonZero', 'Unique', 'Compress'], 'the size of its result depends on values', 'Cut the model before it, and do this in the app: dyno rewrite --cut-at TENSOR.'),
  NonMaxSuppression: ['the size of its result depends on values, and Core ML’s own suppression has another face', 'Cut the model before it, and suppress in the app or with Vision: dyno rewrite --cut-at TENSOR.'],
  ...each(['RoiAlign', 'MaxRoiPool'], 'it averages several points of each bin, and Core ML’s crop_resize takes one', 'Crop with GridSample at the points, or cut the model there: dyno rewrite --cut-at TENSOR.'),
  ...each(['BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'BitwiseNot'], 'Core ML has no operations on bits', 'Do this with products and Mod of int32, or outside of the model.'),
  ...each(['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Bernoulli', 'Multinomial'], 'it draws numbers at random, other ones than ONNX Runtime', 'Draw them in the app and give the model an input.'),
  ...each(['LSTM', 'GRU', 'RNN'], 'recurrent layers are not converted here', 'Cut the model around it: dyno rewrite --cut-at TENSOR, --cut-from TENSOR.'),
  ...each(['ConvInteger', 'MatMulInteger', 'QLinearConv', 'QLinearMatMul', 'DynamicQuantizeLinear'], 'it computes with quantized numbers in a form that Core ML has none of', 'Export in QDQ form, or quantize the float model: dyno quantize.'),
  ...each(['MaxUnpool', 'Col2Im'], 'Core ML has no operation of it', 'Export with ConvTranspose, Resize or DepthToSpace instead.'),
};

function each(opTypes: readonly string[], reason: string, remedy: string): Record<string, readonly [string, string]> {
  return Object.fromEntries(opTypes.map((opType) => [opType, [reason, remedy] as const]));
}
