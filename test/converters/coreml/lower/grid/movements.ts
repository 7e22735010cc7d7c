import { Tensor } from '../../../../../models/onnx/index.ts';
import { type GridCase, graph, int64s, one, random, scalar, type Shape } from './case.ts';

/** What moves data: shapes, parts, repetition, depth and space, gathering. */
export function movements(): GridCase[] {
  return [...shapes(), ...folded(), ...parts(), ...repetition(), ...depth(), ...gathers()];
}

function shapes(): GridCase[] {
  const x: Shape = [2, 3, 4, 5];
  return [
    one('Reshape', 'flatten', [x, int64s(2, -1)]), one('Reshape', 'copy by 0', [x, int64s(0, 0, 20)]), one('Reshape', 'to rank 5', [x, int64s(2, 3, 2, 2, 5)]), one('Reshape', 'to one axis', [x, int64s(-1)]),
    one('Reshape', 'to a scalar', [[1, 1], Tensor.of('int64', [0], [])]), one('Reshape', 'opset 5 style', [x, int64s(6, 20)], {}, { opset: 8 }),
    one('Reshape', 'int32', [['int32', [2, 6]], int64s(3, 4)]), one('Reshape', 'bool', [['bool', [2, 6]], int64s(3, 4)], {}, { out: 'bool' }),
    one('Reshape', 'rank 6', [x, int64s(2, 3, 2, 2, 5, 1)], {}, { refused: /rank 6/ }),
    ...[0, 1, 2, 3, 4, -1].map((axis) => one('Flatten', `axis ${axis}`, [x], { axis })),
    one('Squeeze', 'all', [[1, 3, 1, 5]]), one('Squeeze', 'axes', [[1, 3, 1, 5], int64s(-2)]), one('Squeeze', 'opset 11', [[1, 3, 1, 5]], { axes: [0, 2] }, { opset: 11 }), one('Squeeze', 'nothing', [[2, 3]]),
    one('Unsqueeze', 'two', [[3, 4], int64s(0, 3)]), one('Unsqueeze', 'negative', [[3, 4], int64s(-1, -3)]), one('Unsqueeze', 'opset 11', [[3, 4]], { axes: [1] }, { opset: 11 }),
    ...[[0, 2, 1, 3], [3, 2, 1, 0], [1, 0, 2, 3], [0, 1, 3, 2], [0, 1, 2, 3]].map((perm) => one('Transpose', perm.join(''), [x], { perm })),
    one('Transpose', 'default', [[2, 3, 4]]), one('Transpose', 'rank 5', [[1, 2, 3, 2, 2]], { perm: [0, 4, 1, 3, 2] }), one('Transpose', 'bool', [['bool', [2, 3]]], { perm: [1, 0] }, { out: 'bool' }),
    one('Transpose', 'uint8', [['uint8', [2, 3]]], { perm: [1, 0] }, { ranges: { x0: [0, 255] } }),
    graph('Identity input to output', { x: ['float32', [2, 3]] }, [['Identity', ['x'], ['y']], ['Identity', ['x'], ['z']]], { y: ['float32', null], z: ['float32', null] }),
    graph('Output also used', { x: ['float32', [2, 3]] }, [['Relu', ['x'], ['a']], ['Neg', ['a'], ['b']]], { a: ['float32', null], b: ['float32', null] }),
    graph('Constant output', { x: ['float32', [2, 3]] }, [['Relu', ['x'], ['a']], ['Identity', ['c'], ['y']]], { a: ['float32', null], y: ['float32', null] }, { constants: { c: random([2, 2], 'c') } }),
    one('Dropout', 'for inference', [[2, 3], scalar(0.5)]), graph('Size folds', { x: ['float32', [2, 3, 4]] }, [['Size', ['x'], ['n']], ['Unsqueeze', ['n', 'zero'], ['m']], ['Reshape', ['x', 'm'], ['y']]], { y: ['float32', null] }, { constants: { zero: int64s(0) } }),
    graph('Names that clash', { 'x.1': ['float32', [2, 3]], x_1: ['float32', [2, 3]] }, [['Add', ['x.1', 'x_1'], ['int32']], ['Relu', ['int32'], ['1y']]], { int32: ['float32', null], '1y': ['float32', null] }),
    graph('Shape arithmetic folds', { x: ['float32', [2, 3, 4]] }, [['Shape', ['x'], ['s']], ['Gather', ['s', 'i'], ['n']], ['Unsqueeze', ['n', 'zero'], ['m']], ['Concat', ['m', 'rest'], ['t'], { axis: 0 }], ['Reshape', ['x', 't'], ['y']]], { y: ['float32', null] },
      { constants: { i: scalar(0, 'int64'), zero: int64s(0), rest: int64s(-1) } }),
  ];
}

