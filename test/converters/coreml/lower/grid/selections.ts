import { Tensor } from '../../../../../models/onnx/index.ts';
import { type GridCase, graph, int64s, one, random, scalar, type Shape } from './case.ts';

/** What picks, places, compares and samples: elements by index, the largest, triangles, points of images; and what is refused with a reason of its own. */
export function selections(): GridCase[] {
  return [...picks(), ...places(), ...largest(), ...masks(), ...thresholds(), ...remainders(), ...samples(), ...plainNorms(), ...refused()];
}

const matrix = (rows: readonly (readonly number[])[]): Tensor => Tensor.of('int64', [rows.length, (rows[0] as readonly number[]).length], rows.flat().map(BigInt));

function picks(): GridCase[] {
  const x: Shape = [3, 4, 5];
  const within = (most: number) => ({ ranges: { x1: [0, most] as const } });
  return [
    one('GatherElements', 'axis 0', [[3, 2], matrix([[0, 2], [1, 1]])], {}), one('GatherElements', 'axis 1', [[2, 5], matrix([[4, 0, 4], [1, -1, -5]])], { axis: 1 }), one('GatherElements', 'shorter', [[3, 5], matrix([[4, 0], [1, -1]])], { axis: -1 }),
    one('GatherElements', 'int32 data', [['int32', [2, 3]], matrix([[2], [0]])], { axis: 1 }), one('GatherElements', 'computed', [[2, 5], ['int64', [2, 3]]], { axis: 1 }, within(4)), one('GatherElements', 'computed from the end', [[2, 5], ['int64', [2, 3]]], { axis: 1 }, { ranges: { x1: [-5, 4] } }),
    one('GatherElements', 'outside', [[2, 5], matrix([[5], [0]])], { axis: 1 }, { refused: /its index 5 lies outside of an axis of 5/ }), one('GatherElements', 'bool', [['bool', [2, 3]], matrix([[2], [0]])], { axis: 1 }, { out: 'bool', refused: /moves booleans/ }),
    one('GatherND', 'elements', [x, matrix([[0, 1, 2], [2, -1, -5]])]), one('GatherND', 'slices', [x, matrix([[0, 1], [2, 3], [1, 0]])]), one('GatherND', 'by batches', [x, Tensor.of('int64', [3, 2, 1], [0, 3, 1, 1, 2, 0])], { batch_dims: 1 }, { since: 16 }),
    one('GatherND', 'computed', [x, ['int64', [4, 2]]], {}, { ranges: { x1: [-3, 2] } }), ...[['GatherND', matrix([[2], [0]])], ['GatherElements', matrix([[2, 0]])], ['ScatterND', matrix([[2], [0]])]].map(([op, i]) => one(op as string, 'int32 data below zero', [['int32', [3, 2]], i as Tensor, ...(op === 'ScatterND' ? [['int32', [2, 2]] as const] : [])], {}, { ranges: { x0: [-90000, 90000], x2: [-90000, 90000] } })),
    one('Gather', 'computed', [x, ['int64', [2]]], { axis: 1 }, within(3)), one('Gather', 'computed from the end', [x, ['int64', [2, 2]]], { axis: 2 }, { ranges: { x1: [-5, 4] } }), one('Gather', 'computed in int32', [x, ['int32', [3]]], {}, within(2)),
    graph('Gather by ArgMax', { x: ['float32', [2, 5]], t: ['float32', [5, 3]] }, [['ArgMax', ['x'], ['i'], { axis: 1, keepdims: 0 }], ['Gather', ['t', 'i'], ['y'], { axis: 0 }]], { y: ['float32', null] }),
    one('Gather', 'computed of bool', [['bool', [3, 4]], ['int64', [2]]], {}, { out: 'bool', refused: /gathers booleans/, ...within(2) }),
  ];
}

