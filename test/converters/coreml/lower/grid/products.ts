import { Tensor } from '../../../../../models/onnx/index.ts';
import { type GridCase, graph, int64s, one, random, scalar, type Shape } from './case.ts';

/** Matrix products, Einsum, reductions, normalisation, quantization. */
export function products(): GridCase[] {
  return [...matrices(), ...einsums(), ...reductions(), ...norms(), ...quantized()];
}

function matrices(): GridCase[] {
  const computed: readonly (readonly [Shape, Shape])[] = [[[3, 4], [4, 5]], [[2, 3, 4], [4, 5]], [[2, 3, 4], [2, 4, 5]], [[2, 1, 3, 4], [5, 4, 2]], [[4], [4, 5]], [[3, 4], [4]], [[4], [4]], [[2, 3, 4], [4]], [[4], [2, 4, 3]], [[1, 2, 2, 3, 4], [4, 2]]];
  const gemms = [
    { transA: 0, transB: 0 }, { transA: 1, transB: 0 }, { transA: 0, transB: 1 }, { transA: 1, transB: 1, alpha: { float: 0.5 } }, { transA: 0, transB: 1, alpha: { float: 2 }, beta: { float: 0.3 } }, { transA: 0, transB: 0, beta: { float: 0 } },
  ];
  const sizes = (flag: number, a: number, b: number): number[] => (flag ? [b, a] : [a, b]);
  return [
    ...computed.map(([a, b]) => one('MatMul', `${a.join('x')} · ${b.join('x')}`, [a, b])),
    ...computed.slice(0, 8).map(([a, b]) => one('MatMul', `${a.join('x')} · constant ${b.join('x')}`, [a, random(b as number[], 'm')])), one('MatMul', 'constant first', [random([3, 4], 'm'), [2, 4, 5]]),
    one('MatMul', 'rank 4 · constant', [[2, 2, 3, 4], random([4, 5], 'm')]),
    ...gemms.flatMap((g, i) => [[5], [1, 5], [3, 5], [3, 1], [1], []].flatMap((c) => [
      one('Gemm', `${i} + ${c.join('x')}`, [sizes(g.transA, 3, 4), random(sizes(g.transB, 4, 5), 'b'), random(c, 'c')], g),
    ])),
    ...gemms.map((g, i) => one('Gemm', `computed ${i}`, [sizes(g.transA, 3, 4), sizes(g.transB, 4, 5), [5]], g)), one('Gemm', 'no addend', [[3, 4], random([4, 5], 'b')], {}),
  ];
}

function einsums(): GridCase[] {
  const two: readonly (readonly [string, Shape, Shape])[] = [
    ['ij,jk->ik', [2, 3], [3, 4]], ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]], ['bhid,bhjd->bhij', [2, 2, 3, 4], [2, 2, 5, 4]], ['bchq,bkhc->bkhq', [1, 3, 2, 4], [1, 5, 2, 3]], ['ij,kj->ki', [2, 3], [4, 3]],
    ['i,j->ij', [3], [4]], ['ij,ij->i', [3, 4], [3, 4]], ['ij,ij->ij', [3, 4], [3, 4]], ['abc,cd->abd', [2, 3, 4], [4, 5]], ['ijk,jl->l', [2, 3, 4], [3, 5]], ['bn,anm->bam', [2, 4], [3, 4, 5]],
  ];
  return [
    ...two.map(([equation, a, b]) => one('Einsum', equation, [a, b], { equation })), one('Einsum', 'ij->ji', [[2, 3]], { equation: 'ij->ji' }), one('Einsum', 'ijk->ik', [[2, 3, 4]], { equation: 'ijk->ik' }),
    one('Einsum', 'implicit ba', [[2, 3]], { equation: 'ba' }), one('Einsum', 'ii->i', [[3, 3]], { equation: 'ii->i' }, { refused: /diagonal/ }), one('Einsum', 'ellipsis', [[2, 3]], { equation: '...i->...' }, { refused: /ellipsis/ }),
    one('Einsum', 'three operands', [[2, 3], [3, 4], [4, 2]], { equation: 'ij,jk,kl->il' }, { refused: /3 operands/ }),
  ];
}

