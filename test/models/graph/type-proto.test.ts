import { expect, test } from 'vitest';
import type { Dim, ValueType } from '../../../models/graph/index.ts';
import { readType, writeType } from '../../../models/graph/type-proto.ts';
import { onnx } from '../../../models/onnx/generated/onnx-ml.js';

const tensor = (dtype: ValueType['dtype'], shape: readonly Dim[] | null): ValueType => ({ kind: 'tensor', dtype, shape });
const through = (type: ValueType): ValueType => {
  const bytes = onnx.ValueInfoProto.encode({ name: 'v', type: writeType(type) } as onnx.ValueInfoProto).finish();
  return readType(onnx.ValueInfoProto.decode(bytes));
};

test.each([tensor('float32', [1, 'N', null, 0]), tensor('int4', []), tensor('bool', null), tensor(null, ['H'])])(
  '%o comes back from a file',
  (type) => {
    expect(through(type)).toEqual(type);
  },
);

test('what is absent is unknown', () => {
  expect(readType({ name: 'v' })).toEqual(tensor(null, null));
  expect(readType({ name: 'v', type: { tensorType: {} } })).toEqual(tensor(null, null));
  expect(readType({ name: 'v', type: { tensorType: { elemType: 1, shape: {} } } })).toEqual(tensor('float32', []));
  expect(readType({ name: 'v', type: { sequenceType: {} } }).kind).toBe('other');
  expect(readType({ name: 'v', type: { tensorType: { elemType: 999 } } }).dtype).toBeNull();
});

test.each(['?', 'None', '-1', '*', ''])('"%s" names no dimension', (dimParam) => {
  expect(readType({ name: 'v', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam }, { dimValue: -1 }] } } } }).shape).toEqual([
    null,
    null,
  ]);
});
