import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { activationPeak, bytesMoved, compressedSize, modelFigures, trueSparsity } from '../../../converters/compress/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { readModel, Tensor, writeModel } from '../../../models/onnx/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { buildGraph, type ModelSpec } from '../../support/build-model.ts';
import { compress, modelOf, normal } from '../../support/compress.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const folder = temporaryFolder();

describe('true sparsity', () => {
  test('zeros of both signs, codes at their zero point, 4 bits; no biases, no denormals, shared weights once', () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 4]] }, outputs: { y: ['float32', null] }, opset: 21,
      nodes: [['Gemm', ['x', 'w', 'b'], ['h']], ['MatMul', ['h', 'w'], ['i']], ['DequantizeLinear', ['q', 's', 'z'], ['qw'], { axis: 0 }], ['MatMul', ['i', 'qw'], ['j']], ['DequantizeLinear', ['n', 's1'], ['nw']], ['MatMul', ['j', 'nw'], ['y']]],
      initializers: {
        w: Tensor.of('float32', [4, 4], [0, -0, 1e-45, Number.NaN, ...new Array<number>(12).fill(1)]), b: Tensor.of('float32', [4], [0, 0, 0, 0]),
        q: Tensor.of('uint8', [4, 4], [7, 0, 7, 1, 9, 9, 7, 0, ...new Array<number>(8).fill(3)]), s: Tensor.of('float32', [4], [1, 2, 3, 4]), z: Tensor.of('uint8', [4], [7, 9, 0, 0]),
        n: Tensor.of('int4', [4, 2], [0, -1, 7, 0, 0, 1, 2, 3]), s1: Tensor.of('float32', [], [0.5]),
      },
    };
    const { layers, ...total } = trueSparsity(modelOf(spec));
    expect(layers.map(({ weight, weights, zeros }) => [weight, weights, zeros])).toEqual([['w', 16, 2], ['q', 16, 4], ['n', 8, 3]]);
    expect(total).toEqual({ weights: 40, zeros: 9, share: 9 / 40 });
  });

  test('weights that dynamic quantization stores keep their zeros', async () => {
    const proto = generateNetwork('quicksrnet-small', { size: [8, 8] }).model;
    const pruned = await compress(proto, 'magnitude:0.4');
    const quantized = await compress(proto, 'magnitude:0.4+dynamic');
    expect(trueSparsity(pruned.model).share).toBeCloseTo(0.4, 4);
    expect(trueSparsity(quantized.model).zeros).toBeGreaterThanOrEqual(trueSparsity(pruned.model).zeros);
    expect(trueSparsity(quantized.model).weights).toBe(trueSparsity(pruned.model).weights);
  });

  test('a model without weights has none', () => {
    expect(trueSparsity(modelOf({ inputs: { x: ['float32', [2]] }, outputs: { y: ['float32', [2]] }, nodes: [['Relu', ['x'], ['y']]] }))).toEqual({ weights: 0, zeros: 0, share: 0, layers: [] });
  });
});

describe('size', () => {
  test('of the file as it is written, and after zlib', async () => {
    const { model: proto } = generateNetwork('abpn-28', { size: [8, 8] });
    const path = folder('model.onnx');
    await writeModel(proto, path);
    const file = readFileSync(path);
    const { bytes, deflated, entropy } = await compressedSize(modelOf(readModel(path).proto));
    expect(bytes).toBe(file.length);
    expect(Math.abs(deflated - deflateRawSync(file).length)).toBeLessThan(64);
    expect(entropy).toBeLessThan(bytes);
  });

  test('external data count too', async () => {
    const { model: proto } = generateNetwork('quicksrnet-small', { size: [8, 8] });
    const path = folder('external.onnx');
    const { dataFiles, bytes: inFile } = await writeModel(proto, path, { inlineLimit: 4096 });
    const read = readModel(path);
    const { bytes } = await compressedSize(modelOf(read.proto));
    expect(dataFiles).toHaveLength(1);
    expect(bytes).toBeGreaterThanOrEqual(inFile + 22_752 * 4);
    expect(bytes).toBeLessThanOrEqual(inFile + dataFiles.reduce((sum, file) => sum + file.bytes, 0));
    read.close();
  });

  test.each([
    ['bytes that are all alike', Tensor.of('uint8', [1000], new Uint8Array(1000).fill(7)), 0],
    ['bytes of 256 kinds', Tensor.of('uint8', [1024], Uint8Array.from({ length: 1024 }, (_, i) => i % 256)), 1024],
    ['one bit a byte', Tensor.of('uint8', [1024], Uint8Array.from({ length: 1024 }, (_, i) => i % 2)), 128],
    ['floats of two values: half their bytes never change', Tensor.of('float32', [800], Float32Array.from({ length: 800 }, (_, i) => (i % 2 ? 1 : -1))), 100],
  ])('entropy: %s', async (_, tensor, entropy) => {
    const model = modelOf({ inputs: {}, outputs: { y: [tensor.dtype, null] }, nodes: [['Identity', ['w'], ['y']]], initializers: { w: tensor } });
    expect((await compressedSize(model)).entropy).toBe(entropy);
  });

  test('pruned weights deflate better, half of the bytes of half precision', async () => {
    const proto = generateNetwork('abpn-28', { size: [8, 8] }).model;
    const [plain, pruned, half] = await Promise.all([compressedSize(modelOf(proto)), compress(proto, 'magnitude:0.7').then(({ model }) => compressedSize(model)), compress(proto, 'fp16-storage').then(({ model }) => compressedSize(model))]);
    expect(pruned.bytes).toBe(plain.bytes);
    expect(pruned.deflated).toBeLessThan(plain.deflated * 0.5);
    expect(half.bytes).toBeLessThan(plain.bytes * 0.56);
  });
});