/** Arithmetic on shapes and small constants, of which nothing is left in the package. */
function folded(): GridCase[] {
  const [zero, one, two] = [scalar(0, 'int64'), scalar(1, 'int64'), scalar(2, 'int64')];
  const y = { y: ['float32', null] } as const;
  return [
    graph('Range of a size', { x: ['float32', [2, 3, 5]] }, [['Shape', ['x'], ['s']], ['Gather', ['s', 'two'], ['n']], ['Range', ['zero', 'n', 'one'], ['r']], ['Cast', ['r'], ['f'], { to: 1 }], ['Add', ['x', 'f'], ['y']]], y, { constants: { zero, one, two } }),
    graph('Range of floats', { x: ['float32', [2, 3, 4]] }, [['Range', ['a', 'b', 'c'], ['r']], ['Add', ['x', 'r'], ['y']]], y, { constants: { a: scalar(1), b: scalar(3), c: scalar(0.5) } }),
    graph('Expand to a shape that Where makes', { x: ['float32', [2, 3, 5]] }, [['ConstantOfShape', ['rank'], ['c'], { value: Tensor.of('int64', [1], [1n]) }], ['Mul', ['c', 'minus'], ['m']], ['Equal', ['target', 'm'], ['e']], ['Where', ['e', 'c', 'target'], ['w']], ['Expand', ['x', 'w'], ['y']]], y, { constants: { rank: int64s(3), minus: scalar(-1, 'int64'), target: int64s(-1, 3, 5) } }),
    graph('Slice of a shape', { x: ['float32', [2, 3, 4, 5]] }, [['Shape', ['x'], ['s']], ['Slice', ['s', 'b', 'e'], ['p']], ['Concat', ['p', 'm'], ['t'], { axis: 0 }], ['Reshape', ['x', 't'], ['y']]], y, { constants: { b: int64s(0), e: int64s(2), m: int64s(-1) } }),
    graph('Half of a size', { x: ['float32', [2, 6, 4]] }, [['Shape', ['x'], ['s']], ['Gather', ['s', 'one'], ['n']], ['Div', ['n', 'two'], ['h']], ['Unsqueeze', ['h', 'axis'], ['u']], ['Concat', ['axis', 'pair', 'u', 'last'], ['t'], { axis: 0 }], ['Reshape', ['x', 't'], ['y']]], y, { constants: { one, two, axis: int64s(0), pair: int64s(2), last: int64s(4) } }),
  ];
}

function parts(): GridCase[] {
  const x: Shape = [2, 3, 6, 7];
  return [
    ...[0, 1, 2, 3, -1].map((axis) => one('Concat', `axis ${axis}`, [x, x, random([2, 3, 6, 7], 'c')], { axis })), one('Concat', 'of one', [x], { axis: 1 }), one('Concat', 'int32', [['int32', [2, 3]], ['int32', [2, 1]]], { axis: 1 }),
    one('Concat', 'same twice', [[2, 3]], { axis: 0 }), one('Split', 'equal', [[2, 6, 3]], { axis: 1, num_outputs: 3 }, { outputs: 3 }), one('Split', 'sizes', [[2, 6, 3], int64s(1, 2, 3)], { axis: -2 }, { outputs: 3 }),
    one('Split', 'uneven', [[7, 2]], { axis: 0, num_outputs: 3 }, { outputs: 3 }), one('Split', 'opset 11', [[2, 6]], { axis: 1, split: [2, 4] }, { outputs: 2, opset: 11 }), one('Split', 'into one', [[2, 6]], { num_outputs: 1 }),
    graph('Split unused part', { x: ['float32', [4, 3]] }, [['Split', ['x'], ['a', 'b', 'c'], { axis: 1, num_outputs: 3 }], ['Add', ['a', 'c'], ['y']]], { y: ['float32', null] }),
    one('Slice', 'plain', [x, int64s(1, 2), int64s(3, 5), int64s(1, 3)]), one('Slice', 'negative', [x, int64s(-3), int64s(-1), int64s(-1)]), one('Slice', 'steps', [x, int64s(0, 1), int64s(6, 7), int64s(2, 3), int64s(2, 3)]),
    one('Slice', 'backwards', [x, int64s(-1, 5), int64s(-100, 0), int64s(3, 2), int64s(-1, -2)]), one('Slice', 'backwards to the begin', [x, int64s(4), Tensor.of('int64', [1], [-(2n ** 63n)]), int64s(3), int64s(-3)]),
    one('Slice', 'open end', [x, int64s(2), Tensor.of('int64', [1], [2n ** 63n - 1n]), int64s(2)]), one('Slice', 'no axes', [x, int64s(0, 1), int64s(1, 3)]), one('Slice', 'beyond', [x, int64s(-100), int64s(100), int64s(1)]),
    one('Slice', 'opset 9', [x], { starts: [1], ends: [3], axes: [2] }, { opset: 9 }), one('Slice', 'nothing', [x, int64s(2), int64s(2), int64s(2)], {}, { refused: /it takes nothing/ }),
    one('Slice', 'computed', [x, ['int64', [1]], ['int64', [1]], int64s(2)], {}, { refused: /come at run time/ }), one('Slice', 'bool', [['bool', [4, 3]], int64s(1), int64s(3), int64s(0)], {}, { out: 'bool' }),
  ];
}

