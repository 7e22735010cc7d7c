import { describe, expect, test } from 'vitest';
import { type RewriteResult, rewriteModel } from '../../../../converters/rewrites/engine.ts';
import type { Precision } from '../../../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import type { NamedArrays, NdArray } from '../../../../models/contracts/index.ts';
import { Model } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { seededInputs } from '../../../../models/run/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec, toBytes } from '../../../support/build-model.ts';
import { runOrtAll } from '../../../support/ort.ts';

/** Traps that peers fall into (onnx-tools §6.1) and conditions from their issues (§6.3): every recipe must end right on each. */

const RECIPES: readonly (readonly [target: string, precision: Precision])[] = [['host', 'fp32'], ['ane', 'fp16'], ['htp', 'fp16'], ['htp', 'w8a8']];

const wave = (dims: number[], phase = 0, dtype: 'float32' | 'float16' = 'float32') =>
  Tensor.of(dtype, dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + phase) / 2));
const i64 = (...values: number[]) => Tensor.of('int64', [values.length], values);

/** Runs every recipe and compares with the original; returns the op types after the last one. */
async function survives(spec: ModelSpec, { tolerance = 1e-5, bindings = {}, run = true }: { tolerance?: number; bindings?: Record<string, number>; run?: boolean } = {}): Promise<RewriteResult[]> {
  const before = buildModel(spec);
  const results: RewriteResult[] = [];
  const inputs = new Model(before).graph.inputs.filter((value) => !value.initializer);
  const feeds = run ? seededInputs(inputs.map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.shape ?? [] })), { seed: 5, kinds: ['normal', 'ramp', 'zeros'], bindings }) : [];
  const expected = run ? await runOrtAll(before, feeds) : [];
  for (const [target, precision] of RECIPES) {
    const options = { target: resolveTarget(target), precision, verify: 'off' as const };
    const result = await rewriteModel(new Model(before), options);
    const proto = result.model.toProto();
    expect([proto.graph?.input, proto.graph?.output, proto.opsetImport, proto.irVersion]).toEqual([before.graph?.input, before.graph?.output, before.opsetImport, before.irVersion]);
    if (run) (await runOrtAll(proto, feeds)).forEach((outputs, i) => expectClose(outputs, expected[i] as NamedArrays, tolerance));
    const again = (await rewriteModel(new Model(proto), options)).model.toProto();
    expect(Buffer.from(toBytes(again)).equals(Buffer.from(toBytes(proto)))).toBe(true);
    results.push(result);
  }
  return results;
}

function expectClose(actual: NamedArrays, expected: NamedArrays, tolerance: number): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, reference] of expected) {
    const candidate = actual.get(name) as NdArray;
    expect({ dtype: candidate.dtype, dims: candidate.dims }).toEqual({ dtype: reference.dtype, dims: reference.dims });
    const [x, y] = [Tensor.fromNdArray(reference).numbers(), Tensor.fromNdArray(candidate).numbers()];
    const largest = x.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
    x.forEach((v, i) => { if (!Object.is(v, y[i])) expect(Math.abs(v - (y[i] as number))).toBeLessThanOrEqual(tolerance * largest); });
  }
}

/** x [1,4,5,4] → Conv (4 → 4, 3×3, same size) → `nodes` from `c` to `y`. Width and channels are equal, so that sizes alone do not tell axes apart. */
function afterConv(nodes: readonly NodeSpec[], initializers: Record<string, Tensor> = {}, more: Partial<ModelSpec> = {}, conv: NodeSpec = ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }]): ModelSpec {
  return {
    inputs: { x: ['float32', [1, 4, 5, 4]] }, outputs: { y: ['float32', null] }, initializers: { w: wave([4, 4, 3, 3]), b: wave([4], 1), ...initializers },
    nodes: [conv, ...nodes], ...more,
  };
}
const bn = (count: number): Record<string, Tensor> => ({
  scale: wave([count], 2), shift: wave([count], 3), mean: wave([count], 4), variance: Tensor.of('float32', [count], Array.from({ length: count }, (_, i) => 0.5 + i)),
});
const bnInputs = ['scale', 'shift', 'mean', 'variance'];

