import { afterAll, describe, expect, it } from 'vitest';
import { adapterText, applyFaces, type FaceOptions, type FaceRequest, type FaceResult, parseAdapterFiles, parseFaceRequests } from '../../../converters/faces/index.ts';
import { type NdArray, UserError } from '../../../models/contracts/index.ts';
import { Model } from '../../../models/graph/index.ts';
import { type ModelProto, Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor, Prng } from '../../../models/run/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { relativeToRange } from '../../support/compare.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { contractFor } from './contracts.ts';
import { randomChain } from './random-steps.ts';
import { stepsModel } from './steps-model.ts';

const executor = createHostExecutor({ threads: 1 });
afterAll(() => executor.close());

const face = (proto: ModelProto, requests: readonly FaceRequest[], options: FaceOptions = {}): Promise<FaceResult> => applyFaces(new Model(proto), requests, { executor, ...options });

function random(dims: readonly number[], seed = 1): Tensor {
  const prng = new Prng(seed);
  return Tensor.of('float32', dims, Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => prng.normal() / 3));
}

/** x → Conv (3 to 4 channels, 3×3) → y, with the given padding. */
function convModel(pads: number[], changes: Partial<ModelSpec> = {}): ModelProto {
  const side = 8 + (pads[0] as number) + (pads[2] as number) - 2;
  return buildModel({
    inputs: { x: ['float32', [2, 3, 8, 8]] }, outputs: { y: ['float32', [2, 4, side, side]] },
    nodes: [['Conv', ['x', 'w', 'b'], ['y'], { pads, kernel_shape: [3, 3] }, { name: 'conv' }]], initializers: { w: random([4, 3, 3, 3]), b: random([4], 2) }, ...changes,
  });
}

const opTypes = ({ model }: FaceResult): string[] => [...model.graph.nodes()].map((node) => node.opType);

