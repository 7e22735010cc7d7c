import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tensor } from '../../models/onnx/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec, toBytes } from './build-model.ts';
import { fixture } from './paths.ts';

/** One that kills Qualcomm's compiler, wants the impossible, or is no model at all. */
export interface HostileModel {
  readonly name: string;
  readonly path: string;
}

const IMAGE = ['float32', [1, 8, 16, 16]] as const;

/** A graph of float images from `x` to `y`. */
function graph(nodes: readonly NodeSpec[], more: Partial<ModelSpec> = {}): Uint8Array {
  return toBytes(buildModel({ inputs: { x: IMAGE }, outputs: { y: ['float32', null] }, nodes, ...more }));
}

function weights(dims: readonly number[], value = 0.1): Tensor {
  return Tensor.of('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value));
}

/** A stream of numbers below `bound`, the same for a seed (mulberry32). */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** A sound file with bytes changed at random places. */
function damaged(bytes: Uint8Array, seed: number, changes: number): Uint8Array {
  const [copy, next] = [Uint8Array.from(bytes), numbers(seed)];
  for (let count = 0; count < changes; count++) copy[next(copy.length)] = next(256);
  return copy;
}

/** A random chain of operators that fit together, or do not. */
function randomGraph(seed: number): Uint8Array {
  const next = numbers(seed);
  const steps: readonly ((from: string, to: string) => NodeSpec)[] = [
    (from, to) => ['Relu', [from], [to]],
    (from, to) => ['Transpose', [from], [to], { perm: [0, 2, 3, 1] }],
    (from, to) => ['Conv', [from, 'w'], [to], { pads: [1, 1, 1, 1] }],
    (from, to) => ['DepthToSpace', [from], [to], { blocksize: 2, mode: next(2) ? 'CRD' : 'DCR' }],
    (from, to) => ['Concat', [from, from], [to], { axis: next(6) - 2 }],
    (from, to) => ['Softmax', [from], [to], { axis: next(8) - 4 }],
    (from, to) => ['ReduceMean', [from], [to], { keepdims: next(2) }],
    (from, to) => ['Div', [from, 'zero'], [to]],
    (from, to) => ['MatMul', [from, from], [to]],
    (from, to) => ['Resize', [from, '', 'scales'], [to], { mode: next(2) ? 'nearest' : 'linear' }],
  ];
  const count = 2 + next(8);
  const nodes = Array.from({ length: count }, (_, at) => (steps[next(steps.length)] as (from: string, to: string) => NodeSpec)(at === 0 ? 'x' : `v${at}`, at === count - 1 ? 'y' : `v${at + 1}`));
  const scales = Tensor.of('float32', [4], [1, 1, 0.5 + next(3), 1.5]);
  return graph(nodes, { initializers: { w: weights([8, 8, 3, 3]), zero: Tensor.of('float32', [], [0]), scales } });
}

const plain = (): Uint8Array => readFileSync(fixture('exports', 'plain_clip_x2_op17.onnx'));

/** A Loop that never ends: no trip count, a condition that stays true. */
function endlessLoop(): Uint8Array {
  const body = buildGraph({
    inputs: { i: ['int64', []], go: ['bool', []], carried: IMAGE }, outputs: { again: ['bool', []], next: IMAGE },
    nodes: [['Identity', ['go'], ['again']], ['Relu', ['carried'], ['next']]],
  });
  return graph([['Loop', ['', 'true', 'x'], ['y'], { body: { graph: body } }]], { initializers: { true: Tensor.of('bool', [], [1]) } });
}

function nestedIfs(depth: number): Uint8Array {
  let branch = buildGraph({ inputs: {}, outputs: { y: ['float32', null] }, nodes: [['Relu', ['x'], ['y']]] });
  for (let level = 0; level < depth; level++) {
    branch = buildGraph({ inputs: {}, outputs: { y: ['float32', null] }, nodes: [['If', ['true'], ['y'], { then_branch: { graph: branch }, else_branch: { graph: branch } }]] });
  }
  return toBytes({ ...buildModel({ inputs: { x: IMAGE }, outputs: { y: ['float32', null] }, nodes: [] }), graph: { ...branch, input: buildGraph({ inputs: { x: IMAGE }, outputs: {}, nodes: [] }).input ?? [], initializer: [Tensor.of('bool', [], [1]).toProto('true')] } });
}

function externalData(location: string): Uint8Array {
  const model = buildModel({ inputs: { x: IMAGE }, outputs: { y: ['float32', null] }, nodes: [['Conv', ['x', 'w'], ['y'], { pads: [1, 1, 1, 1] }]], initializers: { w: weights([8, 8, 3, 3]) } });
  const entries = Object.entries({ location, offset: '0', length: '2304' }).map(([key, value]) => ({ key, value }));
  const [w] = model.graph?.initializer ?? [];
  return toBytes({ ...model, graph: { ...model.graph, initializer: [{ name: w?.name ?? '', dims: w?.dims ?? [], dataType: 1, dataLocation: 1, externalData: entries }] } });
}

const MODELS: Readonly<Record<string, () => Uint8Array>> = {
  'average pool, SAME_UPPER (kills the compiler)': () => graph([['AveragePool', ['x'], ['y'], { kernel_shape: [3, 3], auto_pad: 'SAME_UPPER', strides: [2, 2] }]]),
  'LpPool, SAME_UPPER (kills the compiler)': () => graph([['LpPool', ['x'], ['y'], { kernel_shape: [2, 2], auto_pad: 'SAME_UPPER' }]]),
  'STFT (kills the compiler)': () => graph([['STFT', ['x', 'step', 'window'], ['y']]], { inputs: { x: ['float32', [1, 128, 1]] }, initializers: { step: Tensor.of('int64', [], [8]), window: weights([16], 1) } }),
  'empty file': () => new Uint8Array(),
  'text': () => new TextEncoder().encode('This is no model.\n'.repeat(50)),
  'random bytes': () => Uint8Array.from({ length: 4096 }, ((next) => () => next(256))(numbers(1))),
  'cut off': () => plain().subarray(0, 2000),
  'bytes changed, 1': () => damaged(plain(), 11, 3),
  'bytes changed, 2': () => damaged(plain(), 12, 40),
  'bytes changed, 3': () => damaged(plain(), 13, 400),
  'huge input': () => graph([['Relu', ['x'], ['y']]], { inputs: { x: ['float32', [1, 3, 1_000_000, 1_000_000]] } }),
  'sizes beyond 2^53': () => graph([['Relu', ['x'], ['y']]], { inputs: { x: ['float32', [2 ** 40, 2 ** 40]] } }),
  'negative and zero sizes': () => graph([['Relu', ['x'], ['y']]], { inputs: { x: ['float32', [1, 0, -5, 3]] } }),
  'expands to 40 GB': () => graph([['Expand', ['x', 'shape'], ['y']]], { inputs: { x: ['float32', [1, 1, 1, 1]] }, initializers: { shape: Tensor.of('int64', [4], [1, 1, 100_000, 100_000]) } }),
  'endless loop': endlessLoop,
  'Ifs in Ifs, 12 deep': () => nestedIfs(12),
  'cycle': () => graph([['Add', ['x', 'b'], ['a']], ['Relu', ['a'], ['b']], ['Relu', ['b'], ['y']]]),
  'value that nobody makes': () => graph([['Add', ['x', 'nowhere'], ['y']]]),
  'the same output twice': () => graph([['Relu', ['x'], ['y']], ['Sigmoid', ['x'], ['y']]]),
  'names with control characters, quotes and 100 kB': () => graph([['Relu', ['x'], ['\u0000\n"\u001b[31m'], {}, { name: 'n'.repeat(100_000) }], ['Relu', ['\u0000\n"\u001b[31m'], ['y'], {}, { name: '../../etc/passwd' }]]),
  'operator and domain that nobody has': () => graph([['Frobnicate', ['x'], ['y'], {}, { domain: 'com.example.nowhere' }]], { domains: { 'com.example.nowhere': 7 } }),
  'opset 999': () => graph([['Relu', ['x'], ['y']]], { opset: 999 }),
  'weights that are NaN and infinite': () => graph([['Conv', ['x', 'w'], ['v'], { pads: [1, 1, 1, 1] }], ['Mul', ['v', 'inf'], ['y']]], { initializers: { w: weights([8, 8, 3, 3], Number.NaN), inf: Tensor.of('float32', [], [Number.POSITIVE_INFINITY]) } }),
  'weights in a file that is not there': () => externalData('nowhere.bin'),
  'weights outside of the folder': () => externalData('../../../../../../etc/passwd'),
  'a chain of 3,000 nodes': () => graph(Array.from({ length: 3000 }, (_, at): NodeSpec => ['Relu', [at === 0 ? 'x' : `v${at}`], [at === 2999 ? 'y' : `v${at + 1}`]])),
  'kernel larger than its input, stride 0': () => graph([['Conv', ['x', 'w'], ['y'], { strides: [0, 0], dilations: [9, 9] }]], { initializers: { w: weights([8, 8, 3, 3]) } }),
  ...Object.fromEntries(Array.from({ length: 8 }, (_, seed) => [`random graph ${seed + 1}`, () => randomGraph(seed + 1)])),
};

/** Writes them below `folder`, each in a folder of its own. */
export function hostileModels(folder: string): readonly HostileModel[] {
  return Object.entries(MODELS).map(([name, make], index) => {
    const own = join(folder, String(index));
    mkdirSync(own, { recursive: true });
    const path = join(own, 'model.onnx');
    writeFileSync(path, make());
    return { name, path };
  });
}
