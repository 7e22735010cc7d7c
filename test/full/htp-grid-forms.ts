import { float } from '../../models/graph/index.ts';
import type { DType } from '../../models/contracts/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import type { ModelSpec, NodeSpec } from '../support/build-model.ts';
import { floats, type GridModel, int64, one, scalar } from './htp-grid.ts';

/** Further forms: element types, odd ranks, windows, transposed convolutions, grids, quantized operators, patterns. */
export function moreForms(): GridModel[] {
  return [...typed(), ...oddRanks(), ...windows(), ...transposed(), ...grids(), ...quantized(), ...patterns()];
}

function typed(): GridModel[] {
  const types: DType[] = ['int32', 'int64', 'bool', 'uint8', 'int8', 'float16'];
  const moves: [string, Record<string, unknown>, Record<string, Tensor>][] = [
    ['Reshape', {}, { s: int64(1, 2, 2, 64) }], ['Slice', {}, { a: int64(1), b: int64(4), c: int64(2), d: int64(1) }], ['Gather', { axis: 1 }, { i: int64(0, 2) }], ['Squeeze', {}, { a: int64(0) }], ['Expand', {}, { s: int64(2, 4, 8, 8) }], ['Tile', {}, { r: int64(1, 2, 1, 1) }],
  ];
  const moved = types.flatMap((dtype) => moves.map(([name, attributes, constants]) => one(name, 4, attributes as never, { dtype, constants })));
  const joined = types.map((dtype) => one('Concat', 4, { axis: 1 }, { dtype, inputs: ['x', 'x'] }));
  const compared = (['int32', 'int64', 'float16'] as DType[]).flatMap((dtype) => ['Equal', 'Greater', 'Less'].map((name) => one(name, 4, {}, { dtype, out: 'bool', inputs: ['x', 'x'] })));
  const computed = (['int32', 'int64', 'float16'] as DType[]).flatMap((dtype) => ['Add', 'Sub', 'Mul', 'Min', 'Max'].map((name) => one(name, 4, {}, { dtype, inputs: ['x', 'x'] })));
  const reduced = (['int32', 'float16'] as DType[]).flatMap((dtype) => ['ReduceMax', 'ReduceMin', 'ReduceMean'].map((name) => one(name, 4, { axes: [1], keepdims: 1 }, { dtype })));
  const half = ['Relu', 'Sigmoid', 'Tanh', 'Exp', 'Softmax', 'Erf', 'Floor', 'Round'].map((name) => one(name, 4, {}, { dtype: 'float16', opset: 18 }));
  return [...moved, ...joined, ...compared, ...computed, ...reduced, ...half, one('Where', 4, {}, { dtype: 'bool', out: 'int32', constants: { a: scalar(1, 'int32'), b: scalar(2, 'int32') } }), one('Not', 2, {}, { dtype: 'bool' }), one('Or', 4, {}, { dtype: 'bool', inputs: ['x', 'x'] }), one('Xor', 4, {}, { dtype: 'bool', inputs: ['x', 'x'] })];
}

function oddRanks(): GridModel[] {
  const none = ['Relu', 'Abs', 'Neg', 'Exp'].map((name) => one(name, 0, {}, { shape: [] }));
  const long = [1, 3, 6].flatMap((rank) => [...['Tanh', 'Exp', 'Floor'].map((name) => one(name, rank)), ...['Add', 'Mul', 'Div', 'Max'].map((name) => one(name, rank, {}, { constants: { k: scalar(3) } }))]);
  const batched = ['Softmax', 'ReduceMean', 'GlobalAveragePool', 'InstanceNormalization'].map((name) => one(name, 4, {}, { shape: [3, 4, 6, 5], ...(name === 'InstanceNormalization' ? { constants: { s: floats([4]), b: floats([4]) } } : {}) }));
  return [...none, ...long, ...batched, ...[3, 5].map((rank) => one('Softmax', rank, { axis: 1 })), ...[3, 5].map((rank) => one('ReduceMean', rank, { axes: [1], keepdims: 0 }))];
}