/** x 400 bytes, a 1600, b 1600, c 400 (a view of the sum's result), y 400. */
const diamond: ModelSpec = {
  inputs: { x: ['float32', [10, 10]] }, outputs: { y: ['float32', null] },
  nodes: [['Concat', ['x', 'x', 'x', 'x'], ['a'], { axis: 0 }, { name: 'a' }], ['Relu', ['a'], ['b'], {}, { name: 'b' }], ['Mul', ['a', 'b'], ['m'], {}, { name: 'm' }], ['ReduceSum', ['m', 'axes'], ['s'], { keepdims: 0 }, { name: 's' }], ['Reshape', ['s', 'shape'], ['r']], ['Neg', ['r'], ['y'], {}, { name: 'y' }]],
  initializers: { axes: Tensor.of('int64', [1], [0]), shape: Tensor.of('int64', [2], [1, 10]) },
};

describe('memory and traffic', () => {
  test('the peak is where most is alive, reshaped values are no new memory', () => {
    expect(activationPeak(modelOf(diamond))).toEqual({ bytes: 400 + 3 * 1600, node: 'm' });
    const views: ModelSpec = { inputs: { x: ['float32', [100]] }, outputs: { y: ['float32', null] }, nodes: [['Neg', ['x'], ['a']], ['Reshape', ['a', 's'], ['b']], ['Squeeze', ['b'], ['c']], ['Neg', ['c'], ['y'], {}, { name: 'last' }]], initializers: { s: Tensor.of('int64', [2], [1, 100]) } };
    expect(activationPeak(modelOf(views))).toEqual({ bytes: 1200, node: 'last' });
  });

  test('an output that is read again, one nobody reads, one that a subgraph reads', () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [100]], c: ['bool', []] }, outputs: { a: ['float32', null], y: ['float32', null] },
      nodes: [['Neg', ['x'], ['a']], ['Split', ['a'], ['p', 'q'], { num_outputs: 2 }, {}], ['Abs', ['p'], ['unread'], {}, {}], ['If', ['c'], ['y'], {
        then_branch: { graph: buildGraph({ inputs: {}, outputs: { t: ['float32', [50]] }, nodes: [['Neg', ['q'], ['t']]] }) }, else_branch: { graph: buildGraph({ inputs: {}, outputs: { e: ['float32', [50]] }, nodes: [['Abs', ['q'], ['e']]] }) },
      }, { name: 'if' }]], opset: 18,
    };
    expect(activationPeak(modelOf(spec))?.bytes).toBe(400 + 1 + 400 + 3 * 200);
  });

  test('bytes moved: faces and weights once, and every node for itself', () => {
    expect(bytesMoved(modelOf(diamond))).toEqual({ least: 400 + 40 + 8 + 16, everyNode: (400 + 1600) + (1600 + 1600) + (3200 + 1600) + (1600 + 8 + 40) + (40 + 16 + 40) + (40 + 40) });
  });

  test('what depends on weights alone was computed before: Casts of stored halves move nothing and hold nothing', async () => {
    const proto = generateNetwork('abpn-28', { size: [8, 8] }).model;
    const { model } = await compress(proto, 'fp16-storage');
    const [before, after] = [modelOf(proto), modelOf(model.toProto())];
    expect(activationPeak(after)).toEqual(activationPeak(before));
    expect(bytesMoved(after).everyNode).toBe(bytesMoved(before).everyNode);
    expect(bytesMoved(after).least).toBeLessThan(bytesMoved(before).least as number);
  });

  test('open dimensions are said to be unknown, until they are bound', () => {
    const model = modelOf({ inputs: { x: ['float32', ['N', 4]] }, outputs: { y: ['float32', null] }, nodes: [['MatMul', ['x', 'w'], ['y']]], initializers: { w: normal([4, 4], 1) } });
    expect([activationPeak(model), bytesMoved(model)]).toEqual([null, { least: null, everyNode: null }]);
    const bound = new Model(model.toProto());
    inferShapes(bound, { bind: new Map([['x', [3, 4]]]) });
    expect([activationPeak(bound)?.bytes, bytesMoved(bound).least]).toEqual([96, 48 + 48 + 64]);
  });

  test('all figures of a network, before and after', async () => {
    const proto = generateNetwork('abpn-28', { size: [8, 8] }).model;
    const [before, after] = [await modelFigures(modelOf(proto)), await modelFigures((await compress(proto, 'neurons:0.5+fp16-storage')).model)];
    expect(before.parameters).toBe(39_288);
    for (const name of ['parameters', 'macs', 'bytes', 'deflatedBytes', 'entropyBytes', 'leastMovedBytes'] as const) expect(after[name]).toBeLessThan(before[name] as number);
  });
});
