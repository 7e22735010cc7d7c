import { describe, expect, test } from 'vitest';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { type AttributeValue, float, floats, inferShapes, Model, type ValueType } from '../../../../models/graph/index.ts';
import { readType, writeType } from '../../../../models/graph/type-proto.ts';
import { type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type ValueSpec } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { contradiction, isKnown, unstated } from './contradictions.ts';

interface Case {
  readonly op: string;
  readonly opset: number;
  /** Shapes of float inputs `x0`, `x1`, …; null: the input is omitted. */
  readonly x: readonly (readonly number[] | null)[];
  /** Constants that follow the inputs; null: omitted. */
  readonly c?: readonly (Tensor | null)[];
  readonly a?: Readonly<Record<string, AttributeValue>>;
  readonly outputs?: number;
  readonly domain?: string;
}

const ints = (...values: number[]): Tensor => Tensor.of('int64', [values.length], values);
const scalar = (value: number): Tensor => Tensor.of('int64', [], [value]);
const reals = (...values: number[]): Tensor => Tensor.of('float32', [values.length], values);
const none = Tensor.of('float32', [0], []);
const MAX = 9223372036854775807n;
const big = (...values: (number | bigint)[]): Tensor => Tensor.of('int64', [values.length], values.map(BigInt));

const IMAGE = [2, 3, 9, 7];

