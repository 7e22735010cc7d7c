import { Tensor } from '../../../../../models/onnx/index.ts';
import { type CaseOptions, type GridCase, graph, int64s, one, random, scalar, type Shape } from './case.ts';

/** Element by element: binary with broadcasting over ranks, unary functions, n-ary, whole numbers, activations, logic, types. */
export function arithmetic(): GridCase[] {
  return [...binary(), ...unary(), ...nary(), ...whole(), ...activations(), ...logic(), ...casts()];
}

const PAIRS: readonly (readonly [Shape, Shape])[] = [[[2, 3, 4, 5], [2, 3, 4, 5]], [[2, 3, 4, 5], [3, 1, 1]], [[4, 5], [2, 3, 4, 5]], [[1, 3, 1, 5], [2, 1, 4, 1]], [[7], [7]], [[2, 1, 3, 2, 2], [3, 1, 2]]];

function binary(): GridCase[] {
  const positive = { ranges: { x0: [0.2, 3] as const, x1: [0.5, 2] as const } };
  return [
    ...['Add', 'Sub', 'Mul'].flatMap((op) => PAIRS.map(([a, b]) => one(op, `${a.join('x')} ${b.join('x')}`, [a, b]))),
    ...PAIRS.map(([a, b]) => one('Div', `${a.join('x')} ${b.join('x')}`, [a, b], {}, positive)),
    ...PAIRS.slice(0, 3).map(([a, b]) => one('Pow', `${a.join('x')} ${b.join('x')}`, [a, b], {}, positive)),
    one('Mul', 'scalar constant', [[2, 3, 4], scalar(-2.5)]),
    one('Sub', 'constant first', [random([4], 'c'), [2, 3, 4]]),
    one('Add', 'constant larger than x', [[1, 4], random([3, 1, 4], 'c')]),
    one('Pow', 'square', [[2, 3], scalar(2)]),
    one('Pow', 'half', [[2, 3], scalar(0.5)], {}, positive),
    one('Pow', 'whole exponent of int64', [[2, 3], int64s(3)], {}),
    one('Div', 'by zero', [[2, 3], Tensor.of('float32', [3], [1, 0, -2])], {}, { ranges: { x0: [0.5, 2] } }),
  ];
}

function unary(): GridCase[] {
  const shapes: Shape[] = [[2, 3, 4], [5], [1, 2, 3, 4, 2]];
  const everywhere = ['Abs', 'Neg', 'Sign', 'Floor', 'Ceil', 'Round', 'Exp', 'Sin', 'Cos', 'Tanh', 'Sigmoid', 'Softplus', 'Softsign', 'Erf', 'Relu', 'Identity'];
  return [
    ...everywhere.flatMap((op) => shapes.map((shape) => one(op, shape.join('x'), [shape], {}, { ranges: { x0: [-4, 4] } }))),
    ...['Sqrt', 'Log', 'Reciprocal'].flatMap((op) => shapes.map((shape) => one(op, shape.join('x'), [shape], {}, { ranges: { x0: [0.01, 9] } }))),
    graph('Round halves', { x: ['float32', [2, 4]] }, [['Mul', ['x', 'half'], ['h']], ['Round', ['h'], ['y']]], { y: ['float32', null] }, { constants: { half: scalar(0.5) }, ranges: { x: [-8, 8] } }),
    one('Abs', 'int32', [['int32', [2, 3]]], {}, { ranges: { x0: [-9, 9] } }),
  ];
}

function nary(): GridCase[] {
  return ['Max', 'Min', 'Sum', 'Mean'].flatMap((op) => [
    one(op, 'of one', [[2, 3]]), one(op, 'of two', [[2, 3], [3]]), one(op, 'of four, broadcast', [[2, 1, 4], [3, 1], [1], random([2, 3, 4], 'c')]),
  ]);
}

function whole(): GridCase[] {
  const ints = (shape: Shape): readonly ['int32', Shape] => ['int32', shape];
  const small = { ranges: { x0: [-50, 50] as const, x1: [-50, 50] as const } };
  return [
    ...['Add', 'Sub', 'Mul', 'Max', 'Min'].map((op) => one(op, 'int32', [ints([2, 3]), ints([3])], {}, small)),
    one('Div', 'int32 may be negative', [ints([2, 3]), ints([3])], {}, { ...small, refused: /divides whole numbers that may be negative/ }),
    graph('int64 indices of ArgMax', { x: ['float32', [3, 5]] }, [['ArgMax', ['x'], ['i'], { axis: 1 }], ['Add', ['i', 'one'], ['j']], ['Div', ['j', 'two'], ['k']], ['Mul', ['k', 'two'], ['y']]], { y: ['int64', null] }, { constants: { one: int64s(1), two: int64s(2) } }),
    one('Mul', 'int64 without bounds', [['int64', [2, 3]], ['int64', [2, 3]]], {}, { ...small, refused: /may need more than 32 bits/ }),
    one('Add', 'uint8', [['uint8', [2, 3]], ['uint8', [2, 3]]], {}, { refused: /computes in uint8/ }),
    one('Add', 'constant beyond 32 bits', [['int64', [2]], Tensor.of('int64', [2], [2n ** 40n, 1n])], {}, { refused: /does not fit into 32 bits/ }),
  ];
}