function windows(): GridModel[] {
  const conv = [
    { group: 4, dilations: [2, 2], pads: [2, 2, 2, 2] }, { strides: [2, 1], dilations: [1, 2] }, { auto_pad: 'SAME_UPPER', strides: [2, 2] }, { auto_pad: 'SAME_LOWER', strides: [2, 2] }, { pads: [2, 0, 0, 1], strides: [3, 2] },
  ].map((attributes) => one('Conv', 4, attributes, { constants: { w: floats([8, 'group' in attributes ? 1 : 4, 3, 3]), b: floats([8]) } }));
  const pooled = ['AveragePool', 'MaxPool', 'LpPool'].flatMap((name) => [{ auto_pad: 'VALID' }, { strides: [1, 2] }, ...(name === 'MaxPool' ? [{ auto_pad: 'SAME_UPPER' }, { auto_pad: 'SAME_LOWER', strides: [2, 2] }, { ceil_mode: 1, strides: [3, 3] }] : [])].map((more) => one(name, 4, { kernel_shape: [3, 3], ...more })));
  const sizes = [[1, 8, 28, 28], [1, 3, 8, 8]].flatMap((shape) => [{ kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, { kernel_shape: [3, 3], pads: [2, 2, 2, 2] }, { kernel_shape: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 }].map((attributes) => one('AveragePool', 4, attributes, { shape })));
  return [...conv, ...pooled, ...sizes, one('Conv', 3, { group: 4, pads: [1, 1] }, { shape: [2, 4, 16], constants: { w: floats([4, 1, 3]) } }), one('Conv', 4, { strides: [2, 2] }, { shape: [3, 4, 9, 7], constants: { w: floats([8, 4, 1, 1]) } })];
}

function transposed(): GridModel[] {
  return [{ strides: [2, 2], auto_pad: 'SAME_UPPER' }, { strides: [2, 2], pads: [0, 1, 1, 0] }, { dilations: [2, 2] }, { strides: [2, 2], output_padding: [1, 1] }, { strides: [3, 3], output_shape: [20, 20] }, { group: 4, strides: [2, 2] }].map((attributes) =>
    one('ConvTranspose', 4, attributes, { constants: { w: floats([4, 'group' in attributes ? 1 : 6, 3, 3]) } }));
}

function grids(): GridModel[] {
  const sized = ['nearest', 'linear'].flatMap((mode) => ['asymmetric', 'half_pixel', 'align_corners', 'pytorch_half_pixel', 'half_pixel_symmetric'].flatMap((coordinate_transformation_mode) => [[7, 11], [3, 5], [1, 16]].flatMap(([h, w]) => (mode === 'nearest' ? ['floor', 'round_prefer_ceil'] : ['floor']).map((nearest_mode) =>
    one('Resize', 4, { mode, coordinate_transformation_mode, nearest_mode }, { opset: 19, constants: { s: int64(1, 4, h as number, w as number) }, inputs: ['x', '', '', 's'] })))));
  const scaled = ['nearest', 'linear', 'cubic'].map((mode) => one('Resize', 4, { mode, coordinate_transformation_mode: 'half_pixel' }, { constants: { s: Tensor.of('float32', [4], [1, 1, 0.6, 0.7]) }, inputs: ['x', '', 's'] }));
  const cubic = [{ cubic_coeff_a: float(-0.5) }, { exclude_outside: 1 }, { antialias: 1 }].map((more) => one('Resize', 4, { mode: 'cubic', ...more }, { opset: 18, constants: { s: int64(1, 4, 16, 16) }, inputs: ['x', '', '', 's'] }));
  const sampled = ['linear', 'nearest', 'cubic'].map((mode) => one('GridSample', 4, { mode }, { opset: 20, constants: { g: Tensor.of('float32', [1, 3, 3, 2], Array.from({ length: 18 }, (_, i) => Math.sin(i * 5))) } }));
  return [...sized, ...scaled, ...cubic, ...sampled];
}

/** Bytes in and out, so that nothing but the operator is asked about. */
function quantized(): GridModel[] {
  const weights = (dims: number[]): Tensor => Tensor.of('int8', dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.round(100 * Math.sin(i * 3 + 1))));
  const forms: [string, NodeSpec[], Record<string, Tensor>?][] = [
    ['Conv', [['DequantizeLinear', ['w', 'ws', 'wz'], ['k']], ['Conv', ['d', 'k'], ['c'], { pads: [1, 1, 1, 1] }]], { w: weights([8, 4, 3, 3]) }],
    ['Conv group 4', [['DequantizeLinear', ['w', 'ws', 'wz'], ['k']], ['Conv', ['d', 'k'], ['c'], { group: 4, pads: [1, 1, 1, 1] }]], { w: weights([4, 1, 3, 3]) }],
    ['Conv and Relu', [['DequantizeLinear', ['w', 'ws', 'wz'], ['k']], ['Conv', ['d', 'k'], ['r'], { strides: [2, 2] }], ['Relu', ['r'], ['c']]], { w: weights([8, 4, 3, 3]) }],
    ['ConvTranspose', [['DequantizeLinear', ['w', 'ws', 'wz'], ['k']], ['ConvTranspose', ['d', 'k'], ['c'], { strides: [2, 2] }]], { w: weights([4, 8, 2, 2]) }],
    ['MatMul', [['DequantizeLinear', ['w', 'ws', 'wz'], ['k']], ['MatMul', ['d', 'k'], ['c']]], { w: weights([8, 8]) }],
    ...['Relu', 'Sigmoid', 'Tanh', 'HardSwish', 'HardSigmoid', 'Softmax', 'Gelu', 'Abs', 'Neg', 'Sqrt', 'Exp', 'LeakyRelu', 'Elu', 'GlobalAveragePool', 'Identity'].map((name): [string, NodeSpec[]] => [name, [[name, ['d'], ['c']]]]),
    ...['Add', 'Mul', 'Sub', 'Max', 'Min'].map((name): [string, NodeSpec[]] => [name, [[name, ['d', 'd'], ['c']]]]),
    ['MaxPool', [['MaxPool', ['d'], ['c'], { kernel_shape: [2, 2], strides: [2, 2] }]]], ['AveragePool', [['AveragePool', ['d'], ['c'], { kernel_shape: [2, 2], strides: [2, 2] }]]], ['AveragePool with pads', [['AveragePool', ['d'], ['c'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }]]],
    ['DepthToSpace CRD', [['DepthToSpace', ['d'], ['c'], { blocksize: 2, mode: 'CRD' }]]], ['Transpose', [['Transpose', ['d'], ['c'], { perm: [0, 2, 3, 1] }]]], ['Concat', [['Concat', ['d', 'd'], ['c'], { axis: 1 }]]],
    ['Resize nearest', [['Resize', ['d', '', 'f'], ['c'], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }]], { f: Tensor.of('float32', [4], [1, 1, 2, 2]) }], ['Resize linear', [['Resize', ['d', '', 'f'], ['c'], { mode: 'linear' }]], { f: Tensor.of('float32', [4], [1, 1, 2, 2]) }],
    ['ReduceMean', [['ReduceMean', ['d', 'a'], ['c'], { keepdims: 1 }]], { a: int64(2, 3) }], ['LayerNormalization', [['LayerNormalization', ['d', 'g', 'h'], ['c'], { axis: -1 }]], { g: floats([8]), h: floats([8]) }],
  ];
  return (['uint8', 'uint16'] as const).flatMap((dtype) => forms.map(([name, nodes, constants]): GridModel => {
    const levels = dtype === 'uint8' ? 255 : 65535;
    const at = (value: number): Tensor => Tensor.of(dtype, [], [value]);
    const spec: ModelSpec = {
      opset: 21, inputs: { x: [dtype, [1, 4, 8, 8]] }, outputs: { y: [dtype, null] },
      initializers: { s: scalar(2 / levels), z: at(0), ws: scalar(1 / 400), wz: Tensor.of('int8', [], [0]), os: scalar(8 / levels), oz: at(Math.round(levels / 2)), ...constants },
      nodes: [['DequantizeLinear', ['x', 's', 'z'], ['d']], ...nodes, ['QuantizeLinear', ['c', 'os', 'oz'], ['y']]],
    };
    return { name: `quantized ${dtype} ${name}`, spec, ranges: new Map([['x', [0, levels]]]) };
  }));
}

