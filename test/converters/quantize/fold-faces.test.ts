import { expect, test } from 'vitest';
import { foldFaces } from '../../../converters/quantize/fold-faces.ts';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { Prng } from '../../../models/run/index.ts';
import { buildModel, type ModelSpec, type NodeSpec, toBytes } from '../../support/build-model.ts';
import { runOrt } from '../../support/ort.ts';

const scalar = (value: number): Tensor => Tensor.of('float32', [], [value]);
const INITIALIZERS = {
  one: scalar(1), z: Tensor.of('uint8', [], [0]), z128: Tensor.of('uint8', [], [128]), c255: scalar(255), c127: scalar(127.5), c128: scalar(128), half: scalar(0.5), minus: scalar(-2),
  perChannel: Tensor.of('float32', [3, 1, 1], [2, 2, 2]), w: Tensor.of('float32', [3, 3, 1, 1], [0.5, 0.2, 0, 0, 0.7, 0.1, 0.3, 0, 0.6]),
};

function spec(nodes: readonly NodeSpec[], shape = [1, 3, 4, 6]): ModelSpec {
  return { inputs: { x: ['uint8', shape] }, outputs: { y: ['uint8', null] }, initializers: INITIALIZERS, nodes };
}

const prng = new Prng(1);
const feed = (dims: readonly number[]): NamedArrays => new Map([['x', { dtype: 'uint8', dims, data: Uint8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.uint32() % 256) }]]);

async function fold(of: ModelSpec): Promise<{ types: string[]; notes: string[]; worst: number; model: Model }> {
  const proto = buildModel(of);
  const model = new Model(proto);
  inferShapes(model);
  const notes = foldFaces(model);
  model.graph.sort();
  const x = feed(of.inputs['x']?.[1] as number[]);
  const [a, b] = [(await runOrt(toBytes(proto), x)).get('y') as NdArray, (await runOrt(toBytes(model.toProto()), x)).get('y') as NdArray];
  expect(new Set(a.data as Uint8Array).size).toBeGreaterThan(5);
  const worst = Math.max(...Array.from(a.data as Uint8Array, (v, i) => Math.abs(v - Number(b.data[i]))));
  return { types: [...model.graph.nodes()].map(({ opType }) => opType), notes, worst, model };
}

const HEAD: readonly NodeSpec[] = [['DequantizeLinear', ['x', 'one', 'z'], ['d']], ['Div', ['d', 'c255'], ['h']]];
const LAYER: NodeSpec = ['Conv', ['h', 'w'], ['l']];

test('x / 255 in, Floor(y · 255) out: two conversions, the layer between reads the same value, the note says what changes', async () => {
  const { types, notes, worst, model } = await fold(spec([...HEAD, LAYER, ['Mul', ['l', 'c255'], ['m']], ['Floor', ['m'], ['g']], ['QuantizeLinear', ['g', 'one', 'z'], ['y']]]));
  expect(types).toEqual(['DequantizeLinear', 'Conv', 'QuantizeLinear']);
  expect([...model.graph.nodes()][1]?.input(0)?.name).toBe('h');
  expect(notes).toEqual(['"y" is rounded to the nearest level, where the file cuts the fraction off.']);
  expect(worst).toBe(1);
});
test('without a Floor nothing but the last bits of the float between can differ', async () => {
  const { types, notes, worst } = await fold(spec([...HEAD, LAYER, ['Mul', ['c255', 'l'], ['m']], ['QuantizeLinear', ['m', 'one', 'z'], ['y']]]));
  expect([types, notes]).toEqual([['DequantizeLinear', 'Conv', 'QuantizeLinear'], []]);
  expect(worst).toBeLessThanOrEqual(1);
});
test('through movement of data, on both sides', async () => {
  const { types, worst } = await fold(spec([
    ['DequantizeLinear', ['x', 'one', 'z'], ['d']], ['Transpose', ['d'], ['t'], { perm: [0, 3, 1, 2] }], ['Div', ['t', 'c255'], ['h']], LAYER, ['Mul', ['l', 'c127'], ['m']],
    ['Transpose', ['m'], ['u'], { perm: [0, 2, 3, 1] }], ['QuantizeLinear', ['u', 'one', 'z128'], ['y']],
  ], [1, 4, 6, 3]));
  expect(types).toEqual(['DequantizeLinear', 'Transpose', 'Conv', 'Transpose', 'QuantizeLinear']);
  expect(worst).toBeLessThanOrEqual(1);
});
test('several steps one after the other; an addition becomes a zero point', async () => {
  const { types, model, worst } = await fold(spec([...HEAD, LAYER, ['Mul', ['l', 'c127'], ['m']], ['Add', ['m', 'c128'], ['a']], ['QuantizeLinear', ['a', 'one', 'z'], ['y']]]));
  expect(types).toEqual(['DequantizeLinear', 'Conv', 'QuantizeLinear']);
  expect(model.graph.values.get('y')?.producer?.input(2)?.constant?.numbers()[0]).toBe(128);
  expect(worst).toBeLessThanOrEqual(1);
});
test.each<[string, readonly NodeSpec[], string]>([
  ['a shift of half a level', [['DequantizeLinear', ['x', 'one', 'z'], ['d']], ['Add', ['d', 'half'], ['h']], LAYER, ['QuantizeLinear', ['l', 'one', 'z'], ['y']]], 'Add'],
  ['a negative factor', [['DequantizeLinear', ['x', 'one', 'z128'], ['d']], ['Mul', ['d', 'minus'], ['h']], LAYER, ['QuantizeLinear', ['l', 'one', 'z128'], ['y']]], 'Mul'],
  ['a number divided by the value', [['DequantizeLinear', ['x', 'one', 'z128'], ['d']], ['Sub', ['c255', 'd'], ['h']], LAYER, ['QuantizeLinear', ['l', 'one', 'z'], ['y']]], 'Sub'],
  ['a factor for each channel', [['DequantizeLinear', ['x', 'one', 'z'], ['d']], ['Mul', ['d', 'perChannel'], ['h']], LAYER, ['QuantizeLinear', ['l', 'one', 'z'], ['y']]], 'Mul'],
  ['a value that something else reads, too', [['DequantizeLinear', ['x', 'one', 'z'], ['d']], ['Div', ['d', 'c255'], ['h']], ['Conv', ['h', 'w'], ['k']], ['Add', ['k', 'd'], ['l']], ['QuantizeLinear', ['l', 'one', 'z'], ['y']]], 'Div'],
])('%s stays as it is', async (_, nodes, stays) => {
  const { types, worst } = await fold(spec(nodes));
  expect(types).toContain(stays);
  expect(worst).toBe(0);
});