describe('embed-norm', () => {
  const norm: FaceRequest = { kind: 'embed-norm', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

  it.each([
    ['no padding: all in the weights', [0, 0, 0, 0], norm, ['Conv']],
    ['padding: the mean in front', [1, 1, 1, 1], norm, ['Sub', 'Conv']],
    ['padding on one side', [0, 0, 1, 0], norm, ['Sub', 'Conv']],
    ['padding, scale alone', [1, 1, 1, 1], { kind: 'embed-norm', mean: [0], std: [1 / 255] }, ['Conv']],
    ['padding, mean alone', [1, 1, 1, 1], { kind: 'embed-norm', mean: [127.5], std: [1] }, ['Sub', 'Conv']],
  ] as const)('%s', async (_, pads, request, expected) => {
    const result = await face(convModel([...pads]), [request as FaceRequest]);
    expect(opTypes(result)).toEqual(expected);
    expect(result.comparison?.maxRelToRange).toBeLessThan(1e-5);
  });

  it('computes old(x) at x · std + mean, held against ONNX Runtime without our own steps', async () => {
    const old = convModel([1, 1, 1, 1]);
    const { model } = await face(old, [norm]);
    const x = random([2, 3, 8, 8], 9).toNdArray();
    const p = ndarray('float32', x.dims, Array.from(x.data as Float32Array, (v, i) => {
      const c = Math.floor(i / 64) % 3;
      return v * ([0.229, 0.224, 0.225][c] as number) + ([0.485, 0.456, 0.406][c] as number);
    }));
    const [before, after] = [await runOrt(old, { x }), await runOrt(model.toProto(), { x: p })];
    expect(relativeToRange(after.get('y') as NdArray, before.get('y') as NdArray)).toBeLessThan(1e-5);
  });

  it('stays in front of an input that feeds two layers, and of shared weights', async () => {
    const two = convModel([0, 0, 0, 0], {
      outputs: { y: ['float32', [2, 4, 6, 6]], z: ['float32', [2, 3, 8, 8]] },
      nodes: [['Conv', ['x', 'w', 'b'], ['y'], { kernel_shape: [3, 3] }], ['Relu', ['x'], ['z']]],
    });
    expect(opTypes(await face(two, [norm])).slice(0, 2)).toEqual(['Sub', 'Div']);
    const shared = convModel([0, 0, 0, 0], {
      outputs: { y: ['float32', [2, 4, 6, 6]], z: ['float32', [4, 3, 3, 3]] },
      nodes: [['Conv', ['x', 'w', 'b'], ['y'], { kernel_shape: [3, 3] }], ['Neg', ['w'], ['z']]],
    });
    expect(opTypes(await face(shared, [norm]))).toEqual(['Conv', 'Neg']);
  });

  it('takes the normalisation back that hoist-input took out: nothing is left for the caller', async () => {
    const model = convModel([1, 1, 1, 1], {
      nodes: [['Sub', ['x', 'm'], ['c']], ['Div', ['c', 's'], ['n']], ['Conv', ['n', 'w', 'b'], ['y'], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }]],
      initializers: { w: random([4, 3, 3, 3]), b: random([4], 2), m: Tensor.of('float32', [3, 1, 1], [0.485, 0.456, 0.406]), s: Tensor.of('float32', [3, 1, 1], [0.229, 0.224, 0.225]) },
    });
    const hoisted = await face(model, [{ kind: 'hoist-input' }], { contracts: contractFor('x') });
    expect(hoisted.adapter.inputs[0]?.steps.map((step) => 'op' in step && step.op)).toEqual(['subtract', 'divide']);
    expect(hoisted.contracts.get('x')).toMatchObject({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], kind: 'image' });
    expect(opTypes(hoisted)).toEqual(['Conv']);
    const both = await face(model, [{ kind: 'hoist-input' }, norm], { contracts: contractFor('x') });
    expect(both.adapter.inputs[0]?.steps).toEqual([]);
    expect(both.contracts.get('x')).toMatchObject({ mean: [0, 0, 0], std: [1, 1, 1] });
    expect(opTypes(both)).toEqual(['Sub', 'Conv']);
  });

  it('refuses numbers that do not fit, and inputs that are none', async () => {
    await expect(face(convModel([0, 0, 0, 0]), [{ kind: 'embed-norm', mean: [1, 2], std: [1] }])).rejects.toThrow(/3 channels, --embed-norm MEAN gives 2/);
    await expect(face(convModel([0, 0, 0, 0]), [{ ...norm, input: 'nope' } as FaceRequest])).rejects.toThrow(UserError);
    const bytes = convModel([0, 0, 0, 0], { inputs: { x: ['uint8', [2, 3, 8, 8]] }, nodes: [['Cast', ['x'], ['f'], { to: 1 }], ['Conv', ['f', 'w', 'b'], ['y'], {}]] });
    await expect(face(bytes, [norm])).rejects.toMatchObject({ nextSteps: expect.arrayContaining([expect.stringContaining('--hoist-input')]) });
  });
});