function repetition(): GridCase[] {
  return [
    one('Tile', '', [[2, 3, 4], int64s(1, 2, 3)]), one('Tile', 'nothing', [[2, 3], int64s(1, 1)]), one('Tile', 'int32', [['int32', [2, 2]], int64s(2, 1)]), one('Tile', 'zero', [[2, 2], int64s(0, 1)], {}, { refused: /0 times/ }),
    one('Expand', 'axes', [[1, 3, 1], int64s(2, 3, 4)]), one('Expand', 'rank', [[3, 1], int64s(2, 3, 4)]), one('Expand', 'by ones', [[2, 3], int64s(1, 1, 1, 1)]), one('Expand', 'same', [[2, 3], int64s(2, 1)]), graph('ConstantOfShape', { x: ['float32', [1, 3, 1]] }, [['ConstantOfShape', ['s'], ['f'], { value: Tensor.of('float32', [1], [2.5]) }], ['Add', ['x', 'f'], ['y']]], { y: ['float32', null] }, { constants: { s: int64s(4, 3, 30) } }), one('Expand', 'scalar', [[], int64s(2, 3)], {}, { refused: /scalar/ }),
  ];
}

function depth(): GridCase[] {
  const shuffled = (mode: 'CRD' | 'DCR', b: number, c: number): GridCase => one('DepthToSpace', `${mode} ${b} of ${c}`, [[2, c * b * b, 3, 5]], { blocksize: b, mode });
  const unshuffle = (b: number, c: number): GridCase => {
    const indices = Array.from({ length: c * b * b }, (_, k) => (k % (b * b)) * c + Math.floor(k / (b * b)));
    return graph(`pixel unshuffle ${b} of ${c}`, { x: ['float32', [2, c, 2 * b, 3 * b]] }, [['SpaceToDepth', ['x'], ['s'], { blocksize: b }], ['Gather', ['s', 'i'], ['y'], { axis: 1 }]], { y: ['float32', null] }, { constants: { i: int64s(...indices) } });
  };
  return [
    ...[2, 3, 4].flatMap((b) => [1, 3].flatMap((c) => [shuffled('CRD', b, c), shuffled('DCR', b, c)])), one('DepthToSpace', 'opset 10', [[1, 12, 2, 2]], { blocksize: 2 }, { opset: 10 }),
    ...[2, 3].flatMap((b) => [1, 3].map((c) => one('SpaceToDepth', `${b} of ${c}`, [[2, c, 2 * b, 3 * b]], { blocksize: b }))), unshuffle(2, 3), unshuffle(3, 2), unshuffle(2, 1),
  ];
}

function gathers(): GridCase[] {
  const x: Shape = [3, 4, 5];
  return [
    ...[0, 1, 2, -1].map((axis) => one('Gather', `axis ${axis}`, [x, int64s(2, 0, 1)], { axis })), one('Gather', 'scalar', [x, scalar(1, 'int64')], { axis: 1 }), one('Gather', 'negative', [x, int64s(-1, 0)], { axis: 2 }),
    one('Gather', 'even', [x, int64s(0, 2, 4)], { axis: 2 }), one('Gather', 'repeated', [x, int64s(1, 1, 1)], { axis: 0 }), one('Gather', 'matrix of indices', [x, Tensor.of('int64', [2, 2], [0, 1, 2, 1])], { axis: 1 }),
    one('Gather', 'int32 data', [['int32', [3, 4]], int64s(2, 0)], { axis: 0 }),
    one('Gather', 'scalar to a scalar', [[4], scalar(2, 'int64')]),
  ];
}
