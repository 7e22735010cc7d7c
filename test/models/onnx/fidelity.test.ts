import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cloneMessage, decodeModel, encodeModel, type GraphProto, type ModelProto, readModel } from '../../../models/onnx/index.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const at = temporaryFolder();

/** A length-delimited field by hand. */
const field = (number: number, ...content: (Uint8Array | string)[]): Buffer => {
  const body = Buffer.concat(content.map((c) => Buffer.from(c as string)));
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
};
const integer = (number: number, value: number | bigint): Buffer => Buffer.concat([varint(number * 8), varint(value)]);

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const model = (graph: Buffer, ...more: Buffer[]): Buffer =>
  Buffer.concat([integer(1, 8), field(7, graph), field(8, integer(2, 17)), ...more]);

describe('what the schema does not know is kept', () => {
  const unknown = Buffer.concat([integer(900, 7), field(901, 'later'), Buffer.from([0xad, 0x38, 1, 2, 3, 4])]);
  const node = field(1, field(1, 'x'), field(2, 'y'), field(4, 'Relu'), unknown);
  const bytes = model(
    Buffer.concat([node, field(2, 'g'), field(5, integer(1, 1), integer(2, 2), field(8, 'w'), field(9, 'A'), unknown), unknown]),
    unknown,
  );

  it('at the end of every kind of message, byte for byte', () => {
    expect(Buffer.compare(encodeModel(decodeModel(bytes).proto), bytes)).toBe(0);
  });

  it('also when payloads stay in the file', () => {
    writeFileSync(at('m.onnx'), bytes);
    const read = readModel(at('m.onnx'), { leaveInFile: 1 });
    expect(Buffer.compare(encodeModel(read.proto), bytes)).toBe(0);
    read.close();
  });

  it('in a message of which another field was changed', () => {
    const { proto } = decodeModel(bytes);
    const graph = cloneMessage(proto.graph as GraphProto, { name: 'renamed' });
    const written = Buffer.from(encodeModel(cloneMessage(proto, { graph })));
    expect(written.includes('renamed')).toBe(true);
    expect(written.toString('latin1').split(unknown.toString('latin1'))).toHaveLength(5);
  });

  it('and values of enumerations that came later', () => {
    const attribute = field(5, field(1, 'a'), integer(20, 99));
    const future = model(field(1, field(4, 'Op'), attribute));
    expect(Buffer.compare(encodeModel(decodeModel(future).proto), future)).toBe(0);
  });
});

it('64-bit integers keep every digit', () => {
  const ints = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -1n].map((value) => integer(8, value));
  const bytes = model(field(1, field(4, 'Slice'), field(5, field(1, 'ends'), ...ints, integer(20, 7))));
  expect(Buffer.compare(encodeModel(decodeModel(bytes).proto), bytes)).toBe(0);
});

describe('names that are not UTF-8 keep their bytes', () => {
  const names = ['ff', '41ff42', 'c3', 'e282', 'eda080', 'f8888080', 'efbfbd', 'c080', 'f09f9880ff', 'efbbbf41'].map((hex) =>
    Buffer.from(hex, 'hex'),
  );

  it.each(names.map((name) => [name.toString('hex'), name] as const))('%s', (_hex, name) => {
    const bytes = model(Buffer.concat([field(1, field(1, name), field(4, 'Relu')), field(2, name)]));
    const { proto } = decodeModel(bytes);
    expect(Buffer.compare(encodeModel(proto), bytes)).toBe(0);
    expect(proto.graph?.name).toBe(proto.graph?.node?.[0]?.input?.[0]);
  });

  it('and two different ones stay different', () => {
    const bytes = model(field(1, field(1, Buffer.from([0xfe])), field(1, Buffer.from([0xff])), field(4, 'Add')));
    const [a, b] = decodeModel(bytes).proto.graph?.node?.[0]?.input ?? [];
    expect(a).not.toBe(b);
  });
});

function nested(depth: number): ModelProto {
  let graph: GraphProto = { name: 'innermost', initializer: [{ name: 'w', dataType: 2, dims: [5], rawData: Buffer.from('bytes') }] };
  for (let i = 0; i < depth; i++)
    graph = { name: `level ${i}`, node: [{ opType: 'If', attribute: [{ name: 'then_branch', type: 5, g: graph }] }] };
  return { irVersion: 8, opsetImport: [{ version: 17 }], graph };
}

describe('subgraphs', () => {
  it('nested 190 deep are read and written', () => {
    const bytes = encodeModel(nested(190));
    writeFileSync(at('deep.onnx'), bytes);
    for (const options of [{}, { leaveInFile: 1 }]) {
      const read = readModel(at('deep.onnx'), options);
      expect(Buffer.compare(encodeModel(read.proto), bytes)).toBe(0);
      read.close();
    }
  });

  it('nested without end are refused', () => {
    let graph: Buffer = Buffer.alloc(0);
    for (let i = 0; i < 3000; i++) graph = field(1, field(5, field(6, graph)));
    const bytes = model(graph);
    writeFileSync(at('deeper.onnx'), bytes);
    expect(() => decodeModel(bytes)).toThrow('damaged or was cut short (max depth exceeded)');
    expect(() => readModel(at('deeper.onnx'), { leaveInFile: 1 })).toThrow('nested deeper than 600');
  });
});

it('a field that comes in two pieces is neither lost nor left in the file', () => {
  const tensor = field(5, integer(1, 4), integer(2, 1), field(4, Buffer.alloc(8, 1)), field(8, 'w'), field(4, Buffer.alloc(8, 2)));
  writeFileSync(at('pieces.onnx'), model(tensor));
  const read = readModel(at('pieces.onnx'), { leaveInFile: 1 });
  expect(read.proto.graph?.initializer?.[0]?.floatData).toHaveLength(4);
  expect(Buffer.compare(encodeModel(read.proto), encodeModel(decodeModel(model(tensor)).proto))).toBe(0);
  read.close();
});