function reductions(): GridCase[] {
  const x: Shape = [2, 3, 4, 5];
  const ops = ['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp'];
  const positive = { ranges: { x0: [0.3, 1.7] as const } };
  const arg = { out: 'int64' as const };
  return [
    ...ops.flatMap((op) => [
      one(op, 'axes kept', [x, int64s(2, 3)], { keepdims: 1 }, positive), one(op, 'axis dropped', [x, int64s(-2)], { keepdims: 0 }, positive), one(op, 'all', [x], {}, positive), one(op, 'noop', [x, Tensor.of('int64', [0], [])], { noop_with_empty_axes: 1 }, positive),
    ]),
    one('ReduceMean', 'opset 11', [x], { axes: [1, -1], keepdims: 0 }, { opset: 11 }), one('ReduceSum', 'opset 11', [x], { axes: [1] }, { opset: 11 }), one('ReduceSum', 'to a scalar', [[2, 3]], { keepdims: 0 }),
    ...['ArgMax', 'ArgMin'].flatMap((op) => [one(op, 'kept', [x], { axis: 1 }, arg), one(op, 'dropped', [x], { axis: -1, keepdims: 0 }, arg)]), one('ArgMax', 'last index', [x], { select_last_index: 1 }, { ...arg, refused: /last of equal values/ }),
    ...[0, 1].flatMap((exclusive) => [0, 1].map((reverse) => one('CumSum', `exclusive ${exclusive} reverse ${reverse}`, [[2, 3, 4], scalar(-1, 'int64')], { exclusive, reverse }))), one('CumSum', 'axis 0', [[4, 3], scalar(0, 'int32')]),
  ];
}

function norms(): GridCase[] {
  const p = (n: number): Tensor[] => [random([n], 'g', [0.5, 1.5]), random([n], 'b'), random([n], 'm'), random([n], 'v', [0.2, 2])];
  const shapes: Shape[] = [[2, 6, 4, 5], [2, 6, 7], [1, 6, 2, 3, 4]];
  return [
    ...[...shapes, [3, 6]].map((shape) => one('BatchNormalization', shape.join('x'), [shape, ...p(6)], { epsilon: { float: 0.001 } })), one('BatchNormalization', 'opset 8', [[1, 3, 4, 4], ...p(3)], {}, { opset: 8 }),
    ...shapes.map((shape) => one('InstanceNormalization', shape.join('x'), [shape, ...p(6).slice(0, 2)], { epsilon: { float: 0.01 } })),
    ...shapes.flatMap((shape) => [2, 3].map((num_groups) => one('GroupNormalization', `${shape.join('x')} groups ${num_groups}`, [shape, ...p(6).slice(0, 2)], { num_groups }, { opset: 21 }))),
    one('GroupNormalization', 'opset 18', [[2, 6, 4, 5], ...p(3).slice(0, 2)], { num_groups: 3 }),
    one('LayerNormalization', 'last', [[2, 3, 8], random([8], 'g'), random([8], 'b')]), one('LayerNormalization', 'last two', [[2, 3, 8], random([3, 8], 'g'), random([3, 8], 'b')], { axis: -2 }), one('LayerNormalization', 'no bias', [[2, 3, 8], random([8], 'g')], { epsilon: { float: 0.01 } }),
    one('LayerNormalization', 'broadcast scale', [[2, 3, 8], random([1], 'g'), random([8], 'b')], { axis: 1 }), one('LayerNormalization', 'computed scale', [[2, 3, 8], [8], [8]]), one('LayerNormalization', 'axis 1 of rank 4', [[2, 3, 2, 4], random([3, 2, 4], 'g')], { axis: 1 }),
    one('BatchNormalization', 'training', [[2, 3, 4, 4], ...p(3)], { training_mode: 1 }, { refused: /training/ }), one('InstanceNormalization', 'computed', [[1, 3, 4, 4], [3], [3]], {}, { refused: /is computed/ }),
  ];
}

