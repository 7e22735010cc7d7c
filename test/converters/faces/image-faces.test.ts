import { describe, expect, it } from 'vitest';
import type { FaceRequest } from '../../../converters/faces/index.ts';
import { type NdArray, UserError } from '../../../models/contracts/index.ts';
import { type ModelProto, Tensor } from '../../../models/onnx/index.ts';
import { buildModel } from '../../support/build-model.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { convModel, face, opTypes, random } from './apply.ts';
import { contractFor } from './contracts.ts';

describe('nhwc and uint8', () => {
  it('takes the place of transposes that the model has', async () => {
    const proto = buildModel({
      inputs: { x: ['float32', [1, 3, 4, 6]] },
      outputs: { y: ['float32', [1, 5, 4, 6]] },
      initializers: { m: random([3, 5]) },
      nodes: [
        ['Transpose', ['x'], ['t'], { perm: [0, 2, 3, 1] }],
        ['MatMul', ['t', 'm'], ['p']],
        ['Transpose', ['p'], ['y'], { perm: [0, 3, 1, 2] }],
      ],
    });
    const result = await face(proto, [{ kind: 'nhwc' }]);
    expect(opTypes(result)).toEqual(['MatMul']);
    expect(result.comparison?.bitEqual).toBe(true);
    expect(result.model.graph.outputs.map(({ name, stated }) => [name, stated.shape])).toEqual([['y', [1, 4, 6, 5]]]);
  });

  it('keeps an inner use of an output, and refuses what is pixel order already', async () => {
    const proto = buildModel({
      inputs: { x: ['float32', [1, 5, 4, 6]] },
      outputs: { y: ['float32', [1, 5, 4, 6]], z: ['float32', [1, 5, 4, 6]] },
      nodes: [
        ['Relu', ['x'], ['y']],
        ['Neg', ['y'], ['z']],
      ],
    });
    const { comparison, adapter } = await face(proto, [{ kind: 'nhwc' }]);
    expect(comparison?.bitEqual).toBe(true);
    expect(adapter.outputs.map(({ to }) => to.name)).toEqual(['y', 'z']);
    const there = buildModel({
      inputs: { x: ['float32', [1, 8, 8, 3]] },
      outputs: { y: ['float32', [1, 8, 8, 3]] },
      nodes: [['Relu', ['x'], ['y']]],
    });
    await expect(face(there, [{ kind: 'nhwc' }])).rejects.toThrow(UserError);
  });

  it('8 bits follow the contract: range, mean and std per channel, in either layout', async () => {
    const contracts = contractFor('x', { range: [-1, 1], mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 2] });
    for (const requests of [
      [{ kind: 'uint8', outputRange: [-2, 2] }],
      [{ kind: 'nhwc' }, { kind: 'uint8', outputRange: [-2, 2] }],
    ] as FaceRequest[][]) {
      const { model: after, comparison } = await face(convModel([1, 1, 1, 1]), requests, { contracts });
      expect(comparison?.maxAbs).toBeLessThan((4 * 0.5001) / 255);
      const k = ndarray(
        'uint8',
        requests.length === 1 ? [2, 3, 8, 8] : [2, 8, 8, 3],
        Array.from({ length: 384 }, (_, i) => (i * 37) % 256),
      );
      const x = ndarray(
        'float32',
        [2, 3, 8, 8],
        Array.from({ length: 384 }, (_, i) => {
          const [n, c, at] = [Math.floor(i / 192), Math.floor(i / 64) % 3, i % 64];
          const level = Number(k.data[requests.length === 1 ? i : (n * 64 + at) * 3 + c]);
          return (-1 + (level * 2) / 255 - ([0.1, 0.2, 0.3][c] as number)) / ([0.5, 0.25, 2][c] as number);
        }),
      );
      const [before, now] = [
        (await runOrt(convModel([1, 1, 1, 1]), { x })).get('y') as NdArray,
        (await runOrt(after.toProto(), { x: k })).get('y') as NdArray,
      ];
      const at = (i: number): number => (requests.length === 1 ? i : (Math.floor(i / 256) * 64 + (i % 64)) * 4 + (Math.floor(i / 64) % 4));
      const worst = [...before.data].reduce<number>(
        (most, v, i) => Math.max(most, Math.abs(Math.min(Math.max(Number(v), -2), 2) - (-2 + (Number(now.data[at(i)]) * 4) / 255))),
        0,
      );
      expect(worst).toBeLessThan((4 * 0.5001) / 255);
    }
  });

  it('8 bits are refused without a contract, below opset 10, and where there is no float image', async () => {
    await expect(face(convModel([0, 0, 0, 0]), [{ kind: 'uint8' }])).rejects.toThrow(/value range of input "x" is not known/);
    await expect(face(convModel([0, 0, 0, 0], { opset: 9 }), [{ kind: 'uint8' }], { contracts: contractFor('x') })).rejects.toMatchObject({
      nextSteps: ['Raise it: --opset 13.'],
    });
    const raised = await face(convModel([0, 0, 0, 0], { opset: 9 }), [{ kind: 'uint8' }], { contracts: contractFor('x'), opset: 13 });
    expect(raised.comparison?.maxAbs).toBeLessThan(0.5001 / 255);
    const ids = buildModel({ inputs: { x: ['int64', [3]] }, outputs: { y: ['int64', [3]] }, nodes: [['Neg', ['x'], ['y']]] });
    await expect(face(ids, [{ kind: 'uint8' }])).rejects.toThrow(UserError);
  });

  it('8 bits behind a cut follow the range through the layers that were cut away', async () => {
    const proto = buildModel({
      inputs: { x: ['float32', [1, 3, 8, 8]] },
      outputs: { y: ['float32', [1, 3, 8, 8]] },
      initializers: { k: Tensor.of('float32', [], [255]), t: Tensor.of('float32', [3, 1, 1], [0, 10, -10]) },
      nodes: [
        ['Sigmoid', ['x'], ['s']],
        ['Mul', ['s', 'k'], ['m']],
        ['Add', ['m', 't'], ['y']],
      ],
    });
    const { adapter, comparison } = await face(proto, [{ kind: 'cut-at', tensor: 's' }, { kind: 'uint8' }], {
      contracts: contractFor('x'),
    });
    expect(adapter.outputs[0]?.lossy).toEqual({ low: -10, high: 265 });
    expect(comparison?.maxAbs).toBeGreaterThan(0.4);
    expect(comparison?.maxAbs).toBeLessThan(0.51);
  });

  it('leaves types alone that steps do not know', async () => {
    const proto = buildModel({
      inputs: { x: ['float64', [1, 3, 8, 8]] },
      outputs: { y: ['float64', [1, 3, 8, 8]] },
      nodes: [['Sigmoid', ['x'], ['y']]],
    });
    for (const kind of ['nhwc', 'uint8', 'hoist-input'] as const)
      await expect(face(proto, [{ kind }], { contracts: contractFor('x') })).rejects.toThrow(UserError);
  });

  it('an input that is an output too keeps its face', async () => {
    const proto = convModel([0, 0, 0, 0], { outputs: { y: ['float32', [2, 4, 6, 6]], x: ['float32', [2, 3, 8, 8]] } });
    for (const request of [{ kind: 'nhwc' }, { kind: 'uint8' }, { kind: 'embed-norm', mean: [0.5], std: [0.5] }] as FaceRequest[]) {
      await expect(face(proto, [request], { contracts: contractFor('x') })).rejects.toThrow(/cannot be changed/);
    }
  });
});