const CASES: readonly Case[] = [
  {
    op: 'Conv',
    opset: 17,
    x: [
      [2, 4, 9, 7],
      [6, 2, 3, 3],
    ],
    a: { group: 2, dilations: [2, 1], pads: [1, 0, 2, 1], strides: [2, 3] },
  },
  { op: 'Conv', opset: 11, x: [[2, 4, 9, 7], [4, 1, 4, 3], [4]], a: { group: 4, auto_pad: 'SAME_UPPER', strides: [2, 2] } },
  {
    op: 'Conv',
    opset: 11,
    x: [
      [1, 2, 9, 7],
      [3, 2, 2, 2],
    ],
    a: { auto_pad: 'SAME_LOWER', strides: [4, 1] },
  },
  {
    op: 'Conv',
    opset: 7,
    x: [
      [1, 2, 9, 7],
      [3, 2, 2, 2],
    ],
    a: { auto_pad: 'VALID' },
  },
  {
    op: 'Conv',
    opset: 17,
    x: [
      [1, 2, 9],
      [3, 2, 3],
    ],
  },
  {
    op: 'Conv',
    opset: 17,
    x: [
      [1, 2, 5, 6, 7],
      [3, 2, 1, 2, 3],
    ],
    a: { kernel_shape: [1, 2, 3] },
  },
  {
    op: 'ConvTranspose',
    opset: 17,
    x: [
      [1, 4, 5, 6],
      [4, 3, 3, 2],
    ],
    a: { group: 2, strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 2] },
  },
  {
    op: 'ConvTranspose',
    opset: 17,
    x: [
      [1, 4, 5, 6],
      [4, 3, 3, 3],
    ],
    a: { strides: [2, 2], output_shape: [10, 12] },
  },
  {
    op: 'ConvTranspose',
    opset: 11,
    x: [
      [1, 4, 5, 6],
      [4, 3, 3, 3],
    ],
    a: { strides: [3, 2], dilations: [2, 2] },
  },
  {
    op: 'ConvTranspose',
    opset: 11,
    x: [
      [1, 4, 5, 6],
      [4, 3, 3, 3],
    ],
    a: { strides: [3, 2], auto_pad: 'SAME_UPPER' },
  },
  { op: 'MaxPool', opset: 12, x: [IMAGE], a: { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }, outputs: 2 },
  { op: 'MaxPool', opset: 12, x: [[1, 1, 5, 5]], a: { kernel_shape: [1, 1], strides: [3, 4], ceil_mode: 1, pads: [0, 0, 0, 0] } },
  {
    op: 'MaxPool',
    opset: 12,
    x: [[1, 1, 8, 8]],
    a: { kernel_shape: [3, 3], strides: [3, 3], pads: [1, 1, 1, 1], ceil_mode: 1, dilations: [2, 1] },
  },
  {
    op: 'AveragePool',
    opset: 19,
    x: [IMAGE],
    a: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1, dilations: [1, 2] },
  },
  { op: 'AveragePool', opset: 7, x: [IMAGE], a: { kernel_shape: [2, 2], auto_pad: 'SAME_UPPER', strides: [2, 2] } },
  { op: 'GlobalAveragePool', opset: 13, x: [[2, 3, 4, 5, 6]] },
  { op: 'Gemm', opset: 13, x: [[4, 3], [5, 4], [5]], a: { transA: 1, transB: 1 } },
  {
    op: 'Gemm',
    opset: 9,
    x: [
      [3, 4],
      [4, 5],
      [1, 5],
    ],
  },
  {
    op: 'MatMul',
    opset: 13,
    x: [
      [2, 1, 3, 4],
      [5, 4, 6],
    ],
  },
  { op: 'MatMul', opset: 13, x: [[4], [5, 4, 6]] },
  { op: 'MatMul', opset: 13, x: [[2, 3, 4], [4]] },
  { op: 'MatMul', opset: 13, x: [[4], [4]] },
  {
    op: 'Einsum',
    opset: 12,
    x: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    a: { equation: 'bij, bjk -> bik' },
  },
  {
    op: 'Einsum',
    opset: 12,
    x: [
      [3, 4],
      [4, 5],
    ],
    a: { equation: 'ij,jk' },
  },
  { op: 'Einsum', opset: 12, x: [[2, 3, 4, 4]], a: { equation: '...ii->...i' } },
  { op: 'BatchNormalization', opset: 15, x: [IMAGE, [3], [3], [3], [3]] },
  { op: 'BatchNormalization', opset: 15, x: [IMAGE, [3], [3], [3], [3]], a: { training_mode: 1 }, outputs: 3 },
  { op: 'LayerNormalization', opset: 17, x: [IMAGE, [9, 7], [9, 7]], a: { axis: 2 }, outputs: 3 },
  { op: 'InstanceNormalization', opset: 6, x: [IMAGE, [3], [3]] },
  { op: 'Reshape', opset: 13, x: [[2, 3, 4]], c: [ints(0, -1)] },
  { op: 'Reshape', opset: 14, x: [[0, 3, 4]], c: [ints(3, 4, 0)], a: { allowzero: 1 } },
  { op: 'Reshape', opset: 13, x: [[0, 3]], c: [ints(0, 3, 1)] },
  { op: 'Reshape', opset: 13, x: [[1]], c: [Tensor.of('int64', [0], [])] },
  { op: 'Reshape', opset: 5, x: [[2, 3, 4]], c: [ints(4, 0, -1)] },
  { op: 'Transpose', opset: 13, x: [[2, 3, 4]] },
  { op: 'Flatten', opset: 13, x: [[2, 3, 4]], a: { axis: -1 } },
  { op: 'Flatten', opset: 9, x: [[2, 3, 4]], a: { axis: 0 } },
  { op: 'Squeeze', opset: 11, x: [[1, 3, 1, 2]], a: { axes: [-2, 0] } },
  { op: 'Squeeze', opset: 13, x: [[1, 3, 1, 2]], c: [ints(2)] },
  { op: 'Squeeze', opset: 13, x: [[1, 3, 1, 2]] },
  { op: 'Unsqueeze', opset: 11, x: [[3, 2]], a: { axes: [3, 0] } },
  { op: 'Unsqueeze', opset: 13, x: [[3, 2]], c: [ints(-1, 1)] },
  { op: 'Expand', opset: 13, x: [[3, 1]], c: [ints(2, 1, 4)] },
  { op: 'Tile', opset: 13, x: [[3, 2]], c: [ints(2, 3)] },
  {
    op: 'Concat',
    opset: 13,
    x: [
      [2, 3, 4],
      [2, 5, 4],
      [2, 0, 4],
    ],
    a: { axis: -2 },
  },
  { op: 'Split', opset: 11, x: [[7, 4]], a: { axis: 0, split: [2, 5] }, outputs: 2 },
  { op: 'Split', opset: 13, x: [[4, 6]], a: { axis: -1 }, outputs: 3 },
  { op: 'Split', opset: 13, x: [[4, 6]], c: [ints(1, 0, 5)], a: { axis: 1 }, outputs: 3 },
  { op: 'Split', opset: 18, x: [[7, 4]], a: { num_outputs: 3 }, outputs: 3 },
  { op: 'Slice', opset: 9, x: [[6, 7, 8]], a: { starts: [1, -3], ends: [100, -1], axes: [0, 2] } },
  { op: 'Slice', opset: 13, x: [[6, 7, 8]], c: [big(1, 2), big(MAX, 6), ints(-1, 0), ints(2, 3)] },
  { op: 'Slice', opset: 13, x: [[6, 7, 8]], c: [big(-1, MAX), big(-MAX - 1n, 2), ints(0, 1), ints(-1, -2)] },
  { op: 'Slice', opset: 13, x: [[6, 7, 8]], c: [ints(4), ints(2)] },
  { op: 'Slice', opset: 13, x: [[6, 7, 8]], c: [ints(-100), ints(-2), ints(1)] },
  { op: 'Slice', opset: 10, x: [[6, 7, 8]], c: [ints(5, 5), ints(-7, 0), ints(0, 1), ints(-2, -1)] },
  { op: 'Gather', opset: 13, x: [[5, 6, 7]], c: [Tensor.of('int64', [2, 3], [0, 1, 2, -1, -2, 0])], a: { axis: 1 } },
  { op: 'Gather', opset: 13, x: [[5, 6]], c: [scalar(3)], a: { axis: -1 } },
  { op: 'GatherElements', opset: 13, x: [[3, 3]], c: [Tensor.of('int64', [2, 3], [0, 1, 2, 2, 0, 0])] },
  { op: 'GatherND', opset: 13, x: [[2, 3, 4, 5]], c: [Tensor.of('int64', [2, 2, 1], [0, 1, 1, 2])], a: { batch_dims: 1 } },
  { op: 'Pad', opset: 10, x: [[2, 3]], a: { pads: [1, 0, 2, -1] } },
  { op: 'Pad', opset: 13, x: [[2, 3]], c: [ints(0, 1, 3, 0)] },
  { op: 'Pad', opset: 18, x: [[2, 3, 4]], c: [ints(1, 2), null, ints(-1)] },
  { op: 'Resize', opset: 10, x: [IMAGE], c: [reals(1, 1, 1.5, 0.4)] },
  { op: 'Resize', opset: 11, x: [IMAGE], c: [none, none, ints(2, 3, 5, 20)] },
  { op: 'Resize', opset: 13, x: [IMAGE], c: [null, reals(1, 1, 2.3, 0.7)] },
  { op: 'Resize', opset: 13, x: [[1, 1, 10, 11]], c: [null, reals(1, 1, 0.3, 0.1)] },
  { op: 'Resize', opset: 13, x: [[1, 1, 10, 20]], c: [null, reals(1, 1, 0.75, 1.25)] },
  { op: 'Resize', opset: 18, x: [IMAGE], c: [null, reals(3, 0.5)], a: { axes: [3, 2] } },
  {
    op: 'Resize',
    opset: 18,
    x: [[1, 1, 9, 7]],
    c: [null, null, ints(20, 30)],
    a: { axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' },
  },
  {
    op: 'Resize',
    opset: 18,
    x: [[1, 1, 9, 7]],
    c: [null, null, ints(20, 30)],
    a: { axes: [2, 3], keep_aspect_ratio_policy: 'not_smaller' },
  },
  { op: 'Upsample', opset: 9, x: [IMAGE], c: [reals(1, 1, 2, 3)] },
  { op: 'Upsample', opset: 7, x: [IMAGE], a: { scales: floats([1, 1, 2.5, 3]) } },
  { op: 'DepthToSpace', opset: 13, x: [[2, 12, 3, 4]], a: { blocksize: 2, mode: 'CRD' } },
  { op: 'SpaceToDepth', opset: 13, x: [[2, 3, 4, 6]], a: { blocksize: 2 } },
  { op: 'ReduceMean', opset: 13, x: [IMAGE], a: { axes: [-1, 1], keepdims: 0 } },
  { op: 'ReduceMean', opset: 18, x: [IMAGE], c: [ints(2, 3)] },
  { op: 'ReduceMax', opset: 18, x: [IMAGE], c: [ints()], a: { noop_with_empty_axes: 1 } },
  { op: 'ReduceSum', opset: 13, x: [IMAGE], a: { keepdims: 0 } },
  { op: 'ArgMax', opset: 13, x: [IMAGE], a: { axis: -3, keepdims: 0 } },
  { op: 'TopK', opset: 11, x: [[3, 8]], c: [ints(5)], outputs: 2 },
  { op: 'TopK', opset: 9, x: [[8, 3]], a: { axis: 0, k: 2 }, outputs: 2 },
  { op: 'Clip', opset: 6, x: [[3]], a: { min: float(0), max: float(1) } },
  { op: 'Clip', opset: 13, x: [[3]], c: [null, Tensor.of('float32', [], [1])] },
  { op: 'PRelu', opset: 16, x: [IMAGE, [3, 1, 1]] },
  {
    op: 'Add',
    opset: 13,
    x: [
      [2, 1, 4],
      [3, 1],
    ],
  },
  { op: 'Less', opset: 9, x: [[2, 1], [3]] },
  { op: 'Max', opset: 13, x: [[2, 1], [3], [1, 1, 1]] },
  { op: 'Cast', opset: 13, x: [[2]], a: { to: 10 } },
  { op: 'Softmax', opset: 11, x: [IMAGE] },
  { op: 'OneHot', opset: 11, x: [], c: [ints(1, 2), scalar(4), reals(0, 1)], a: { axis: 0 } },
  { op: 'Range', opset: 11, x: [], c: [scalar(10), scalar(-3), scalar(-4)] },
  { op: 'ConstantOfShape', opset: 9, x: [], c: [ints(2, 0, 3)], a: { value: Tensor.of('int32', [1], [7]) } },
  { op: 'Shape', opset: 15, x: [[2, 3, 4, 5]], a: { start: -3, end: 3 } },
  { op: 'Size', opset: 13, x: [[2, 3]] },
  { op: 'QuantizeLinear', opset: 13, x: [[2, 3]], c: [reals(0.1, 0.2, 0.3), Tensor.of('int8', [3], [0, 1, 2])], a: { axis: 1 } },
  { op: 'QuantizeLinear', opset: 13, x: [[2, 3]], c: [Tensor.of('float32', [], [0.1])] },
  { op: 'DynamicQuantizeLinear', opset: 11, x: [[2, 3]], outputs: 3 },
  {
    op: 'GridSample',
    opset: 16,
    x: [
      [2, 3, 5, 6],
      [2, 7, 8, 2],
    ],
  },
  {
    op: 'RoiAlign',
    opset: 10,
    x: [
      [1, 3, 8, 8],
      [2, 4],
    ],
    c: [ints(0, 0)],
    a: { output_height: 3, output_width: 2 },
  },
  {
    op: 'LSTM',
    opset: 14,
    x: [
      [5, 2, 3],
      [2, 16, 3],
      [2, 16, 4],
    ],
    a: { hidden_size: 4, direction: 'bidirectional' },
    outputs: 3,
  },
  {
    op: 'GRU',
    opset: 14,
    x: [
      [5, 2, 3],
      [1, 12, 3],
      [1, 12, 4],
    ],
    a: { hidden_size: 4 },
    outputs: 2,
  },
  { op: 'Trilu', opset: 14, x: [[3, 4]] },
  { op: 'Compress', opset: 11, x: [[3, 4]], c: [Tensor.of('bool', [3], [1, 0, 1])], a: { axis: 0 } },
  { op: 'Gelu', opset: 13, x: [[3, 4]], domain: 'com.microsoft' },
  {
    op: 'FusedConv',
    opset: 13,
    x: [
      [1, 2, 5, 5],
      [3, 2, 3, 3],
    ],
    a: { activation: 'Relu' },
    domain: 'com.microsoft',
  },
];

