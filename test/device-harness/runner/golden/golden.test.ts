import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { methodCases } from './method-cases.ts';
import { pixelCases } from './pixel-cases.ts';

describe('golden cases', () => {
  it('of the warm-up end in all three ways, with runs before', () => {
    const ends = methodCases().warmUp.map(({ states }) => states.at(-1));
    expect(new Set(ends)).toEqual(new Set(['stable', 'gave up']));
    expect(methodCases().warmUp.some(({ states }) => states.length > 100)).toBe(true);
  });

  it.each(pixelCases().map((one, i) => [i, one] as const))('of pixels agree with ONNX Runtime: case %i', async (_, one) => {
    const { face, width, height } = one;
    const pixels = Float32Array.from(Buffer.from(one.rgba, 'hex'));
    const channels = face.channels.length;
    const shape = (values: readonly number[]): Tensor => Tensor.fromNdArray({ dtype: 'float32', dims: [1, channels, 1, 1], data: Float32Array.from(values) });
    const int64 = (values: readonly number[]): Tensor => Tensor.fromNdArray({ dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) });
    const [b, rows, columns] = [face.block, height / face.block, width / face.block];
    const outer = face.order === 'DCR' ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
    const model = buildModel({
      inputs: { x: ['float32', [1, height, width, 4]] },
      outputs: { y: [face.dtype, one.dims] },
      initializers: {
        picks: int64(face.channels), scale: shape(face.scale), bias: shape(face.bias), split: int64([1, channels, rows, b, columns, b]), joined: int64([1, channels * b * b, rows, columns]),
      },
      nodes: [
        ['Gather', ['x', 'picks'], ['picked'], { axis: 3 }],
        ['Transpose', ['picked'], ['planes'], { perm: [0, 3, 1, 2] }],
        ['Mul', ['planes', 'scale'], ['scaled']],
        ['Add', ['scaled', 'bias'], ['shifted']],
        ['Reshape', ['shifted', 'split'], ['blocks']],
        ['Transpose', ['blocks'], ['moved'], { perm: outer }],
        ['Reshape', ['moved', 'joined'], ['nchw']],
        ['Transpose', ['nchw'], ['ordered'], { perm: face.layout === 'NCHW' ? [0, 1, 2, 3] : [0, 2, 3, 1] }],
        ['Cast', ['ordered'], ['y'], { to: face.dtype === 'float16' ? 10 : 1 }],
      ],
    });
    const { y } = Object.fromEntries(await runOrt(model, { x: ndarray('float32', [1, height, width, 4], pixels) }));
    expect(y?.dims).toEqual(one.dims);
    expect(Buffer.from(y?.data.buffer as ArrayBuffer, y?.data.byteOffset, y?.data.byteLength).toString('hex')).toBe(one.array);
  });
});
