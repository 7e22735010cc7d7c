import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Feature, type MilOperation, type MilTensorType, readPackage } from '../../../../converters/coreml/index.ts';
import { fixture } from '../../../support/paths.ts';

/** What coremltools' own protobuf classes say: test/fixtures/coreml-packages/make-packages.py. */
interface Facts {
  readonly specification: number;
  readonly kind: string;
  readonly features: readonly (readonly (readonly unknown[])[])[];
  readonly custom: Readonly<Record<string, string>>;
  readonly functions: Readonly<Record<string, { readonly opset: string; readonly operations: readonly unknown[] }>>;
  readonly layers?: Readonly<Record<string, number>>;
}

const facts = JSON.parse(readFileSync(fixture('coreml-packages', 'facts.json'), 'utf8')) as Readonly<Record<string, Facts>>;
const own = (name: string): string => fixture('coreml-packages', name);

describe.each(Object.entries(facts))('%s', (path, expected) => {
  const model = readPackage(fixture(path));

  test('kind, version, features and metadata are what coremltools reads', () => {
    expect(model.kind).toBe(expected.kind);
    expect(model.specification).toBe(expected.specification);
    expect(Object.fromEntries(model.metadata.custom)).toEqual(expected.custom);
    expect(model.functions.map(({ inputs, outputs, states }) => [inputs, outputs, states].map((features) => features.map(featureFacts)))).toEqual(expected.features);
  });

  test('functions, operations and types are what coremltools reads', () => {
    const functions = Object.fromEntries([...(model.program?.functions ?? [])].map(([name, { opset, body }]) => [name, { opset, operations: body.operations.map(operationFacts) }]));
    expect(functions).toEqual(expected.functions);
  });
});

function featureFacts({ name, type }: Feature): unknown[] {
  if (type.kind === 'image') {
    const flexible = type.flexible ? { enumerated: 'enumeratedSizes', range: 'imageSizeRange' }[type.flexible.kind] : null;
    return [name, 'image', type.color, [type.height, type.width], flexible];
  }
  if (type.kind !== 'array' && type.kind !== 'state') return [name, type.kind];
  const flexible = type.flexible ? { enumerated: 'enumeratedShapes', range: 'shapeRange' }[type.flexible.kind] : null;
  return [name, type.kind === 'state' ? 'stateType' : 'multiArrayType', type.dtype.toUpperCase(), type.shape, flexible];
}

function operationFacts({ type, inputs, outputs }: MilOperation): unknown[] {
  return [type, [...inputs.keys()].sort(), outputs.map(({ name, type: output }) => [name, output.kind === 'tensor' ? tensorFacts(output) : `${output.kind}Type`])];
}

function tensorFacts({ dtype, shape }: MilTensorType): string {
  return `${dtype.replace(/^fp(16|32)$/, 'float$1')}[${(shape ?? []).map((dim) => dim ?? '?').join(', ')}]`;
}

test('ranges, listed sizes and scales', () => {
  expect(readPackage(own('range.mlpackage')).functions[0]?.inputs[0]?.type).toMatchObject({
    shape: [1, 3, 32, 24], flexible: { kind: 'range', ranges: [[1, 1], [3, 3], [16, 64], [8, 128]] },
  });
  expect(readPackage(own('enumerated.mlpackage')).functions[0]?.inputs[0]?.type).toMatchObject({ flexible: { kind: 'enumerated', shapes: [[16, 24], [32, 32]] } });
});

test('metadata, default function, shared weights, system', () => {
  const { metadata, system } = readPackage(own('plain.mlpackage'));
  expect(metadata).toMatchObject({ author: 'somebody', license: 'MIT', version: '1.2', description: 'doubles the size' });
  expect(system).toBe('iOS 16');
  const functions = readPackage(own('functions.mlpackage'));
  expect([...(functions.program?.functions.keys() ?? [])].sort()).toEqual(['large', 'small']);
  expect(functions.defaultFunction).toBe('large');
  expect([...functions.weightFiles]).toEqual([[join('Data', 'com.apple.CoreML', 'weights', 'weight.bin'), 832]]);
});

test('a neural network is summarised', () => {
  const { network, program } = readPackage(own('network.mlmodel'));
  expect(program).toBeNull();
  expect(network).toMatchObject({ layers: 2, kinds: facts['coreml-packages/network.mlmodel']?.layers, preprocessing: [{ feature: 'x', scale: 0.5, bias: [1, 2, 3] }] });
  // 216 weights and 8 biases of float32
  expect(network?.parameterBytes).toBeGreaterThan(224 * 4);
  expect(network?.parameterBytes).toBeLessThan(224 * 4 + 100);
});