function build(spec: Case): { proto: ReturnType<typeof buildModel>; feeds: Record<string, NdArray> } {
  const inputs: Record<string, ValueSpec> = {};
  const feeds: Record<string, NdArray> = {};
  spec.x.forEach((dims, i) => {
    if (!dims) return;
    inputs[`x${i}`] = ['float32', dims];
    const count = dims.reduce((a, b) => a * b, 1);
    feeds[`x${i}`] = ndarray(
      'float32',
      dims,
      Array.from({ length: count }, (_, j) => ((j * 7) % 11) / 11),
    );
  });
  const constants = spec.c ?? [];
  const initializers = Object.fromEntries(constants.flatMap((tensor, i) => (tensor ? [[`c${i}`, tensor]] : [])));
  const names = [...spec.x.map((dims, i) => (dims ? `x${i}` : '')), ...constants.map((tensor, i) => (tensor ? `c${i}` : ''))];
  const outputs = Array.from({ length: spec.outputs ?? 1 }, (_, i) => `y${i}`);
  const proto = buildModel({
    opset: spec.opset,
    domains: spec.domain ? { [spec.domain]: 1 } : {},
    inputs,
    initializers,
    outputs: Object.fromEntries(outputs.map((name) => [name, ['float32', null]])),
    nodes: [[spec.op, names, outputs, spec.a ?? {}, spec.domain ? { domain: spec.domain } : {}]],
  });
  return { proto: unstated(proto), feeds };
}

