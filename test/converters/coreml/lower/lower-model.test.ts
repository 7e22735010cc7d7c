import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loweredOperators } from '../../../../converters/coreml/lower/catalog.ts';
import { type LowerOptions, lowerModel } from '../../../../converters/coreml/lower/lower-model.ts';
import { cleanName, Names } from '../../../../converters/coreml/lower/names.ts';
import { WeightsFile } from '../../../../converters/coreml/lower/weights-file.ts';
import type { Operation, PlanFunction } from '../../../../converters/coreml/plan.ts';
import { raised } from '../../../../converters/coreml/prepare.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type ModelSpec } from '../../../support/build-model.ts';
import { repoRoot } from '../../../support/paths.ts';

const ones = (...dims: number[]): Tensor => Tensor.of('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1));

function lowered(spec: ModelSpec, options: Partial<LowerOptions> = {}): PlanFunction {
  return lowerModel(raised(buildModel(spec)), { opset: 'iOS16', ...options }).plan.functions[0] as PlanFunction;
}

const types = (main: PlanFunction): string[] => main.operations.map(({ op }: Operation) => op);

describe('a plan', () => {
  test('writes every optional input of a convolution out, says where it comes from and what it yields', () => {
    const main = lowered({ inputs: { x: ['float32', [1, 4, 6, 6]] }, outputs: { '/y': ['float32', null] }, nodes: [['Conv', ['x', 'w', 'b'], ['/y'], { group: 2, auto_pad: 'SAME_UPPER' }, { name: '/c' }]], initializers: { w: ones(4, 2, 3, 3), b: ones(4) } });
    expect(main.operations).toMatchObject([{
      op: 'conv', name: 'y', source: '/c', sourceType: 'Conv', outputs: [{ name: 'y', dtype: 'fp32', shape: [1, 4, 6, 6] }],
      inputs: {
        strides: { immediate: { dtype: 'int32', value: [1, 1] } }, pad_type: { immediate: { value: 'custom' } }, pad: { immediate: { value: [1, 1, 1, 1] } }, dilations: { immediate: { value: [1, 1] } },
        groups: { immediate: { value: 2 } }, weight: { ref: 'w' }, bias: { ref: 'b' },
      },
    }]);
    expect([main.inputs, main.outputs]).toMatchObject([[{ name: 'x', source: 'x', faceDtype: 'fp32' }], [{ name: 'y', source: '/y' }]]);
  });

  test('has one constant for a weight that two layers share, and none for what nobody uses', () => {
    const spec: ModelSpec = { inputs: { x: ['float32', [1, 4, 6, 6]] }, outputs: { y: ['float32', null] }, nodes: [['Conv', ['x', 'w'], ['a']], ['Conv', ['a', 'w'], ['y']], ['Conv', ['a', 'v'], ['unused']]], initializers: { w: ones(4, 4, 1, 1), v: ones(4, 4, 1, 1) } };
    const { plan } = lowerModel(raised(buildModel(spec)), { opset: 'iOS16' });
    expect(plan.constants.map(({ name, source, dims }) => [name, source, dims])).toEqual([['w', 'w', [4, 4, 1, 1]]]);
  });

  test('keeps to the operator set: argmax has its output type from iOS 17 on, gather its checks', () => {
    const spec: ModelSpec = { inputs: { x: ['float32', [3, 4]] }, outputs: { y: ['int64', null] }, nodes: [['Gather', ['x', 'i'], ['g']], ['ArgMax', ['g'], ['y'], { axis: 1 }]], initializers: { i: Tensor.of('int64', [3], [2, 0, 1]) } };
    const keys = (opset: LowerOptions['opset']): string[][] => lowered(spec, { opset }).operations.map(({ inputs }) => Object.keys(inputs));
    expect(keys('iOS15')).toEqual([['x', 'indices', 'axis'], ['x', 'axis', 'keep_dims']]);
    expect(keys('iOS17')).toEqual([['x', 'indices', 'axis', 'batch_dims', 'validate_indices'], ['x', 'axis', 'keep_dims', 'output_dtype']]);
  });

  test('a product with a constant is linear, or a convolution by wish; above rank 3 a matmul', () => {
    const spec = (shape: number[]): ModelSpec => ({ inputs: { x: ['float32', shape] }, outputs: { y: ['float32', null] }, nodes: [['MatMul', ['x', 'w'], ['y']]], initializers: { w: ones(4, 5) } });
    expect(types(lowered(spec([2, 3, 4])))).toContain('linear');
    expect(types(lowered(spec([2, 3, 4]), { linearAs: 'conv' }))).toEqual(['reshape', 'transpose', 'conv', 'transpose', 'reshape']);
    expect(types(lowered(spec([2, 2, 3, 4])))).toEqual(['matmul']);
  });

  test('an initializer that callers could feed is a constant, and that is said', () => {
    const spec: ModelSpec = { inputs: { x: ['float32', [2]], k: ['float32', [2]] }, outputs: { y: ['float32', null] }, nodes: [['Add', ['x', 'k'], ['y']]], initializers: { k: ones(2) } };
    const { plan, notes } = lowerModel(raised(buildModel(spec)), { opset: 'iOS16' });
    expect(plan.functions[0]?.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(notes).toEqual([expect.stringContaining('"k" could be fed')]);
  });

  test('what comes behind a node that is refused is looked at, too', () => {
    const spec: ModelSpec = { inputs: { x: ['float32', [1, 3, 4, 4]] }, outputs: { y: ['float32', [1, 3, 8, 8]] }, nodes: [['Det', ['x'], ['d'], {}, { name: 'det' }], ['Add', ['x', 'd'], ['a']], ['Resize', ['x', '', 's'], ['r'], { mode: 'cubic' }, { name: 'cubic' }], ['Add', ['r', 'r'], ['y']]], initializers: { s: Tensor.of('float32', [4], [1, 1, 2, 2]) }, valueInfo: { d: ['float32', [1, 3]] } };
    expect(() => lowered({ ...spec, outputs: { ...spec.outputs, a: ['float32', null] } })).toThrow(/Det \(det\)[\s\S]*Resize \(cubic\): Core ML has no cubic/);
  });
});

test('names: valid, unique, no word of MIL, the model’s own where it can be', () => {
  expect(['/a/b.1', '1x', '_ok', 'tensor', '', '::', 'é'].map(cleanName)).toEqual(['a_b_1', 'v1x', '_ok', 'tensor_', 'v', '__', '_']);
  const names = new Names();
  expect([names.claim('a'), names.claim('a'), names.unique('a'), names.unique('a'), names.claim('a_2'), names.unique('a')]).toEqual([true, false, 'a_2', 'a_3', false, 'a_4']);
});

test('the weights file: blobs at multiples of 64, read back as given', () => {
  const file = new WeightsFile();
  const blobs = [Uint8Array.of(1, 2, 3), new Uint8Array(64).fill(7), new Uint8Array(0)].map((bytes) => file.add('uint8', [bytes.length], bytes));
  expect(blobs.map(({ offset, bytes }) => [offset, bytes])).toEqual([[0, 3], [64, 64], [128, 0]]);
  expect(blobs.map((blob) => [...file.read(blob)].length)).toEqual([3, 64, 0]);
});

test('the operators that docs/coreml.md lists are those that are lowered', () => {
  const [, list = ''] = /with the reason:\n\n([\s\S]*?)\./.exec(readFileSync(join(repoRoot, 'docs/coreml.md'), 'utf8')) ?? [];
  expect(list.split(/,\s+/)).toEqual(loweredOperators());
});