describe('broadcast axis', () => {
  test.each<[string, string, number[]]>([['Add', '(W,), W = C', [4]], ['Add', '(1,1,1,C)', [1, 1, 1, 4]], ['Mul', '(W,)', [4]], ['Sub', '(H,1)', [5, 1]], ['Div', '(C,1,1)', [4, 1, 1]], ['Add', '(1,C,1,1)', [1, 4, 1, 1]], ['Mul', '()', []]])(
    'Conv + %s of a constant %s', async (op, _, dims) => {
      await survives(afterConv([[op, ['c', 'k'], ['y']]], { k: op === 'Div' ? Tensor.of('float32', dims, [0.5, 1.5, 2, -3]) : wave(dims, 7) }));
    },
  );

  test('a constant that adds an axis', async () => {
    await survives(afterConv([['Mul', ['c', 'k'], ['y']]], { k: wave([2, 1, 1, 1, 1], 7) }));
  });
});

describe('reshapes', () => {
  const two = (s: Tensor, t: Tensor): ModelSpec => ({
    inputs: { x: ['float32', [2, 3, 4]] }, outputs: { y: ['float32', null] }, initializers: { s, t },
    nodes: [['Relu', ['x'], ['a']], ['Reshape', ['a', 's'], ['b']], ['Reshape', ['b', 't'], ['c']], ['Relu', ['c'], ['y']]],
  });
  test('0 where the sizes differ', async () => { await survives(two(i64(4, 6), i64(0, 2, 3))); });
  test('[0, −1]', async () => { await survives(two(i64(4, 6), i64(0, -1))); });

  test.each([11, 13])('a target from Shape nodes, opset %i: no attribute that the opset lacks', async (opset) => {
    const results = await survives({
      opset, inputs: { x: ['float32', [2, 3, 'H', 4]] }, outputs: { y: ['float32', null] }, initializers: { i: Tensor.of('int64', [1], [2]), m: i64(-1), k: i64(6) },
      nodes: [['Shape', ['x'], ['s']], ['Gather', ['s', 'i'], ['g']], ['Concat', ['k', 'g', 'm'], ['t'], { axis: 0 }], ['Reshape', ['x', 't'], ['r']], ['Relu', ['r'], ['y']]],
    }, { bindings: { H: 5 } });
    for (const { model } of results) for (const node of model.graph.nodes()) expect(node.attributes.has('allowzero')).toBe(false);
  });
});

describe('batch normalisation', () => {
  test('after a grouped ConvTranspose', async () => {
    await survives(afterConv([['BatchNormalization', ['c', ...bnInputs], ['y']]], { w: wave([4, 3, 3, 3]), b: wave([6], 1), ...bn(6) }, {}, ['ConvTranspose', ['x', 'w', 'b'], ['c'], { group: 2, strides: [2, 2] }]));
  });

  test('with training_mode = 1 after a Conv: left in place', async () => {
    const outputs = ['y', 'rm', 'rv'];
    const spec = afterConv([['BatchNormalization', ['c', ...bnInputs], outputs, { training_mode: 1 }]], bn(4), { opset: 15, outputs: { y: ['float32', null], rm: ['float32', null], rv: ['float32', null] } });
    for (const { model } of await survives(spec, { run: false })) expect([...model.graph.nodes()].map((node) => node.opType)).toContain('BatchNormalization');
  });

  test('before a padded Conv: its shift does not go through the border', async () => {
    await survives({
      inputs: { x: ['float32', [1, 4, 5, 4]] }, outputs: { y: ['float32', null] }, initializers: { w: wave([4, 4, 3, 3]), ...bn(4) },
      nodes: [['BatchNormalization', ['x', ...bnInputs], ['n']], ['Conv', ['n', 'w'], ['y'], { pads: [1, 1, 1, 1] }]],
    });
  });

  test('variance + ε ≤ 0 and NaN weights are not computed with', async () => {
    const broken = { ...bn(4), variance: Tensor.of('float32', [4], [-1, 0.5, 1, 2]) };
    await survives(afterConv([['BatchNormalization', ['c', ...bnInputs], ['y']]], broken), { run: false });
    await survives(afterConv([['Mul', ['c', 'k'], ['y']]], { k: Tensor.of('float32', [4, 1, 1], [Number.NaN, 1, Infinity, 0]) }));
  });
});

