import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  cloneMessage,
  encodeModel,
  type GraphProto,
  isExternal,
  type ModelProto,
  type OnnxModel,
  readModel,
  type TensorProto,
  tensorBytes,
  writeModel,
} from '../../../models/onnx/index.ts';
import { runOrt } from '../../support/ort.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const at = temporaryFolder();

const SIZE = 30_000;
const values = (seed: number): Float32Array => Float32Array.from({ length: SIZE }, (_, i) => (i % 97) * seed);
const bytesOf = (array: Float32Array): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const vector = (name: string) => ({ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: SIZE }] } } } });

/** `y = x + a + b`, a and b in `weights.bin`, b at a page's border; ONNX Runtime can run it. */
function makeModel(folder: string, location = 'weights.bin'): string {
  mkdirSync(at(folder), { recursive: true });
  const tensor = (name: string, offset: number): TensorProto => ({
    name,
    dataType: 1,
    dims: [SIZE],
    dataLocation: 1,
    externalData: [
      { key: 'location', value: location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(SIZE * 4) },
    ],
  });
  const node = [
    { opType: 'Add', input: ['x', 'a'], output: ['t'] },
    { opType: 'Add', input: ['t', 'b'], output: ['y'] },
  ];
  const graph = { name: 'g', node, initializer: [tensor('a', 0), tensor('b', 122_880)], input: [vector('x')], output: [vector('y')] };
  writeFileSync(at(folder, 'model.onnx'), encodeModel({ irVersion: 8, opsetImport: [{ version: 17 }], graph }));
  writeFileSync(at(folder, location), Buffer.concat([bytesOf(values(1)), Buffer.alloc(122_880 - SIZE * 4), bytesOf(values(10))]));
  return at(folder, 'model.onnx');
}

async function expectSum(path: string, a: number, b: number): Promise<void> {
  const x = { dtype: 'float32' as const, dims: [SIZE], data: new Float32Array(SIZE) };
  const y = (await runOrt(path, { x })).get('y');
  const addend = values(b);
  const sum = Float32Array.from(values(a), (v, i) => v + (addend[i] as number));
  expect(Buffer.compare(bytesOf(y?.data as Float32Array), bytesOf(sum))).toBe(0);
}

function expectSameFile(a: string, b: string): void {
  expect(Buffer.compare(readFileSync(a), readFileSync(b))).toBe(0);
}

const edit = (model: OnnxModel, name: string, seed: number): ModelProto =>
  replace(model.proto, name, (tensor) =>
    cloneMessage(tensor, {
      rawData: new Uint8Array(bytesOf(values(seed))),
      externalData: [],
      dataLocation: 0,
    }),
  );

function replace(proto: ModelProto, name: string, change: (tensor: TensorProto) => TensorProto): ModelProto {
  const graph = proto.graph as GraphProto;
  return cloneMessage(proto, {
    graph: cloneMessage(graph, { initializer: (graph.initializer ?? []).map((t) => (t.name === name ? change(t) : t)) }),
  });
}

const locations = (path: string): string[] =>
  (readModel(path).proto.graph?.initializer ?? []).map((t) => t.externalData?.find((e) => e.key === 'location')?.value ?? 'inline');

