import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal.js';
import { afterAll, describe, expect, it } from 'vitest';
import { DTYPE_CODES } from '../../../models/contracts/dtype.ts';
import { onnx } from '../../../models/onnx/generated/onnx-ml.js';
import { encodeModel, payloadLength, readModel, Tensor, type TensorProto, tensorBytes } from '../../../models/onnx/index.ts';
import { fixture } from '../../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-payload-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Typed-field tensors made by onnx.helper, with the raw data that onnx.numpy_helper makes of them. */
const cases = JSON.parse(readFileSync(fixture('onnx', 'typed-tensors.json'), 'utf8')) as { type: string; message: string; raw: string }[];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const decode = (base64: string): TensorProto => onnx.TensorProto.decode(protobuf.Reader.create(Buffer.from(base64, 'base64')));

describe('values in typed fields become the raw data that onnx makes of them', () => {
  it('covers every element type but string and the two that onnx itself has no arrays for', () => {
    const without = new Set(['string', 'float6e2m3', 'float6e3m2']);
    expect(new Set(cases.map((c) => c.type)).size).toBe(Object.keys(DTYPE_CODES).filter((name) => !without.has(name)).length);
  });

  it.each(cases)('$type', ({ message, raw }) => {
    const tensor = decode(message);
    expect(hex(tensorBytes(tensor))).toBe(raw);
    expect(payloadLength(tensor)).toBe(raw.length / 2);
  });

  it.each(cases)('$type, left in the file', ({ message, raw }) => {
    const tensor = decode(message);
    const path = join(folder, 'typed.onnx');
    const whole = { irVersion: 10, opsetImport: [{ version: 20 }], graph: { name: 'g', initializer: [tensor] } };
    writeFileSync(path, encodeModel(whole));
    const model = readModel(path, { leaveInFile: 1 });
    const read = model.proto.graph?.initializer?.[0] as TensorProto;
    expect(hex(tensorBytes(read))).toBe(raw);
    expect(hex(encodeModel(model.proto))).toBe(hex(encodeModel(whole)));
    model.close();
  });
});

describe('refusals', () => {
  it('names tensor, type and sizes where data and dimensions disagree', () => {
    expect(() => tensorBytes({ name: 'w', dataType: 1, dims: [3], rawData: new Uint8Array(8) })).toThrow(
      'Tensor "w" holds 8 bytes; float32[3] needs 12.',
    );
    expect(() => tensorBytes({ name: 'w', dataType: 1, dims: [2], floatData: [1, 2, 3] })).toThrow('holds 12 bytes; float32[2] needs 8');
    expect(() => tensorBytes({ name: 'w', dataType: 7, dims: [] })).toThrow('holds 0 bytes; int64[] needs 8');
  });

  it('refuses strings and element types that it does not know', () => {
    expect(() => tensorBytes({ name: 's', dataType: 8, dims: [1], stringData: [new Uint8Array(1)] })).toThrow('Tensor "s" holds strings');
    expect(() => tensorBytes({ name: 's', dataType: 99, dims: [1] })).toThrow('element type 99');
    expect(payloadLength({ dataType: 8, dims: [4] })).toBeNull();
  });

  it('refuses external data of a message that came without its file', () => {
    expect(() =>
      tensorBytes({ name: 'e', dataType: 1, dims: [1], dataLocation: 1, externalData: [{ key: 'location', value: 'x' }] }),
    ).toThrow('folder of its model is not known');
  });
});

it('empty tensors and scalars have the bytes they should', () => {
  expect(tensorBytes({ dataType: 1, dims: [0, 3] })).toHaveLength(0);
  expect(hex(tensorBytes({ dataType: 6, dims: [], int32Data: [-2] }))).toBe('feffffff');
});

it('a renamed tensor stays in the file and keeps its form', () => {
  const path = join(folder, 'renamed.onnx');
  writeFileSync(
    path,
    encodeModel({
      irVersion: 8,
      opsetImport: [{ version: 17 }],
      graph: { initializer: [{ name: 'a', dataType: 1, dims: [2], floatData: [1, 2] }] },
    }),
  );
  const model = readModel(path, { leaveInFile: 1 });
  const renamed = Tensor.fromProto(model.proto.graph?.initializer?.[0] as TensorProto).toProto('b');
  const written = encodeModel({ graph: { initializer: [renamed] } });
  const read = onnx.ModelProto.decode(protobuf.Reader.create(Buffer.from(written))).graph?.initializer?.[0];
  expect([read?.name, read?.floatData, read?.rawData?.length]).toEqual(['b', [1, 2], 0]);
  model.close();
});

it('whoever takes a stand-in for the values is told so', () => {
  const path = join(folder, 'loud.onnx');
  const initializer = [
    { name: 'a', dataType: 1, dims: [2], floatData: [1, 2] },
    { name: 'b', dataType: 1, dims: [1], rawData: new Uint8Array(4) },
  ];
  writeFileSync(path, encodeModel({ irVersion: 8, opsetImport: [{ version: 17 }], graph: { initializer } }));
  const model = readModel(path, { leaveInFile: 1 });
  for (const tensor of model.proto.graph?.initializer ?? [])
    expect(() => onnx.TensorProto.encode(tensor).finish()).toThrow('lies in a file');
  model.close();
});