function activations(): GridCase[] {
  const x: Shape = [2, 3, 4, 5];
  const wide = { ranges: { x0: [-5, 5] as const } };
  return [
    one('LeakyRelu', 'default', [x]), one('LeakyRelu', 'alpha', [x], { alpha: { float: 0.3 } }), one('LeakyRelu', 'negative alpha', [x], { alpha: { float: -0.3 } }),
    one('Elu', 'default', [x]), one('Elu', 'alpha', [x], { alpha: { float: 0.4 } }), one('Selu', 'default', [x], {}, wide), one('Selu', 'own', [x], { alpha: { float: 1.5 }, gamma: { float: 1.1 } }),
    one('HardSigmoid', 'default', [x], {}, wide), one('HardSigmoid', 'own', [x], { alpha: { float: 0.3 }, beta: { float: 0.4 } }, wide), one('HardSwish', 'default', [x], {}, wide),
    one('Gelu', 'erf', [x], {}, { ...wide, opset: 20 }), one('Gelu', 'tanh', [x], { approximate: 'tanh' }, { ...wide, opset: 20 }), one('Mish', 'default', [x], {}, wide),
    ...[[3, 1, 1], [1, 3, 1, 1], [1], [], [5], [3, 4, 5], [4, 1]].map((shape) => one('PRelu', `slope ${shape.join('x')}`, [x, random(shape, 's')])),
    one('PRelu', 'computed slope', [x, [3, 1, 1]]),
    one('PRelu', 'rank 2', [[2, 3], random([3], 's')]),
    one('Clip', 'both', [x, scalar(-0.5), scalar(0.25)]), one('Clip', 'from zero', [x, scalar(0), '']), one('Clip', 'below', [x, scalar(-0.2)]), one('Clip', 'above', [x, '', scalar(0.3)]),
    one('Clip', 'none', [x]), one('Clip', 'crossed', [x, scalar(0.5), scalar(-0.5)]), one('Clip', 'opset 6', [x], { min: { float: -0.1 }, max: { float: 0.6 } }, { opset: 10 }),
    one('Clip', 'int32', [['int32', [2, 5]], scalar(-3, 'int32'), scalar(4, 'int32')], {}, { ranges: { x0: [-9, 9] } }),
    graph('Clip computed bounds', { x: ['float32', x], low: ['float32', [3]] }, [['ReduceMin', ['low'], ['least'], { keepdims: 0 }], ['Clip', ['x', 'least', 'most'], ['y']]], { y: ['float32', null] }, { constants: { most: scalar(0.75) } }),
    ...[-1, 0, 1, 2].flatMap((axis) => ['Softmax', 'LogSoftmax'].map((op) => one(op, `axis ${axis}`, [[2, 3, 4]], { axis }, wide))),
    ...['Softmax', 'LogSoftmax'].flatMap((op) => [0, 1, 2].map((axis) => one(op, `opset 11 flattens from ${axis}`, [[2, 3, 4]], { axis }, { opset: 11, ranges: { x0: [-3, 3] } }))),
    one('Softmax', 'large numbers', [[2, 6]], {}, { ranges: { x0: [-300, 300] } }),
  ];
}

function logic(): GridCase[] {
  const x: Shape = [2, 3, 4];
  const steps = { ranges: { x0: [-2, 2] as const, x1: [-2, 2] as const }, out: 'bool' as const };
  const bool = (shape: Shape): readonly ['bool', Shape] => ['bool', shape];
  return [
    ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].flatMap((op) => [
      one(op, 'float', [x, [4]], {}, steps), one(op, 'int32', [['int32', x], ['int32', [3, 1]]], {}, steps), one(op, 'constant', [x, scalar(0.25)], {}, steps),
    ]),
    one('Equal', 'bool', [bool([2, 3]), bool([3])], {}, { out: 'bool' }),
    ...['And', 'Or', 'Xor'].map((op) => one(op, 'broadcast', [bool([2, 3]), bool([3])], {}, { out: 'bool' })),
    one('Not', '', [bool([2, 3])], {}, { out: 'bool' }),
    one('Where', 'same shapes', [bool(x), x, x], {}, { out: 'float32' }), one('Where', 'broadcast values', [bool(x), [4], scalar(0)], {}, { out: 'float32' }),
    one('Where', 'broadcast condition', [bool([3, 1]), x, [4]], {}, { out: 'float32' }), one('Where', 'larger condition', [bool(x), scalar(1), scalar(-1)], {}, { out: 'float32' }),
    one('Where', 'int32', [bool([2, 3]), ['int32', [2, 3]], ['int32', [3]]], {}, { out: 'int32' }),
  ];
}

function casts(): GridCase[] {
  const cast = (from: 'float32' | 'int32' | 'bool' | 'uint8' | 'float16' | 'int64' | 'int8', to: number, out: 'float32' | 'int32' | 'bool' | 'uint8' | 'float16' | 'int64' | 'int8', options: CaseOptions = {}): GridCase =>
    one('Cast', `${from} to ${out}`, [[from, [2, 5]]], { to }, { out, ranges: { x0: from === 'uint8' || out === 'uint8' ? [0, 9] : [-9, 9] }, ...options });
  return [
    cast('float32', 6, 'int32'), cast('float32', 9, 'bool'), cast('float32', 2, 'uint8'), cast('float32', 3, 'int8'), cast('int32', 1, 'float32'), cast('bool', 1, 'float32'), cast('bool', 6, 'int32'),
    one('CastLike', '', [['int32', [2, 5]], random([1], 'c')], {}, { out: 'float32' }), cast('uint8', 1, 'float32'), cast('int8', 1, 'float32'), cast('uint8', 6, 'int32'), cast('uint8', 2, 'uint8'), cast('int32', 9, 'bool'), cast('int32', 7, 'int64'), cast('float32', 10, 'float16'), cast('float16', 1, 'float32'),
    cast('float32', 7, 'int64', { strict: true, refused: /results beyond 32 bits would be lost/ }),
    cast('int32', 2, 'uint8', { refused: /wraps around/ }),
  ];
}
