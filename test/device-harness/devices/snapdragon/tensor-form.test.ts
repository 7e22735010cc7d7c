import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { QnnTensor } from '../../../../converters/qnn/artifact.ts';
import { outputArray, rawInput } from '../../../../device-harness/devices/snapdragon/tensors/tensor-form.ts';
import type { NdArray } from '../../../../models/contracts/ndarray.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { buildModel, toBytes } from '../../../support/build-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-tensor-'));
const executor = createHostExecutor();
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const tensor = (changes: Partial<QnnTensor>): QnnTensor => ({ name: 't', onnxName: 't', type: 'float32', dims: [1, 3, 4, 2], axes: [0, 2, 3, 1], scale: null, offset: null, ...changes });
const bytesOf = ({ data }: NdArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** 24 values that ties, clamps and signs lie among; multiples of half a step of the scale 0.25. */
const values = Float32Array.from([0, -0, 0.125, 0.375, 0.625, -0.125, -0.375, 31, 32, 1e9, -1e9, 1.1, 0.1, -7.3, 63.75, -0.0001, 12.5, 3.874999, 3.875, 3.875001, 5, 6, 7, 8]);
const real: NdArray = { dtype: 'float32', dims: [1, 2, 3, 4], data: values };

/** ONNX Runtime is the oracle: Transpose, QuantizeLinear and its inverse. */
describe('tensors at the face of what runs on a phone', () => {
  test.each([
    ['ufixed-8', 'uint8', 128], ['sfixed-8', 'int8', 0], ['sfixed-8', 'int8', -3], ['ufixed-16', 'uint16', 32768], ['sfixed-16', 'int16', 5],
  ] as const)('%s with zero point %s: as QuantizeLinear and Transpose, and back', async (type, dtype, zero) => {
    const path = join(folder, `${type}${zero}.onnx`);
    writeFileSync(path, toBytes(buildModel({
      opset: 21, irVersion: 10, inputs: { x: ['float32', [1, 2, 3, 4]] }, outputs: { q: [dtype, [1, 3, 4, 2]], back: ['float32', [1, 2, 3, 4]] },
      initializers: { s: Tensor.of('float32', [], [0.25]), z: Tensor.of(dtype, [], [zero]) },
      nodes: [['Transpose', ['x'], ['t'], { perm: [0, 2, 3, 1] }], ['QuantizeLinear', ['t', 's', 'z'], ['q']], ['DequantizeLinear', ['q', 's', 'z'], ['d']], ['Transpose', ['d'], ['back'], { perm: [0, 3, 1, 2] }]],
    })));
    const [expected] = await executor.run(path, [new Map([['x', real]])]);
    const face = tensor({ type, scale: 0.25, offset: -zero });
    const raw = rawInput(real, face);
    expect([...raw]).toEqual([...bytesOf(expected?.get('q') as NdArray)]);
    expect(outputArray(raw, face, 'float32')).toEqual(expected?.get('back'));
    expect(outputArray(raw, face, null)).toEqual(expected?.get('back'));
  });

  test('float16 at the face of either side', async () => {
    const path = join(folder, 'half.onnx');
    writeFileSync(path, toBytes(buildModel({
      inputs: { x: ['float32', [1, 2, 3, 4]] }, outputs: { h: ['float16', [1, 3, 4, 2]], f: ['float32', [1, 3, 4, 2]] },
      nodes: [['Transpose', ['x'], ['t'], { perm: [0, 2, 3, 1] }], ['Cast', ['t'], ['h'], { to: 10 }], ['Cast', ['h'], ['f'], { to: 1 }]],
    })));
    const [expected] = await executor.run(path, [new Map([['x', real]])]);
    const half = expected?.get('h') as NdArray;
    expect([...rawInput(real, tensor({ type: 'float16' }))]).toEqual([...bytesOf(half)]);
    const straight = { dims: [1, 3, 4, 2], axes: null };
    expect(outputArray(bytesOf(half), tensor({ type: 'float16', ...straight }), 'float16')).toEqual(half);
    expect(outputArray(bytesOf(half), tensor({ type: 'float16', ...straight }), 'float32')).toEqual(expected?.get('f'));
    expect([...rawInput(half, tensor({ type: 'float32', ...straight }))]).toEqual([...bytesOf(expected?.get('f') as NdArray)]);
  });

  test('whole numbers go as they are, and fixed point of a model with bytes at its face', () => {
    const bytes: NdArray = { dtype: 'uint8', dims: [2, 3], data: Uint8Array.from([0, 1, 2, 253, 254, 255]) };
    const face = tensor({ type: 'ufixed-8', dims: [2, 3], axes: null, scale: 1 / 255, offset: 0 });
    expect([...rawInput(bytes, face)]).toEqual([0, 1, 2, 253, 254, 255]);
    expect(outputArray(bytesOf(bytes), face, 'uint8')).toEqual(bytes);
    const wide: NdArray = { dtype: 'int64', dims: [2], data: BigInt64Array.of(-5n, 2n ** 40n) };
    const narrow = rawInput(wide, tensor({ type: 'int32', dims: [2], axes: null }));
    expect([...new Int32Array(narrow.slice().buffer)]).toEqual([-5, 2 ** 31 - 1]);
    expect(outputArray(new Uint8Array(Int32Array.of(-5, 7).buffer), tensor({ type: 'int32', dims: [2], axes: null }), 'int64')).toEqual({ dtype: 'int64', dims: [2], data: BigInt64Array.of(-5n, 7n) });
    expect(outputArray(Uint8Array.of(1, 0), tensor({ type: 'bool8', dims: [2], axes: null }), 'bool')).toEqual({ dtype: 'bool', dims: [2], data: Uint8Array.of(1, 0) });
  });

  test('NaN has no place in fixed point; other sizes and torn files are errors', () => {
    const odd: NdArray = { dtype: 'float32', dims: [2], data: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY) };
    expect([...rawInput(odd, tensor({ type: 'ufixed-8', dims: [2], axes: null, scale: 1, offset: 0 }))]).toEqual([0, 255]);
    expect(() => rawInput(odd, tensor({}))).toThrow('takes [1, 3, 4, 2]');
    expect(() => outputArray(new Uint8Array(7), tensor({}), null)).toThrow('has 7 bytes');
  });
});