function places(): GridCase[] {
  const x: Shape = [4, 3];
  const reductions = ['none', 'add', 'mul', 'max', 'min'];
  return [
    ...reductions.map((reduction) => one('ScatterElements', reduction, [x, matrix([[3, 0, 1], [0, 3, 2]]), [2, 3]], { axis: 0, reduction })),
    ...reductions.map((reduction) => one('ScatterND', reduction, [x, matrix([[2], [0]]), [2, 3]], { reduction })),
    one('ScatterElements', 'axis 1 from the end', [x, matrix([[-1], [0], [2], [-3]]), [4, 1]], { axis: -1 }), one('ScatterElements', 'computed indices', [x, ['int64', [1, 3]], [1, 3]], {}, { ranges: { x1: [-4, 3] } }),
    one('ScatterElements', 'add twice at one place', [x, matrix([[1, 1, 1], [1, 2, 1]]), [2, 3]], { reduction: 'add' }), one('ScatterElements', 'int32', [['int32', [4, 3]], matrix([[3, 0, 1]]), ['int32', [1, 3]]], {}, { ranges: { x0: [-9, 9], x2: [-9, 9] } }),
    one('ScatterElements', 'shorter', [x, matrix([[3, 0]]), [1, 2]], {}, { refused: /shorter than its data along axis 1/ }),
    one('ScatterND', 'elements', [x, matrix([[2, 1], [0, -1]]), [2]]), one('ScatterND', 'into a constant', [random([4, 3], 'c'), matrix([[2, 1], [0, 2]]), [2]], {}, { opset: 16 }), one('ScatterND', 'add twice at one place', [x, matrix([[2], [2]]), [2, 3]], { reduction: 'add' }),
    one('Scatter', 'opset 10', [x, matrix([[3, 0, 1]]), [1, 3]], { axis: 0 }, { opset: 10 }),
  ];
}

function largest(): GridCase[] {
  const x: Shape = [2, 7, 3];
  const both = (name: string, inputs: Parameters<typeof one>[2], attributes: Record<string, number>, options = {}): GridCase => {
    const { spec, ...rest } = one('TopK', name, inputs, attributes, { outputs: 2, ...options });
    return { ...rest, spec: { ...spec, outputs: { y0: spec.outputs['y0'] as [never, never], y1: ['int64', null] } } };
  };
  return [
    both('last axis', [[3, 9], int64s(4)], {}), both('axis 1', [x, int64s(3)], { axis: 1 }), both('smallest', [x, int64s(2)], { axis: -2, largest: 0 }), both('all', [[5], int64s(5)], {}), both('one', [x, int64s(1)], { axis: 0 }),
    both('opset 9', [[3, 9]], { k: 4 }, { opset: 9 }), graph('TopK values only', { x: ['float32', [3, 9]] }, [['TopK', ['x', 'k'], ['y', 'unused']]], { y: ['float32', null] }, { constants: { k: int64s(2) } }), both('computed k', [[3, 9], ['int64', [1]]], {}, { refused: /k \("x1"\) come at run time/ }),
    ...[0, 1, -1].map((axis) => one('Hardmax', `axis ${axis}`, [[3, 4, 5]], { axis })), one('Hardmax', 'opset 11 flattens', [[3, 4, 5]], { axis: 1 }, { opset: 11 }),
  ];
}