function quantized(): GridCase[] {
  const weight = Tensor.of('int8', [4, 3, 1, 1], Array.from({ length: 12 }, (_, i) => ((i * 37) % 255) - 127));
  const u8 = Tensor.of('uint8', [4, 3], Array.from({ length: 12 }, (_, i) => (i * 23) % 256));
  const pair = (name: string, zero: Tensor, scale: Tensor, attributes = {}, more = {}): GridCase => graph(`QDQ ${name}`, { x: ['float32', [2, 3, 4]] }, [['QuantizeLinear', ['x', 's', 'z'], ['q'], attributes], ['DequantizeLinear', ['q', 's', 'z'], ['y'], attributes]], { y: ['float32', null] },
    { constants: { s: scale, z: zero }, ranges: { x: [-2, 2] }, since: 17, ...more });
  const weights = (name: string, data: Tensor, scale: Tensor, zero: Tensor | null, attributes: Record<string, number>): GridCase => graph(`DQ ${name}`, { x: ['float32', data.dims] }, [['DequantizeLinear', ['w', 's', ...(zero ? ['z'] : [])], ['d'], attributes], ['Mul', ['x', 'd'], ['y']]], { y: ['float32', null] }, { constants: { w: data, s: scale, ...(zero ? { z: zero } : {}) } });
  return [
    pair('uint8', scalar(131, 'uint8'), scalar(0.02)), pair('int8', scalar(0, 'int8'), scalar(0.02)), pair('int8 with zero point', scalar(-7, 'int8'), scalar(0.013)), pair('by channel', Tensor.of('int8', [3], [0, 3, -5]), Tensor.of('float32', [3], [0.02, 0.01, 0.03]), { axis: 1 }),
    pair('uint16', scalar(32768, 'uint16'), scalar(0.0001), {}, { opset: 21, refused: /quantizes to uint16/ }),
    graph('QDQ weights of a convolution', { x: ['float32', [1, 3, 4, 4]] }, [['DequantizeLinear', ['w', 's', 'z'], ['d'], { axis: 0 }], ['DequantizeLinear', ['b', 'bs'], ['bd']], ['Conv', ['x', 'd', 'bd'], ['y']]], { y: ['float32', null] },
      { constants: { w: weight, s: Tensor.of('float32', [4], [0.01, 0.02, 0.03, 0.005]), z: Tensor.of('int8', [4], [0, 0, 0, 0]), b: Tensor.of('int32', [4], [100, -200, 300, 5]), bs: scalar(0.001) } }),
    weights('int8 by tensor', weight, scalar(0.02), scalar(3, 'int8'), {}), weights('uint8 by axis 1', u8, Tensor.of('float32', [3], [0.1, 0.2, 0.3]), Tensor.of('uint8', [3], [1, 2, 128]), { axis: 1 }), weights('uint8 without zero point', u8, scalar(0.5), null, {}),
    one('QuantizeLinear', 'output', [[2, 3], scalar(0.02), scalar(128, 'uint8')], {}, { out: 'uint8', since: 17 }), one('DequantizeLinear', 'input', [['uint8', [2, 3]], scalar(0.02), scalar(128, 'uint8')], {}, { out: 'float32', ranges: { x0: [0, 255] } }),
    graph('QDQ with movement between', { x: ['float32', [2, 6]] }, [['QuantizeLinear', ['x', 's', 'z'], ['q']], ['Transpose', ['q'], ['t'], { perm: [1, 0] }], ['DequantizeLinear', ['t', 's', 'z'], ['y']]], { y: ['float32', null] }, { constants: { s: scalar(0.02), z: scalar(100, 'uint8') }, since: 17 }),
  ];
}
