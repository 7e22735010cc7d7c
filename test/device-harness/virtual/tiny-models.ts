import type { QnnTensor } from '../../../converters/qnn/artifact.ts';
import type { ModelProto } from '../../../models/onnx/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { Prng } from '../../../models/run/index.ts';
import { buildModel, type NodeSpec } from '../../support/build-model.ts';

/** Two convolutions and a DepthToSpace, 16×16 to 32×32: a compilation of a third of a second. */
export function tinyModel(seed = 1): ModelProto {
  const nodes: NodeSpec[] = [
    ['Conv', ['x', 'w1'], ['a'], { pads: [1, 1, 1, 1] }, { name: '/first/Conv' }],
    ['Relu', ['a'], ['b'], {}, { name: '/Relu' }],
    ['Conv', ['b', 'w2'], ['c'], { pads: [1, 1, 1, 1] }, { name: '/last/Conv' }],
    ['DepthToSpace', ['c'], ['y'], { blocksize: 2, mode: 'CRD' }, { name: '/DepthToSpace' }],
  ];
  return buildModel({
    inputs: { x: ['float32', [1, 3, 16, 16]] }, outputs: { y: ['float32', [1, 3, 32, 32]] }, nodes,
    initializers: { w1: Tensor.of('float32', [8, 3, 3, 3], noise(seed, 216, 0.2)), w2: Tensor.of('float32', [12, 8, 3, 3], noise(seed + 1, 864, 0.2)) },
  });
}

/** Fixed-point values at the face: the quantizer of the input and the dequantizer of the output stay outside of the compiled graph. */
export function tinyQuantized(): ModelProto {
  const scalar = (value: number): Tensor => Tensor.of('float32', [], Float32Array.of(value));
  const zero = (value: number): Tensor => Tensor.of('uint8', [], Uint8Array.of(value));
  const nodes: NodeSpec[] = [
    ['QuantizeLinear', ['x', 'sx', 'zx'], ['xq'], {}, { name: 'xq' }], ['DequantizeLinear', ['xq', 'sx', 'zx'], ['xd'], {}, { name: 'xd' }],
    ['DequantizeLinear', ['w', 'sw', 'zw'], ['wd'], {}, { name: 'wd' }], ['Conv', ['xd', 'wd'], ['a'], { pads: [1, 1, 1, 1] }, { name: '/Conv' }],
    ['QuantizeLinear', ['a', 'sy', 'zy'], ['aq'], {}, { name: 'aq' }], ['DequantizeLinear', ['aq', 'sy', 'zy'], ['y'], {}, { name: 'yd' }],
  ];
  const weights = Int8Array.from(noise(5, 216, 100), Math.round);
  return buildModel({
    inputs: { x: ['float32', [1, 3, 16, 16]] }, outputs: { y: ['float32', [1, 8, 16, 16]] }, nodes,
    initializers: { sx: scalar(0.02), zx: zero(128), sy: scalar(0.05), zy: zero(121), sw: scalar(0.004), zw: Tensor.of('int8', [], Int8Array.of(0)), w: Tensor.of('int8', [8, 3, 3, 3], weights) },
  });
}

export function noise(seed: number, count: number, spread = 1): Float32Array {
  const prng = new Prng(seed);
  return Float32Array.from({ length: count }, () => spread * prng.normal());
}

export function floatTensor(name: string, dims: readonly number[], more: Partial<QnnTensor> = {}): QnnTensor {
  return { name, onnxName: name, type: 'float32', dims, axes: null, scale: null, offset: null, ...more };
}

export function bytes(array: ArrayBufferView): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** A raw file of float32. */
export function floats(file: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(file).buffer);
}