describe('hoist-input', () => {
  it.each(Array.from({ length: 12 }, (_, i) => 101 + i))('takes out what a random chain begins with, proved in ONNX Runtime (%i)', async (seed) => {
    const { start, steps } = randomChain(seed);
    const kept = steps.filter(({ kind }) => !['clip', 'round', 'repeat', 'cast'].includes(kind));
    const tail = (value: string, channels: number): { nodes: NodeSpec[]; initializers: Record<string, Tensor> } => ({
      nodes: [['Sigmoid', [value], ['s'], {}, { name: 'end' }]], initializers: { unused: random([channels]) },
    });
    const model = stepsModel({ ...start, dtype: 'float32' }, kept, tail);
    const contracts = contractFor('x', { layout: start.layout });
    const hoisted = await face(model, [{ kind: 'hoist-input' }], { contracts }).catch((error: unknown) => error);
    if (hoisted instanceof Error) {
      expect(hoisted).toBeInstanceOf(UserError);
      expect(kept.some(({ kind }) => kind !== 'layout')).toBe(false);
      return;
    }
    const { comparison, model: after } = hoisted as FaceResult;
    expect(comparison?.maxRelToRange).toBeLessThan(1e-6);
    const left = [...after.graph.nodes()].filter((node) => !node.is('Sigmoid')).map((node) => node.opType);
    expect(left.filter((type) => type !== 'Transpose')).toEqual([]);
  });

  const unshuffle = (from: string, to: string): NodeSpec[] => [
    ['Reshape', [from, 'six'], ['r6']], ['Transpose', ['r6'], ['t6'], { perm: [0, 1, 3, 5, 2, 4] }], ['Reshape', ['t6', 'four'], [to]],
  ];
  const shapes = { six: Tensor.of('int64', [6], [2, 3, 4, 2, 4, 2]), four: Tensor.of('int64', [4], [2, 12, 4, 4]), w12: random([4, 12, 3, 3]) };

  it('refuses an input that an anchor needs too, and says who', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2, 3, 8, 8]] }, outputs: { y: ['float32', [2, 4, 2, 2]], z: ['float32', [2, 3, 16, 16]] }, initializers: { ...shapes, scales: Tensor.of('float32', [4], [1, 1, 2, 2]) },
      nodes: [...unshuffle('x', 'u'), ['Conv', ['u', 'w12'], ['y'], {}, { name: 'conv' }], ['Resize', ['x', '', 'scales'], ['z'], { mode: 'nearest' }, { name: 'anchor' }]],
    });
    await expect(face(model, [{ kind: 'hoist-input' }])).rejects.toThrow(/"x" feeds .*anchor/);
    const cut = await face(model, [{ kind: 'cut-from', tensor: 'u' }]);
    expect(cut.model.graph.inputs.map(({ name }) => name).sort()).toEqual(['u', 'x']);
    expect(cut.adapter.inputs.find(({ to }) => to.name === 'u')).toMatchObject({ from: { name: 'x' }, steps: [{ kind: 'unshuffle', block: 2, order: 'CRD' }] });
    expect(cut.comparison?.bitEqual).toBe(true);
  });

  it('hoists what two branches share, and stops before an output', async () => {
    const nodes: NodeSpec[] = [['Mul', ['x', 'k'], ['n']], ...unshuffle('n', 'u'), ['Conv', ['u', 'w12'], ['y'], {}], ['Relu', ['n'], ['z']]];
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 3, 8, 8]] }, outputs: { y: ['float32', [2, 4, 2, 2]], z: ['float32', [2, 3, 8, 8]] }, initializers: { ...shapes, k: Tensor.of('float32', [1], [2]) }, nodes,
    };
    const shared = await face(buildModel(spec), [{ kind: 'hoist-input' }]);
    expect(shared.adapter.inputs[0]?.steps).toEqual([{ kind: 'arithmetic', op: 'multiply', values: [2] }]);
    expect(shared.comparison?.bitEqual).toBe(true);
    const seen = buildModel({ ...spec, outputs: { y: ['float32', [2, 4, 2, 2]], n: ['float32', [2, 3, 8, 8]] }, nodes: nodes.slice(0, -1) });
    await expect(face(seen, [{ kind: 'hoist-input' }])).rejects.toThrow(/"n" is an output/);
    const echoed = buildModel({ ...spec, outputs: { y: ['float32', [2, 4, 2, 2]], x: ['float32', [2, 3, 8, 8]] }, nodes: nodes.slice(0, -1) });
    await expect(face(echoed, [{ kind: 'hoist-input' }])).rejects.toThrow(/"x" is an output/);
  });

  it('forgets shapes that were computed from the input for the unshuffle alone', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 3, 'h', 'w']] }, outputs: { y: ['float32', [1, 4, null, null]] },
      initializers: { ...shapes, two: Tensor.of('int64', [1], [2]), three: Tensor.of('int64', [1], [3]), one: Tensor.of('int64', [1], [1]), zero: Tensor.of('int64', [1], [0]), twelve: Tensor.of('int64', [1], [12]) },
      nodes: [
        ['Shape', ['x'], ['s']], ['Gather', ['s', 'two'], ['h']], ['Gather', ['s', 'three'], ['w']], ['Div', ['h', 'two'], ['h2']], ['Div', ['w', 'two'], ['w2']],
        ['Concat', ['one', 'three', 'h2', 'two', 'w2', 'two'], ['s6'], { axis: 0 }], ['Concat', ['one', 'twelve', 'h2', 'w2'], ['s4'], { axis: 0 }],
        ['Reshape', ['x', 's6'], ['r6']], ['Transpose', ['r6'], ['t6'], { perm: [0, 1, 3, 5, 2, 4] }], ['Reshape', ['t6', 's4'], ['u']], ['Conv', ['u', 'w12'], ['y'], {}],
      ],
    });
    const result = await face(model, [{ kind: 'hoist-input' }]).catch((error: UserError) => error);
    if (result instanceof Error) throw result;
    expect(opTypes(result)).toEqual(['Conv']);
    expect(result.comparison?.bitEqual).toBe(true);
  });

  it('says that a layer needs the size of the input as it was', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 3, 'h', 'w']] }, outputs: { y: ['float32', [1, 3, 'h', 'w']], s: ['int64', [4]] }, initializers: { k: Tensor.of('float32', [], [2]) },
      nodes: [['Mul', ['x', 'k'], ['m']], ['Sigmoid', ['m'], ['y']], ['Shape', ['x'], ['s'], {}, { name: 'size' }]],
    });
    await expect(face(model, [{ kind: 'hoist-input' }])).rejects.toThrow(/"x" is still needed by size/);
  });

  it('works input by input where there are two, by name or wherever it fits', async () => {
    const model = buildModel({
      inputs: { a: ['float32', [1, 3, 4, 4]], b: ['uint8', [1, 3, 4, 4]] }, outputs: { y: ['float32', [1, 3, 4, 4]] },
      nodes: [['Cast', ['b'], ['f'], { to: 1 }], ['Sigmoid', ['a'], ['g']], ['Add', ['f', 'g'], ['y']]],
    });
    const any = await face(model, [{ kind: 'hoist-input' }]);
    expect(any.adapter.inputs.map(({ to, steps }) => [to.name, to.dtype, steps.length])).toEqual([['a', 'float32', 0], ['b', 'float32', 1]]);
    await expect(face(model, [{ kind: 'hoist-input', input: 'a' }])).rejects.toThrow(/"a" goes into/);
    await expect(face(model, [{ kind: 'hoist-input', input: 'c' }])).rejects.toThrow(/no input "c"/);
  });
});