describe('convolutions', () => {
  test('"" in place of a bias, then Add', async () => {
    await survives(afterConv([['Add', ['c', 'k'], ['y']]], { k: wave([4, 1, 1], 7) }, {}, ['Conv', ['x', 'w', ''], ['c'], { pads: [1, 1, 1, 1] }]));
  });

  test('without attributes', async () => {
    await survives(afterConv([['Mul', ['c', 'k'], ['y']]], { k: wave([4, 1, 1], 7) }, {}, ['Conv', ['x', 'w', 'b'], ['c']]));
  });

  test.each(['SAME_UPPER', 'SAME_LOWER', 'VALID'])('auto_pad = %s', async (autoPad) => {
    await survives(afterConv([['Add', ['c', 'k'], ['d']], ['Relu', ['d'], ['y']]], { k: wave([4, 1, 1], 7) }, {}, ['Conv', ['x', 'w', 'b'], ['c'], { auto_pad: autoPad, strides: [2, 1] }]));
  });

  test('auto_pad = SAME_UPPER with dilations, which ONNX Runtime refuses: left as it is', async () => {
    const results = await survives(afterConv([['Add', ['c', 'x'], ['y']]], {}, {}, ['Conv', ['x', 'w', 'b'], ['c'], { auto_pad: 'SAME_UPPER', dilations: [2, 2] }]), { run: false });
    for (const { model } of results) {
      const [conv] = [...model.graph.nodes()].filter((node) => node.opType === 'Conv');
      expect(conv?.attributes.ints('pads') ?? [2, 2, 2, 2]).toEqual([2, 2, 2, 2]);
    }
  });

  test('a weight that two convolutions share', async () => {
    await survives(afterConv([['Add', ['c', 'x'], ['d']], ['Conv', ['d', 'w', 'b'], ['e'], { pads: [1, 1, 1, 1] }], ['Mul', ['e', 'k'], ['y']]], { k: wave([4, 1, 1], 7) }));
  });

  test('the convolution is a graph output', async () => {
    await survives(afterConv([['Mul', ['c', 'k'], ['d']], ['Add', ['d', 'x'], ['y']]], { k: wave([4, 1, 1], 7) }, { outputs: { y: ['float32', null], c: ['float32', null] } }));
  });

  test('two consumers', async () => {
    await survives(afterConv([['Add', ['c', 'k'], ['d']], ['Mul', ['c', 'd'], ['y']]], { k: wave([4, 1, 1], 7) }));
  });

  test('weights that are graph inputs, and weights that callers may override', async () => {
    const asInput = afterConv([['Add', ['c', 'k'], ['y']]], { k: wave([4, 1, 1], 7) }, { inputs: { x: ['float32', [1, 4, 5, 4]], w: ['float32', [4, 4, 3, 3]] } });
    const results = await survives(asInput);
    for (const { model } of results) expect(model.graph.values.get('w')?.uses.size).toBe(1);
    const { w: _, ...rest } = asInput.initializers ?? {};
    await survives({ ...asInput, initializers: rest });
  });

  test('depthwise, dilated, asymmetric pads, batch of 2, even kernel, with a skip', async () => {
    const input: Partial<ModelSpec> = { inputs: { x: ['float32', [2, 4, 7, 6]] } };
    await survives(afterConv([['Add', ['c', 'x'], ['y']]], { w: wave([4, 1, 3, 3]) }, input, ['Conv', ['x', 'w', 'b'], ['c'], { group: 4, dilations: [2, 1], pads: [2, 1, 2, 1] }]));
    await survives(afterConv([['Add', ['x', 'c'], ['y']]], { w: wave([4, 4, 2, 2]) }, input, ['Conv', ['x', 'w', 'b'], ['c'], { pads: [0, 0, 1, 1] }]));
    await survives(afterConv([['Add', ['x', 'c'], ['y']]], { w: wave([4, 4, 3, 3]) }, input, ['Conv', ['x', 'w', 'b'], ['c'], { pads: [0, 1, 2, 1] }]));
  });

  test('1×1 with a bias before a padded one: the border would be wrong', async () => {
    await survives({
      inputs: { x: ['float32', [1, 4, 5, 4]] }, outputs: { y: ['float32', null] }, initializers: { p: wave([8, 4, 1, 1]), q: wave([8], 1), w: wave([4, 8, 3, 3]) },
      nodes: [['Conv', ['x', 'p', 'q'], ['c']], ['Conv', ['c', 'w'], ['y'], { pads: [1, 1, 1, 1] }]],
    });
  });

  test('float16 weights', async () => {
    const half: Record<string, Tensor> = { w: wave([4, 4, 3, 3], 0, 'float16'), b: wave([4], 1, 'float16'), k: wave([4, 1, 1], 7, 'float16') };
    await survives(afterConv([['Mul', ['c', 'k'], ['d']], ['Add', ['d', 'x'], ['y']]], half, { inputs: { x: ['float16', [1, 4, 5, 4]] }, outputs: { y: ['float16', null] } }), { tolerance: 8e-3 });
  });
});