/** The same model with every size of its inputs a symbol of its own (`x0_d2`), and what those stand for. */
function symbolic(proto: ModelProto, spec: Case): { model: Model; bindings: Map<string, number> } {
  const input = (proto.graph?.input ?? []).map((info) => ({
    ...info,
    type: writeType({ ...readType(info), shape: readType(info).shape?.map(() => null) ?? null }),
  }));
  const bindings = new Map(spec.x.flatMap((dims, i) => dims?.map((size, axis) => [`x${i}_d${axis}`, size] as const) ?? []));
  const model = new Model({ ...proto, graph: { ...proto.graph, input } });
  inferShapes(model);
  return { model, bindings };
}

describe('one node of every kind, as ONNX Runtime runs it', () => {
  test.each(CASES.map((spec, i) => [`${i} ${spec.op}-${spec.opset}`, spec] as const))('%s', async (_, spec) => {
    const { proto, feeds } = build(spec);
    const model = new Model(proto);
    inferShapes(model);
    const actual = await runOrt(proto, feeds);
    for (const [name, array] of actual) {
      const type = model.graph.values.get(name)?.type;
      expect(type && isKnown(type), name).toBe(true);
      expect(type && contradiction(type, array)).toBeNull();
    }
  });

  test.each(CASES.map((spec, i) => [`${i} ${spec.op}-${spec.opset}`, spec] as const).filter(([, spec]) => !spec.x.flat().includes(0)))(
    '%s with symbols for sizes',
    async (_, spec) => {
      const { proto, feeds } = build(spec);
      const { model, bindings } = symbolic(proto, spec);
      const actual = await runOrt(proto, feeds);
      for (const [name, array] of actual)
        expect(contradiction(model.graph.values.get(name)?.type as ValueType, array, bindings)).toBeNull();
    },
  );

  test('with symbols for sizes nearly all are known as expressions', () => {
    const open = CASES.filter((spec) => !symbolic(build(spec).proto, spec).model.graph.outputs.every((value) => isKnown(value.type)));
    expect(open.map((spec) => spec.op).sort()).toEqual(EXPECTED_OPEN);
  });
});

/** What symbols cannot carry: a kept aspect ratio (two policies), scales that float32 rounds (three), and dropping whatever size is 1. */
const EXPECTED_OPEN = ['Resize', 'Resize', 'Resize', 'Resize', 'Resize', 'Squeeze'];