function masks(): GridCase[] {
  const x: Shape = [2, 4, 5];
  return [
    ...[0, 1].flatMap((upper) => [-2, 0, 1, 9].map((k) => one('Trilu', `upper ${upper} k ${k}`, [x, scalar(k, 'int64')], { upper }))), one('Trilu', 'default', [[3, 3]], {}), one('Trilu', 'int32', [['int32', [3, 3]]], { upper: 0 }, { ranges: { x0: [-9, 9] } }), one('Trilu', 'bool', [['bool', [3, 4]]], {}, { out: 'bool' }),
    one('OneHot', 'last axis', [['int64', [2, 3]], scalar(4, 'int64'), Tensor.of('float32', [2], [-1, 2])], {}, { out: 'float32', ranges: { x0: [0, 3] } }), one('OneHot', 'from the end, axis 0', [['int64', [3]], scalar(4, 'int64'), Tensor.of('float32', [2], [0, 1])], { axis: 0 }, { out: 'float32', ranges: { x0: [-4, 3] } }),
    one('OneHot', 'int64', [['int64', [3]], int64s(3), int64s(0, 5)], {}, { out: 'int64', ranges: { x0: [0, 2] } }),
    graph('EyeLike', { x: ['float32', [3, 4]] }, [['EyeLike', ['x'], ['e'], { k: 1 }], ['Add', ['x', 'e'], ['y']]], { y: ['float32', null] }),
    graph('IsNaN', { x: ['float32', [2, 5]] }, [['Sqrt', ['x'], ['s']], ['IsNaN', ['s'], ['n']], ['Where', ['n', 'zero', 's'], ['y']]], { n: ['bool', null], y: ['float32', null] }, { constants: { zero: scalar(0) } }),
    ...[[1, 1], [1, 0], [0, 1]].map(([detect_positive, detect_negative]) => graph(`IsInf ${detect_positive} ${detect_negative}`, { x: ['float32', [2, 3]] }, [['Div', ['x', 'c'], ['d']], ['IsInf', ['d'], ['y'], { detect_positive: detect_positive as number, detect_negative: detect_negative as number }]], { y: ['bool', null] },
      { constants: { c: Tensor.of('float32', [3], [0, 1, -0]) }, ranges: { x: [0.5, 2] } })),
  ];
}

function thresholds(): GridCase[] {
  const x: Shape = [2, 3, 4];
  const steps = Tensor.of('float32', [5], [-1, -0.5, 0, 0.5, 1]);
  const onSteps = (op: string, attributes: Record<string, { float: number }>): GridCase => graph(`${op} at the threshold`, { x: ['float32', [1]] }, [['Mul', ['x', 'zero'], ['z']], ['Add', ['z', 'steps'], ['s']], [op, ['s'], ['y'], attributes]], { y: ['float32', null] }, { constants: { zero: scalar(0), steps } });
  return [
    one('Celu', 'default', [x], {}, { ranges: { x0: [-4, 4] } }), one('Celu', 'alpha', [x], { alpha: { float: 0.4 } }, { ranges: { x0: [-4, 4] } }), one('Celu', 'negative', [x], { alpha: { float: -1 } }, { refused: /its alpha is -1/ }),
    one('ThresholdedRelu', 'default', [x], {}, { ranges: { x0: [-3, 3] } }), one('ThresholdedRelu', 'negative', [x], { alpha: { float: -0.5 } }), onSteps('ThresholdedRelu', { alpha: { float: 0.5 } }),
    one('Shrink', 'default', [x], {}), one('Shrink', 'soft', [x], { lambd: { float: 0.25 }, bias: { float: 0.25 } }), onSteps('Shrink', { lambd: { float: 0.5 }, bias: { float: 0.1 } }),
    one('Swish', 'default', [x], {}, { opset: 24 }), one('Swish', 'alpha', [x], { alpha: { float: 1.7 } }, { opset: 24 }),
    ...['Asin', 'Acos', 'Atanh'].map((op) => one(op, '', [x], {}, { ranges: { x0: [-0.9, 0.9] } })), ...['Atan', 'Sinh', 'Cosh'].map((op) => one(op, '', [x], {}, { ranges: { x0: [-3, 3] } })), one('Tan', '', [x], {}, { ranges: { x0: [-1.2, 1.2] } }),
  ];
}

function remainders(): GridCase[] {
  const whole = (shape: Shape): readonly ['int32', Shape] => ['int32', shape];
  return [
    one('Mod', 'int32 by positive', [whole([2, 7]), scalar(3, 'int32')], {}, { ranges: { x0: [-9, 9] } }), one('Mod', 'int32 by negative', [whole([2, 7]), scalar(-4, 'int32')], {}, { ranges: { x0: [-9, 9] } }),
    one('Mod', 'floats, sign of the dividend', [Tensor.of('float32', [6], [5.25, -5.25, 5.25, -5.25, 0.5, -0.5]), [6]], { fmod: 1 }, { ranges: { x0: [1, 2], x1: [1.2, 1.6] } }),
    one('Mod', 'int32 with fmod', [whole([2, 3]), whole([3])], { fmod: 1 }, { refused: /may be negative/ }),
  ];
}