describe('half precision', () => {
  const half = (): ModelProto =>
    convModel([1, 1, 1, 1], {
      inputs: { x: ['float16', [2, 3, 8, 8]] },
      outputs: { y: ['float16', [2, 4, 8, 8]] },
      initializers: {
        w: Tensor.of('float16', [4, 3, 3, 3], random([4, 3, 3, 3]).numbers()),
        b: Tensor.of('float16', [4], random([4], 2).numbers()),
      },
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
  const dynamic = (): ModelProto =>
    convModel([1, 1, 1, 1], { inputs: { x: ['float32', ['n', 3, 'h', 'w']] }, outputs: { y: ['float32', ['n', 4, 'h', 'w']] } });

  it('fixes inputs, outputs, ports and contracts', async () => {
    const {
      model: after,
      adapter,
      contracts,
      comparison,
    } = await face(dynamic(), [{ kind: 'static', shapes: new Map([['x', [2, 3, 5, 7]]]) }], { contracts: contractFor('x') });
    expect([...after.graph.inputs, ...after.graph.outputs].map(({ stated }) => stated.shape)).toEqual([
      [2, 3, 5, 7],
      [2, 4, 5, 7],
    ]);
    expect([adapter.inputs[0]?.to.dims, adapter.outputs[0]?.from.dims]).toEqual([
      [2, 3, 5, 7],
      [2, 4, 5, 7],
    ]);
    expect(contracts.get('x')?.shape).toEqual([2, 3, 5, 7]);
    expect(comparison?.bitEqual).toBe(true);
  });

  it('prints the flag that mends it', async () => {
    await expect(face(dynamic(), [{ kind: 'static', shapes: new Map([['x', [1, 4, 5, 7]]]) }])).rejects.toMatchObject({
      nextSteps: [expect.stringContaining('--static x=')],
    });
  });
});
