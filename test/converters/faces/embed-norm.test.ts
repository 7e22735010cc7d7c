import { describe, expect, it } from 'vitest';
import type { FaceRequest } from '../../../converters/faces/index.ts';
import { type NdArray, UserError } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { relativeToRange } from '../../support/compare.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { convModel, face, opTypes, random } from './apply.ts';
import { contractFor } from './contracts.ts';

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
    const p = ndarray(
      'float32',
      x.dims,
      Array.from(x.data as Float32Array, (v, i) => {
        const c = Math.floor(i / 64) % 3;
        return v * ([0.229, 0.224, 0.225][c] as number) + ([0.485, 0.456, 0.406][c] as number);
      }),
    );
    const [before, after] = [await runOrt(old, { x }), await runOrt(model.toProto(), { x: p })];
    expect(relativeToRange(after.get('y') as NdArray, before.get('y') as NdArray)).toBeLessThan(1e-5);
  });

  it('stays in front of an input that feeds two layers, and of shared weights', async () => {
    const two = convModel([0, 0, 0, 0], {
      outputs: { y: ['float32', [2, 4, 6, 6]], z: ['float32', [2, 3, 8, 8]] },
      nodes: [
        ['Conv', ['x', 'w', 'b'], ['y'], { kernel_shape: [3, 3] }],
        ['Relu', ['x'], ['z']],
      ],
    });
    expect(opTypes(await face(two, [norm])).slice(0, 2)).toEqual(['Sub', 'Div']);
    const shared = convModel([0, 0, 0, 0], {
      outputs: { y: ['float32', [2, 4, 6, 6]], z: ['float32', [4, 3, 3, 3]] },
      nodes: [
        ['Conv', ['x', 'w', 'b'], ['y'], { kernel_shape: [3, 3] }],
        ['Neg', ['w'], ['z']],
      ],
    });
    expect(opTypes(await face(shared, [norm]))).toEqual(['Conv', 'Neg']);
  });

  it('takes the normalisation back that hoist-input took out: nothing is left for the caller', async () => {
    const model = convModel([1, 1, 1, 1], {
      nodes: [
        ['Sub', ['x', 'm'], ['c']],
        ['Div', ['c', 's'], ['n']],
        ['Conv', ['n', 'w', 'b'], ['y'], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }],
      ],
      initializers: {
        w: random([4, 3, 3, 3]),
        b: random([4], 2),
        m: Tensor.of('float32', [3, 1, 1], [0.485, 0.456, 0.406]),
        s: Tensor.of('float32', [3, 1, 1], [0.229, 0.224, 0.225]),
      },
    });
    const hoisted = await face(model, [{ kind: 'hoist-input' }], { contracts: contractFor('x') });
    expect(hoisted.adapter.inputs[0]?.steps.map((step) => 'op' in step && step.op)).toEqual(['subtract', 'divide']);
    expect(hoisted.contracts.get('x')).toMatchObject({
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      range: [0, 1],
      kind: 'image',
    });
    expect(opTypes(hoisted)).toEqual(['Conv']);
    const both = await face(model, [{ kind: 'hoist-input' }, norm], { contracts: contractFor('x') });
    expect(both.adapter.inputs[0]?.steps).toEqual([]);
    expect(both.contracts.get('x')).toMatchObject({ mean: [0, 0, 0], std: [1, 1, 1] });
    expect(opTypes(both)).toEqual(['Sub', 'Conv']);
  });

  it('refuses to do nothing', async () => {
    await expect(face(convModel([0, 0, 0, 0]), [{ kind: 'embed-norm', mean: [0], std: [1, 1, 1] }])).rejects.toThrow(/change nothing/);
  });

  it('refuses numbers that do not fit, and inputs that are none', async () => {
    await expect(face(convModel([0, 0, 0, 0]), [{ kind: 'embed-norm', mean: [1, 2], std: [1] }])).rejects.toThrow(
      /3 channels, --embed-norm MEAN gives 2/,
    );
    await expect(face(convModel([0, 0, 0, 0]), [{ ...norm, input: 'nope' } as FaceRequest])).rejects.toThrow(UserError);
    const bytes = convModel([0, 0, 0, 0], {
      inputs: { x: ['uint8', [2, 3, 8, 8]] },
      nodes: [
        ['Cast', ['x'], ['f'], { to: 1 }],
        ['Conv', ['f', 'w', 'b'], ['y'], {}],
      ],
    });
    await expect(face(bytes, [norm])).rejects.toMatchObject({
      nextSteps: expect.arrayContaining([expect.stringContaining('--hoist-input')]),
    });
  });
});