describe('graphs', () => {
  test('Transpose without perm, twice', async () => {
    await survives({ inputs: { x: ['float32', [2, 3, 4]] }, outputs: { y: ['float32', null] }, nodes: [['Transpose', ['x'], ['a']], ['Relu', ['a'], ['b']], ['Transpose', ['b'], ['c']], ['Transpose', ['c'], ['y']]] });
  });

  test('an input that only Shape uses stays in the signature', async () => {
    const results = await survives({
      inputs: { x: ['float32', [6]], like: ['float32', [2, 3]] }, outputs: { y: ['float32', [2, 3]] }, nodes: [['Shape', ['like'], ['s']], ['Reshape', ['x', 's'], ['r']], ['Relu', ['r'], ['y']]],
    });
    for (const { model } of results) expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x', 'like']);
  });

  test('a subgraph that captures an outer value', async () => {
    const branch = (op: string) => ({ graph: buildGraph({ inputs: {}, outputs: { r: ['float32', null] }, nodes: [[op, ['d'], ['r']]] }) });
    await survives(afterConv([['Mul', ['c', 'k'], ['d']], ['ReduceMax', ['c'], ['m'], { keepdims: 0 }], ['Greater', ['m', 'zero'], ['t']], ['If', ['t'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Abs') }]], { k: wave([4, 1, 1], 7), zero: Tensor.of('float32', [], [0.2]) }));
  });

  test('one output name twice in the signature is a user error or stays', async () => {
    const spec = buildModel({ inputs: { x: ['float32', [2]] }, outputs: { y: ['float32', [2]] }, nodes: [['Relu', ['x'], ['a']], ['Identity', ['a'], ['y']]] });
    const doubled = { ...spec, graph: { ...spec.graph, output: [...(spec.graph?.output ?? []), ...(spec.graph?.output ?? [])] } };
    const result = await rewriteModel(new Model(doubled), { target: resolveTarget('ane'), precision: 'fp16', verify: 'off' });
    expect(result.model.toProto().graph?.output?.map(({ name }) => name)).toEqual(['y', 'y']);
    expect(result.model.toProto().graph?.node?.at(-1)?.output).toEqual(['y']);
  });

  test('unsorted nodes', async () => {
    await survives({ inputs: { x: ['float32', [2, 3]] }, outputs: { y: ['float32', null] }, nodes: [['Relu', ['b'], ['y']], ['Identity', ['a'], ['b']], ['Neg', ['x'], ['a']]] });
  });

  test('names that are empty or the same', async () => {
    await survives({ inputs: { x: ['float32', [2, 3]] }, outputs: { y: ['float32', null] }, nodes: [['Neg', ['x'], ['a'], {}, { name: 'n' }], ['Identity', ['a'], ['b'], {}, { name: 'n' }], ['Transpose', ['b'], ['y']]] }, { run: false });
  });

  test('only ai.onnx.ml, and an unknown domain', async () => {
    const ml = buildModel({ inputs: { x: ['float32', [2, 3]] }, outputs: { y: ['float32', [2, 3]] }, nodes: [['Scaler', ['x'], ['y'], {}, { domain: 'ai.onnx.ml' }]] });
    const proto = { ...ml, opsetImport: [{ domain: 'ai.onnx.ml', version: 3 }] };
    for (const [target, precision] of RECIPES) {
      const result = await rewriteModel(new Model(proto), { target: resolveTarget(target), precision, verify: 'off' });
      expect(toBytes(result.model.toProto())).toEqual(toBytes(proto));
    }
    await survives(afterConv([['Thing', ['c'], ['d'], { secret: 3 }, { domain: 'com.acme' }], ['Add', ['d', 'x'], ['y']]], {}, { domains: { 'com.acme': 1 } }), { run: false });
  });

  test('tensors without elements and of rank 0', async () => {
    await survives({
      inputs: { x: ['float32', [0, 3]], s: ['float32', []] }, outputs: { y: ['float32', null], z: ['float32', null] }, initializers: { t: i64(3, 0), e: Tensor.of('float32', [0, 3], []), zero: i64(0) },
      nodes: [['Reshape', ['x', 't'], ['a'], { allowzero: 1 }], ['Transpose', ['a'], ['b']], ['Concat', ['b', 'e'], ['y'], { axis: 0 }], ['Unsqueeze', ['s', 'zero'], ['u']], ['Squeeze', ['u', 'zero'], ['z']]],
    }, { run: false });
  });

  test('open batch, height and width', async () => {
    await survives(afterConv([['Add', ['c', 'x'], ['d']], ['DepthToSpace', ['d'], ['y'], { blocksize: 2, mode: 'CRD' }]], {}, { inputs: { x: ['float32', ['N', 4, 'H', 'W']] } }), { bindings: { N: 3, H: 4, W: 7 } });
  });
});