function samples(): GridCase[] {
  const grid = { ranges: { x1: [-1.4, 1.4] as const } };
  return [
    ...['zeros', 'border', 'reflection'].flatMap((padding_mode) => [0, 1].flatMap((align_corners) => ['bilinear', 'nearest'].map((mode) =>
      one('GridSample', `${mode} ${padding_mode} align ${align_corners}`, [[2, 3, 5, 6], [2, 4, 3, 2]], { mode, padding_mode, align_corners }, { opset: 16, ...grid })))),
    one('GridSample', 'linear of opset 20', [[1, 2, 4, 4], [1, 3, 5, 2]], { mode: 'linear' }, { opset: 20, ...grid }), one('GridSample', 'bicubic', [[1, 2, 4, 4], [1, 3, 5, 2]], { mode: 'bicubic' }, { opset: 16, refused: /no bicubic interpolation/ }),
    one('GridSample', 'volumes', [[1, 2, 3, 4, 4], [1, 2, 2, 2, 3]], { mode: 'linear' }, { opset: 20, refused: /of rank 5/ }),
  ];
}

function plainNorms(): GridCase[] {
  const x: Shape = [2, 5, 3, 4];
  return [
    one('LRN', 'default', [x], { size: 3 }), one('LRN', 'own', [[1, 7, 4, 3]], { size: 5, alpha: { float: 0.3 }, beta: { float: 0.5 }, bias: { float: 2 } }), one('LRN', 'even', [x], { size: 4 }, { refused: /sums over 4 channels/ }),
    ...[1, 2].flatMap((p) => [one('LpNormalization', `p ${p} axis 1`, [x], { p, axis: 1 }), one('LpPool', `p ${p}`, [x], { p, kernel_shape: [2, 2], strides: [1, 2] }), one('LpPool', `p ${p} padded`, [x], { p, kernel_shape: [3, 3], pads: [1, 1, 1, 1] }), one('GlobalLpPool', `p ${p}`, [x], { p })]),
    graph('LpNormalization of zeros', { x: ['float32', [2, 3]] }, [['Mul', ['x', 'zero'], ['z']], ['LpNormalization', ['z'], ['y']]], { y: ['float32', null] }, { constants: { zero: Tensor.of('float32', [2, 1], [0, 1]) } }),
    one('LpPool', 'p 3', [x], { p: 3, kernel_shape: [2, 2] }, { refused: /its p is 3/ }), one('MeanVarianceNormalization', 'default', [x]), one('MeanVarianceNormalization', 'axes', [x], { axes: [1, -1] }),
    one('Upsample', 'opset 9', [[1, 2, 3, 4], Tensor.of('float32', [4], [1, 1, 2, 3])], {}, { opset: 9 }), one('Upsample', 'opset 7', [[1, 2, 3, 4]], { scales: { floats: [1, 1, 2, 2] } }, { opset: 7 }),
  ];
}

function refused(): GridCase[] {
  return [
    one('NonZero', '', [[2, 3]], {}, { out: 'int64', refused: /depends on values/ }), one('BitShift', '', [['uint8', [4]], ['uint8', [4]]], { direction: 'LEFT' }, { refused: /no operations on bits/ }),
    one('RoiAlign', '', [[1, 2, 8, 8], [3, 4], ['int64', [3]]], { output_height: 2, output_width: 2 }, { opset: 16, refused: /averages several points/, ranges: { x2: [0, 0] } }), one('RandomNormalLike', '', [[2, 3]], {}, { refused: /at random/ }),
    one('MatMulInteger', '', [['uint8', [2, 3]], ['uint8', [3, 2]]], {}, { out: 'int32', refused: /quantized numbers in a form/ }), one('Det', '', [[2, 3, 3]], {}, { refused: /no form of it here/ }),
  ];
}