describe('an untouched data file', () => {
  it('goes along to another folder under its own name; the model stays byte for byte', async () => {
    const path = makeModel('in');
    mkdirSync(at('out'));
    const model = readModel(path);
    const report = await writeModel(model.proto, at('out', 'other.onnx'), { from: model });
    expectSameFile(at('out', 'other.onnx'), path);
    expectSameFile(at('out', 'weights.bin'), at('in', 'weights.bin'));
    expect(report.dataFiles).toEqual([{ path: at('out', 'weights.bin'), bytes: 242_880, how: expect.stringMatching(/^(cloned|copied)$/) }]);
    await expectSum(at('out', 'other.onnx'), 1, 10);
  });

  it('that lies there already is left alone, also by a second run', async () => {
    const model = readModel(makeModel('in'));
    mkdirSync(at('out'));
    await writeModel(model.proto, at('out', 'model.onnx'), { from: model });
    const before = statSync(at('out', 'weights.bin'));
    const report = await writeModel(model.proto, at('out', 'model.onnx'), { from: model });
    expect(report.dataFiles[0]?.how).toBe('kept');
    expect(statSync(at('out', 'weights.bin')).ino).toBe(before.ino);
    expect(readdirSync(at('out')).sort()).toEqual(['model.onnx', 'weights.bin']);
  });

  it('stays where it is when the model is saved over itself', async () => {
    const path = makeModel('in');
    const model = readModel(path);
    const before = statSync(at('in', 'weights.bin')).ino;
    const report = await writeModel(cloneMessage(model.proto, { docString: 'edited' }), path, { from: model });
    expect(report.dataFiles).toEqual([{ path: at('in', 'weights.bin'), bytes: 242_880, how: 'kept' }]);
    expect(statSync(at('in', 'weights.bin')).ino).toBe(before);
    expect(readdirSync(at('in')).sort()).toEqual(['model.onnx', 'weights.bin']);
    await expectSum(path, 1, 10);
  });

  it('is copied under the new model’s name in the same folder, every time the same', async () => {
    const model = readModel(makeModel('in'));
    for (let run = 0; run < 2; run++) {
      const report = await writeModel(model.proto, at('in', 'new.onnx'), { from: model });
      expect(report.dataFiles[0]?.how).toMatch(run === 0 ? /cloned|copied/ : /kept/);
      expect(readdirSync(at('in')).sort()).toEqual(['model.onnx', 'new.onnx', 'new.onnx.data', 'weights.bin']);
    }
    expect(locations(at('in', 'new.onnx'))).toEqual(['new.onnx.data', 'new.onnx.data']);
    expect(statSync(at('in', 'new.onnx.data')).size).toBe(242_880);
    await expectSum(at('in', 'new.onnx'), 1, 10);
  });

  it('is shared on request in the same folder', async () => {
    const model = readModel(makeModel('in'));
    const report = await writeModel(model.proto, at('in', 'new.onnx'), { from: model, keepExternal: true });
    expect(report.dataFiles[0]?.how).toBe('kept');
    expect(locations(at('in', 'new.onnx'))).toEqual(['weights.bin', 'weights.bin']);
    expect(readdirSync(at('in')).sort()).toEqual(['model.onnx', 'new.onnx', 'weights.bin']);
  });

  it('cannot be shared from another folder', async () => {
    const model = readModel(makeModel('in'));
    mkdirSync(at('out'));
    await expect(writeModel(model.proto, at('out', 'new.onnx'), { from: model, keepExternal: true })).rejects.toThrow(
      /weights\.bin cannot stay where it is: .* only refer to data in its own folder/,
    );
    expect(readdirSync(at('out'))).toEqual([]);
  });

  it('in a folder below keeps its place there', async () => {
    mkdirSync(at('in', 'data'), { recursive: true });
    const model = readModel(makeModel('in', 'data/w'));
    mkdirSync(at('out'));
    await writeModel(model.proto, at('out', 'model.onnx'), { from: model });
    expect(existsSync(at('out', 'data', 'w'))).toBe(true);
    await expectSum(at('out', 'model.onnx'), 1, 10);
  });
});

describe('another file in the way', () => {
  it('is not overwritten', async () => {
    const model = readModel(makeModel('in'));
    mkdirSync(at('out'));
    writeFileSync(at('out', 'weights.bin'), 'of another model');
    await expect(writeModel(model.proto, at('out', 'model.onnx'), { from: model })).rejects.toThrow(/weights\.bin is in the way/);
    expect(readFileSync(at('out', 'weights.bin'), 'utf8')).toBe('of another model');
    expect(readdirSync(at('out'))).toEqual(['weights.bin']);
  });

  it('is replaced where the model that is replaced was using it', async () => {
    makeModel('in');
    makeModel('out');
    writeFileSync(at('out', 'weights.bin'), Buffer.concat([bytesOf(values(5)), Buffer.alloc(122_880 - SIZE * 4), bytesOf(values(6))]));
    const model = readModel(at('in', 'model.onnx'));
    await writeModel(model.proto, at('out', 'model.onnx'), { from: model });
    await expectSum(at('out', 'model.onnx'), 1, 10);
    expect(readdirSync(at('out')).sort()).toEqual(['model.onnx', 'weights.bin']);
  });

  it('may not be the model itself', async () => {
    const model = readModel(makeModel('in'));
    mkdirSync(at('out'));
    await expect(writeModel(model.proto, at('out', 'weights.bin'), { from: model })).rejects.toThrow('also the name of a data file');
  });
});