function patterns(): GridModel[] {
  const model = (name: string, nodes: NodeSpec[], initializers: Record<string, Tensor> = {}, opset = 17): GridModel => ({ name: `pattern ${name}`, spec: { opset, inputs: { x: ['float32', [1, 4, 8, 8]] }, outputs: { y: ['float32', null] }, initializers, nodes } });
  const hard = { alpha: float(1 / 6), beta: float(0.5) };
  return [
    model('x · HardSigmoid', [['HardSigmoid', ['x'], ['h'], hard], ['Mul', ['x', 'h'], ['y']]]), model('HardSigmoid · x', [['HardSigmoid', ['x'], ['h'], hard], ['Mul', ['h', 'x'], ['y']]]), model('x · Sigmoid', [['Sigmoid', ['x'], ['h']], ['Mul', ['x', 'h'], ['y']]]),
    model('GELU', [['Div', ['x', 'r'], ['a']], ['Erf', ['a'], ['e']], ['Add', ['e', 'o'], ['p']], ['Mul', ['x', 'p'], ['m']], ['Mul', ['m', 'h'], ['y']]], { r: scalar(Math.SQRT2), o: scalar(1), h: scalar(0.5) }),
    model('TopK of floats', [['TopK', ['x', 'k'], ['y', 'i'], { axis: -1 }]], { k: int64(3) }), model('two Clips of opset 10', [['Clip', ['x'], ['c'], { min: float(0) }], ['Clip', ['c'], ['y'], { max: float(1) }]], {}, 10),
    model('Split in three', [['Split', ['x', 's'], ['a', 'b', 'c'], { axis: 1 }], ['Concat', ['c', 'a', 'b'], ['y'], { axis: 1 }]], { s: int64(1, 1, 2) }), model('ReduceSum of an axis', [['ReduceSum', ['x', 'a'], ['y'], { keepdims: 0 }]], { a: int64(1) }),
    model('Einsum of attention', [['Einsum', ['x', 'x'], ['y'], { equation: 'bhid,bhjd->bhij' }]]), model('a constant branch', [['Add', ['k', 'k'], ['b']], ['Mul', ['x', 'b'], ['y']]], { k: floats([1, 4, 1, 1]) }),
  ];
}