describe('cuts', () => {
  const model = (): ModelProto => buildModel({
    inputs: { a: ['float32', [1, 3, 4, 4]], b: ['float32', [1, 3, 4, 4]] }, outputs: { y: ['float32', [1, 3, 4, 4]], z: ['float32', [1, 6, 4, 4]] },
    initializers: { k: Tensor.of('float32', [], [3]) },
    nodes: [
      ['Add', ['a', 'b'], ['sum'], {}, { name: 'sum' }], ['Sigmoid', ['sum'], ['s'], {}, { name: 'sigmoid' }], ['Mul', ['s', 'k'], ['y'], {}, { name: 'scale' }],
      ['Concat', ['s', 'sum'], ['z'], { axis: 1 }, { name: 'join' }],
    ],
  });

  it('cut from: several inputs go at once, the old model itself stands for the layers', async () => {
    const { model: after, adapter, comparison, records } = await face(model(), [{ kind: 'cut-from', tensor: 'sum' }]);
    expect(after.graph.inputs.map(({ name, stated }) => [name, stated.dtype, stated.shape])).toEqual([['sum', 'float32', [1, 3, 4, 4]]]);
    expect(adapter.inputs).toMatchObject([{ to: { name: 'sum' }, steps: [], removed: { tensor: 'sum', nodes: ['sum'] } }]);
    expect(comparison?.bitEqual).toBe(true);
    expect(records[0]).toMatchObject({ rewrite: 'face/cut-from', face: 'subset', nodes: ['sum'] });
  });

  it('cut at: outputs that follow from the tensor by steps are ports, others are named', async () => {
    const { model: after, adapter, comparison } = await face(model(), [{ kind: 'cut-at', tensor: 's' }]);
    expect(after.graph.outputs.map(({ name }) => name)).toEqual(['s']);
    expect(adapter.outputs).toMatchObject([
      { from: { name: 's' }, to: { name: 'y' }, steps: [{ kind: 'arithmetic', op: 'multiply', values: [3] }], removed: null },
      { from: { name: 's' }, removed: { tensor: 's' } },
    ]);
    expect(comparison?.bitEqual).toBe(true);
  });

  it('takes both ends at once, and keeps outputs that do not depend on the tensor', async () => {
    const proto = buildModel({
      inputs: { a: ['float32', [1, 3, 4, 4]] }, outputs: { first: ['float32', [1, 3, 4, 4]], last: ['float32', [1, 3, 4, 4]] },
      nodes: [['Relu', ['a'], ['r']], ['Sigmoid', ['r'], ['first']], ['Tanh', ['r'], ['t']], ['Neg', ['t'], ['last']]],
    });
    const { model: after, comparison } = await face(proto, [{ kind: 'cut-from', tensor: 'r' }, { kind: 'cut-at', tensor: 't' }]);
    expect([after.graph.inputs, after.graph.outputs].map((side) => side.map(({ name }) => name))).toEqual([['r'], ['first', 't']]);
    expect(comparison?.bitEqual).toBe(true);
  });

  it('cuts at one output of a node that has several', async () => {
    const proto = buildModel({
      inputs: { a: ['float32', [1, 4, 2, 2]] }, outputs: { y: ['float32', [1, 2, 2, 2]], z: ['float32', [1, 2, 2, 2]] },
      nodes: [['Split', ['a'], ['p', 'q'], { axis: 1 }], ['Relu', ['p'], ['y']], ['Neg', ['q'], ['z']]],
    });
    const { model: after, comparison } = await face(proto, [{ kind: 'cut-from', tensor: 'p' }]);
    expect(after.graph.inputs.map(({ name }) => name)).toEqual(['a', 'p'].sort());
    expect(comparison?.bitEqual).toBe(true);
  });

  it.each([
    ['cut-from', 'nope', /no tensor "nope"/], ['cut-from', 'a', /an input already/], ['cut-at', 'k', /a constant/], ['cut-at', 'y', /No output depends on "y"/],
  ] as const)('%s %s is refused', async (kind, tensor, message) => {
    const refusal = face(model(), [{ kind, tensor }]);
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toBeInstanceOf(UserError);
  });

  it('is refused where a subgraph knows the tensor', async () => {
    const branch = (op: string): { graph: ReturnType<typeof buildGraph> } => ({ graph: buildGraph({ inputs: {}, outputs: { [`${op}_o`]: ['float32', [2]] }, nodes: [[op, ['r'], [`${op}_o`]]] }) });
    const proto = buildModel({
      inputs: { a: ['float32', [2]], c: ['bool', []] }, outputs: { y: ['float32', [2]] },
      nodes: [['Relu', ['a'], ['r']], ['If', ['c'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Abs') }]],
    });
    await expect(face(proto, [{ kind: 'cut-from', tensor: 'r' }])).rejects.toThrow(/inside an If/);
  });
});

describe('nhwc and uint8', () => {
  it('takes the place of transposes that the model has', async () => {
    const proto = buildModel({
      inputs: { x: ['float32', [1, 3, 4, 6]] }, outputs: { y: ['float32', [1, 5, 4, 6]] }, initializers: { m: random([3, 5]) },
      nodes: [['Transpose', ['x'], ['t'], { perm: [0, 2, 3, 1] }], ['MatMul', ['t', 'm'], ['p']], ['Transpose', ['p'], ['y'], { perm: [0, 3, 1, 2] }]],
    });
    const result = await face(proto, [{ kind: 'nhwc' }]);
    expect(opTypes(result)).toEqual(['MatMul']);
    expect(result.comparison?.bitEqual).toBe(true);
    expect(result.model.graph.outputs.map(({ name, stated }) => [name, stated.shape])).toEqual([['y', [1, 4, 6, 5]]]);
  });

  it('keeps an inner use of an output, and refuses what is pixel order already', async () => {
    const proto = buildModel({
      inputs: { x: ['float32', [1, 5, 4, 6]] }, outputs: { y: ['float32', [1, 5, 4, 6]], z: ['float32', [1, 5, 4, 6]] },
      nodes: [['Relu', ['x'], ['y']], ['Neg', ['y'], ['z']]],
    });
    const { comparison, adapter } = await face(proto, [{ kind: 'nhwc' }]);
    expect(comparison?.bitEqual).toBe(true);
    expect(adapter.outputs.map(({ to }) => to.name)).toEqual(['y', 'z']);
    const there = buildModel({ inputs: { x: ['float32', [1, 8, 8, 3]] }, outputs: { y: ['float32', [1, 8, 8, 3]] }, nodes: [['Relu', ['x'], ['y']]] });
    await expect(face(there, [{ kind: 'nhwc' }])).rejects.toThrow(UserError);
  });

  it('8 bits follow the contract: range, mean and std per channel, in either layout', async () => {
    const contracts = contractFor('x', { range: [-1, 1], mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 2] });
    for (const requests of [[{ kind: 'uint8', outputRange: [-2, 2] }], [{ kind: 'nhwc' }, { kind: 'uint8', outputRange: [-2, 2] }]] as FaceRequest[][]) {
      const { model: after, comparison } = await face(convModel([1, 1, 1, 1]), requests, { contracts });
      expect(comparison?.maxAbs).toBeLessThan(4 * 0.5001 / 255);
      const k = ndarray('uint8', requests.length === 1 ? [2, 3, 8, 8] : [2, 8, 8, 3], Array.from({ length: 384 }, (_, i) => (i * 37) % 256));
      const x = ndarray('float32', [2, 3, 8, 8], Array.from({ length: 384 }, (_, i) => {
        const [n, c, at] = [Math.floor(i / 192), Math.floor(i / 64) % 3, i % 64];
        const level = Number(k.data[requests.length === 1 ? i : (n * 64 + at) * 3 + c]);
        return (-1 + (level * 2) / 255 - ([0.1, 0.2, 0.3][c] as number)) / ([0.5, 0.25, 2][c] as number);
      }));
      const [before, now] = [(await runOrt(convModel([1, 1, 1, 1]), { x })).get('y') as NdArray, (await runOrt(after.toProto(), { x: k })).get('y') as NdArray];
      const at = (i: number): number => (requests.length === 1 ? i : (Math.floor(i / 256) * 64 + (i % 64)) * 4 + (Math.floor(i / 64) % 4));
      const worst = [...before.data].reduce<number>((most, v, i) => Math.max(most, Math.abs(Math.min(Math.max(Number(v), -2), 2) - (-2 + (Number(now.data[at(i)]) * 4) / 255))), 0);
      expect(worst).toBeLessThan((4 * 0.5001) / 255);
    }
  });

  it('8 bits are refused without a contract, below opset 10, and where there is no float image', async () => {
    await expect(face(convModel([0, 0, 0, 0]), [{ kind: 'uint8' }])).rejects.toThrow(/value range of input "x" is not known/);
    await expect(face(convModel([0, 0, 0, 0], { opset: 9 }), [{ kind: 'uint8' }], { contracts: contractFor('x') })).rejects.toMatchObject({ nextSteps: ['Raise it: --opset 13.'] });
    const raised = await face(convModel([0, 0, 0, 0], { opset: 9 }), [{ kind: 'uint8' }], { contracts: contractFor('x'), opset: 13 });
    expect(raised.comparison?.maxAbs).toBeLessThan(0.5001 / 255);
    const ids = buildModel({ inputs: { x: ['int64', [3]] }, outputs: { y: ['int64', [3]] }, nodes: [['Neg', ['x'], ['y']]] });
    await expect(face(ids, [{ kind: 'uint8' }])).rejects.toThrow(UserError);
  });

  it('an input that is an output too keeps its face', async () => {
    const proto = convModel([0, 0, 0, 0], { outputs: { y: ['float32', [2, 4, 6, 6]], x: ['float32', [2, 3, 8, 8]] } });
    for (const request of [{ kind: 'nhwc' }, { kind: 'uint8' }, { kind: 'embed-norm', mean: [0.5], std: [0.5] }] as FaceRequest[]) {
      await expect(face(proto, [request], { contracts: contractFor('x') })).rejects.toThrow(/cannot be changed/);
    }
  });
});

describe('half precision', () => {
  const half = (): ModelProto => convModel([1, 1, 1, 1], {
    inputs: { x: ['float16', [2, 3, 8, 8]] }, outputs: { y: ['float16', [2, 4, 8, 8]] },
    initializers: { w: Tensor.of('float16', [4, 3, 3, 3], random([4, 3, 3, 3]).numbers()), b: Tensor.of('float16', [4], random([4], 2).numbers()) },
  });

  it('is normalised inside, transposed, and has an 8-bit form', async () => {
    const contracts = contractFor('x', { dtype: 'float16' });
    const norm = await face(half(), [{ kind: 'embed-norm', mean: [0.5], std: [0.25] }], { contracts });
    expect(opTypes(norm)).toEqual(['Sub', 'Conv']);
    expect(norm.comparison?.maxRelToRange).toBeLessThan(5e-3);
    const bytes = await face(half(), [{ kind: 'nhwc' }, { kind: 'uint8', outputRange: [-1, 1] }], { contracts });
    expect([...bytes.model.graph.inputs, ...bytes.model.graph.outputs].map(({ type }) => type.dtype)).toEqual(['uint8', 'uint8']);
    expect(bytes.comparison?.maxAbs).toBeLessThan(1.05 / 255);
  });
});

describe('static', () => {
  const dynamic = (): ModelProto => convModel([1, 1, 1, 1], { inputs: { x: ['float32', ['n', 3, 'h', 'w']] }, outputs: { y: ['float32', ['n', 4, 'h', 'w']] } });

  it('fixes inputs, outputs, ports and contracts', async () => {
    const { model: after, adapter, contracts, comparison } = await face(dynamic(), [{ kind: 'static', shapes: new Map([['x', [2, 3, 5, 7]]]) }], { contracts: contractFor('x') });
    expect([...after.graph.inputs, ...after.graph.outputs].map(({ stated }) => stated.shape)).toEqual([[2, 3, 5, 7], [2, 4, 5, 7]]);
    expect([adapter.inputs[0]?.to.dims, adapter.outputs[0]?.from.dims]).toEqual([[2, 3, 5, 7], [2, 4, 5, 7]]);
    expect(contracts.get('x')?.shape).toEqual([2, 3, 5, 7]);
    expect(comparison?.bitEqual).toBe(true);
  });

  it('prints the flag that mends it', async () => {
    await expect(face(dynamic(), [{ kind: 'static', shapes: new Map([['x', [1, 4, 5, 7]]]) }])).rejects.toMatchObject({ nextSteps: [expect.stringContaining('--static x=')] });
  });
});

describe('flags', () => {
  it('are read in the order of work', () => {
    expect(parseFaceRequests({
      static: ['x=1x3x?x8'], cutFrom: ['a'], cutAt: ['b'], hoistInput: true, embedNorm: 'img=0.5,0.4,0.3/0.2', face: 'uint8=-1..1,nhwc',
    })).toEqual([
      { kind: 'static', shapes: new Map([['x', [1, 3, null, 8]]]) }, { kind: 'cut-from', tensor: 'a' }, { kind: 'cut-at', tensor: 'b' }, { kind: 'hoist-input' },
      { kind: 'embed-norm', input: 'img', mean: [0.5, 0.4, 0.3], std: [0.2] }, { kind: 'nhwc' }, { kind: 'uint8', outputRange: [-1, 1] },
    ]);
    expect(parseFaceRequests({})).toEqual([]);
    expect(parseFaceRequests({ hoistInput: 'x', face: '' })).toEqual([{ kind: 'hoist-input', input: 'x' }]);
  });

  it.each([{ embedNorm: '0.5' }, { embedNorm: '0.5/0' }, { embedNorm: '0.5/a' }, { embedNorm: '=0.5/1' }, { face: 'int8' }, { face: 'nhwc=0..1' }, { face: 'uint8=1..0' }, { static: ['x'] }])('%o is no request', (flags) => {
    expect(() => parseFaceRequests(flags)).toThrow(UserError);
  });

  it('name files for adapters', () => {
    expect(parseAdapterFiles('ts=a/b.ts, c=x=y.c,json=s.json')).toEqual([{ form: 'typescript', path: 'a/b.ts' }, { form: 'c', path: 'x=y.c' }, { form: 'json', path: 's.json' }]);
    for (const text of ['java=a', 'ts', 'ts=', '=a']) expect(() => parseAdapterFiles(text)).toThrow(UserError);
    const spec = { version: 1, inputs: [], outputs: [] } as const;
    expect(JSON.parse(adapterText(spec, 'json'))).toEqual(spec);
  });

  it('without any, there is nothing to do', async () => {
    await expect(face(convModel([0, 0, 0, 0]), [])).rejects.toThrow(UserError);
  });
});