describe('edited tensors of a model with external data', () => {
  it('go to a new data file; the old one is not touched, nor appended to', async () => {
    const path = makeModel('in');
    const weights = readFileSync(at('in', 'weights.bin'));
    for (const seed of [3, 4]) {
      const model = readModel(path);
      const report = await writeModel(edit(model, 'b', seed), path, { from: model });
      model.close();
      expect(report.dataFiles.map((file) => file.how)).toEqual(['kept', 'written']);
      expect(Buffer.compare(readFileSync(at('in', 'weights.bin')), weights)).toBe(0);
      expect(statSync(path).size).toBeLessThan(1000);
      await expectSum(path, 1, seed);
    }
    expect(locations(path)).toEqual(['weights.bin', 'model.onnx.data-2']);
  });

  it('stay in the model where they are small', async () => {
    const path = makeModel('in');
    const model = readModel(path);
    const small = replace(model.proto, 'b', (t) =>
      cloneMessage(t, { dims: [1], rawData: new Uint8Array(4), externalData: [], dataLocation: 0 }),
    );
    const report = await writeModel(small, path, { from: model });
    expect(report.dataFiles.map((file) => file.how)).toEqual(['kept']);
    expect(locations(path)).toEqual(['weights.bin', 'inline']);
  });

  it('and all of them: the old data file is not carried along', async () => {
    const model = readModel(makeModel('in'));
    mkdirSync(at('out'));
    const both = edit({ ...model, proto: edit(model, 'a', 2) }, 'b', 3);
    await writeModel(both, at('out', 'model.onnx'), { from: model });
    expect(readdirSync(at('out')).sort()).toEqual(['model.onnx', 'model.onnx.data']);
    await expectSum(at('out', 'model.onnx'), 2, 3);
  });
});

describe('a model that grows beyond what one file may hold', () => {
  const big = (): ModelProto => ({
    irVersion: 8,
    opsetImport: [{ version: 17 }],
    graph: {
      name: 'g',
      node: [
        { opType: 'Add', input: ['x', 'a'], output: ['t'] },
        { opType: 'Add', input: ['t', 'b'], output: ['y'] },
      ],
      input: [vector('x')],
      output: [vector('y')],
      initializer: [
        { name: 'a', dataType: 1, dims: [SIZE], rawData: new Uint8Array(bytesOf(values(1))) },
        { name: 'b', dataType: 1, dims: [SIZE], floatData: [...values(2)] },
      ],
    },
  });

  it('is saved with its tensors in a data file, and says so', async () => {
    const report = await writeModel(big(), at('m.onnx'), { inlineLimit: 100_000 });
    expect(report.notes).toEqual([
      'The tensors need more than the 100000 bytes that one model file may have: they are in m.onnx.data beside it.',
    ]);
    expect(locations(at('m.onnx'))).toEqual(['m.onnx.data', 'm.onnx.data']);
    const offsets = (readModel(at('m.onnx')).proto.graph?.initializer ?? []).map((t) =>
      Number(t.externalData?.find((e) => e.key === 'offset')?.value),
    );
    expect(offsets.every((offset) => offset % 4096 === 0)).toBe(true);
    await expectSum(at('m.onnx'), 1, 2);
  });

  it('does not grow when it is saved again', async () => {
    for (let run = 0; run < 2; run++) await writeModel(big(), at('m.onnx'), { inlineLimit: 100_000 });
    expect(statSync(at('m.onnx.data')).size).toBe(122_880 + SIZE * 4);
    expect(readdirSync(at()).sort()).toEqual(['m.onnx', 'm.onnx.data']);
  });

  it('is refused where constants inside nodes are what is large', async () => {
    const proto = {
      irVersion: 8,
      opsetImport: [{ version: 17 }],
      graph: {
        node: [
          {
            opType: 'Constant',
            output: ['c'],
            attribute: [{ name: 'value', type: 4, t: { dataType: 2, dims: [5000], rawData: new Uint8Array(5000) } }],
          },
        ],
      },
    };
    await expect(writeModel(proto, at('m.onnx'), { inlineLimit: 4000 })).rejects.toThrow('does not fit into 4000 bytes');
    expect(readdirSync(at())).toEqual([]);
  });
});

it('external tensors are read from the saved model by range', async () => {
  const model = readModel(makeModel('in'));
  mkdirSync(at('out'));
  await writeModel(model.proto, at('out', 'model.onnx'), { from: model });
  const saved = readModel(at('out', 'model.onnx')).proto.graph?.initializer ?? [];
  expect(saved.every(isExternal)).toBe(true);
  expect(Buffer.compare(tensorBytes(saved[1] as TensorProto), bytesOf(values(10)))).toBe(0);
});
