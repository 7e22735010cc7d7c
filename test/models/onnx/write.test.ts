import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../models/contracts/errors.ts';
import {
  cloneMessage,
  encodeModel,
  type GraphProto,
  type ModelProto,
  readModel,
  type TensorProto,
  tensorBytes,
  writeModel,
} from '../../../models/onnx/index.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const at = temporaryFolder();
const source = fixture('exports', 'sesr_m3_op17.onnx');
const original = readFileSync(source);

/** The model with one initializer replaced. */
function withTensor(proto: ModelProto, index: number, change: Partial<TensorProto>): ModelProto {
  const graph = proto.graph as GraphProto;
  const initializer = (graph.initializer ?? []).map((tensor, i) => (i === index ? cloneMessage(tensor, change) : tensor));
  return cloneMessage(proto, { graph: cloneMessage(graph, { initializer }) });
}

const largest = (proto: ModelProto): number => {
  const sizes = (proto.graph?.initializer ?? []).map((tensor) => tensorBytes(tensor).length);
  return sizes.indexOf(Math.max(...sizes));
};

describe.each([undefined, 1024])('a model of which %s bytes and more stay in the file', (leaveInFile) => {
  const open = (path: string) => readModel(path, leaveInFile === undefined ? {} : { leaveInFile });

  it('is saved untouched byte for byte, elsewhere', async () => {
    const model = open(source);
    const report = await writeModel(model.proto, at('out.onnx'), { from: model });
    expect(Buffer.compare(readFileSync(at('out.onnx')), original)).toBe(0);
    expect(report).toEqual({ path: at('out.onnx'), bytes: original.length, dataFiles: [], notes: [] });
    model.close();
  });

  it('is saved over itself, untouched and edited', async () => {
    copyFileSync(source, at('m.onnx'));
    for (const docString of [undefined, 'first', 'a longer one, so that everything after it moves']) {
      const model = open(at('m.onnx'));
      const edited = docString === undefined ? model.proto : cloneMessage(model.proto, { docString });
      await writeModel(edited, at('m.onnx'), { from: model });
      model.close();
      const { proto } = readModel(at('m.onnx'));
      expect(
        Buffer.compare(
          encodeModel(cloneMessage(proto, { docString: '' })),
          encodeModel(cloneMessage(readModel(source).proto, { docString: '' })),
        ),
      ).toBe(0);
      expect(proto.docString).toBe(docString ?? '');
    }
  });

  it('with one tensor edited changes that tensor and nothing else', async () => {
    const model = open(source);
    const index = largest(model.proto);
    const rawData = tensorBytes(model.proto.graph?.initializer?.[index] as TensorProto).map((byte) => byte ^ 0x55);
    await writeModel(withTensor(model.proto, index, { rawData }), at('out.onnx'), { from: model });
    model.close();
    const written = onnxProto.onnx.ModelProto.decode(readFileSync(at('out.onnx')));
    const before = onnxProto.onnx.ModelProto.decode(original);
    expect(Buffer.compare(written.graph?.initializer?.[index]?.rawData as Uint8Array, rawData)).toBe(0);
    (before.graph?.initializer?.[index] as { rawData: Uint8Array }).rawData = rawData;
    expect(Buffer.compare(onnxProto.onnx.ModelProto.encode(written).finish(), onnxProto.onnx.ModelProto.encode(before).finish())).toBe(0);
  });

  it('with a tensor used twice and one dropped', async () => {
    const model = open(source);
    const graph = model.proto.graph as GraphProto;
    const [first, ...rest] = graph.initializer ?? [];
    const initializer = [...rest, cloneMessage(rest[0] as TensorProto, { name: 'again' })];
    await writeModel(cloneMessage(model.proto, { graph: cloneMessage(graph, { initializer }) }), at('out.onnx'), { from: model });
    const tensors = readModel(at('out.onnx')).proto.graph?.initializer ?? [];
    expect(tensors.map((t) => t.name)).toEqual([...rest.map((t) => t.name), 'again']);
    expect(Buffer.compare(tensorBytes(tensors.at(-1) as TensorProto), tensorBytes(rest[0] as TensorProto))).toBe(0);
    expect(tensors.some((t) => t.name === first?.name)).toBe(false);
    model.close();
  });
});

it('large payloads of several blocks arrive whole, at odd offsets', async () => {
  const rawData = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * seed) >> 3);
  const lengths = [1, 3_000_001, 17, 524_288, 1_048_575, 5];
  const tensors = lengths.map((length, i) => ({ name: `t${i}`, dataType: 2, dims: [length], rawData: rawData(length, i + 7) }));
  const proto = { irVersion: 8, opsetImport: [{ version: 17 }], graph: { name: 'g', initializer: tensors } };
  await writeModel(proto, at('a.onnx'));
  const model = readModel(at('a.onnx'), { leaveInFile: 4 });
  await writeModel(cloneMessage(model.proto, { producerName: 'x' }), at('b.onnx'), { from: model });
  const read = onnxProto.onnx.ModelProto.decode(readFileSync(at('b.onnx')));
  expect(read.graph?.initializer?.map((t, i) => Buffer.compare(t.rawData as Uint8Array, tensors[i]?.rawData as Uint8Array))).toEqual([
    0, 0, 0, 0, 0, 0,
  ]);
  model.close();
});

it('what is written is the same every time', async () => {
  for (const name of ['1.onnx', '2.onnx']) await writeModel(readModel(source, { leaveInFile: 64 }).proto, at(name));
  expect(Buffer.compare(readFileSync(at('1.onnx')), readFileSync(at('2.onnx')))).toBe(0);
});

describe('the target', () => {
  const proto = readModel(source).proto;

  it('keeps its permissions, and its place behind a link', async () => {
    writeFileSync(at('real.onnx'), 'old');
    chmodSync(at('real.onnx'), 0o640);
    symlinkSync('real.onnx', at('link.onnx'));
    await writeModel(proto, at('link.onnx'));
    expect(readlinkSync(at('link.onnx'))).toBe('real.onnx');
    expect(statSync(at('real.onnx')).mode & 0o777).toBe(0o640);
    expect(Buffer.compare(readFileSync(at('real.onnx')), original)).toBe(0);
  });

  it('in a folder that does not exist is refused', async () => {
    await expect(writeModel(proto, at('none', 'm.onnx'))).rejects.toThrow(/The folder .*none does not exist/);
    await expect(writeModel(proto, at('none', 'm.onnx'))).rejects.toBeInstanceOf(UserError);
  });

  it('that is a folder is refused', async () => {
    mkdirSync(at('m.onnx'));
    await expect(writeModel(proto, at('m.onnx'))).rejects.toThrow('is a folder, where a file is to be written');
    expect(readdirSync(at())).toEqual(['m.onnx']);
  });

  it('below a file is refused', async () => {
    writeFileSync(at('file'), '');
    await expect(writeModel(proto, at('file', 'm.onnx'))).rejects.toBeInstanceOf(UserError);
  });
});

describe('when something fails, nothing is replaced and nothing is left', () => {
  it('the source changes while it is copied', async () => {
    copyFileSync(source, at('m.onnx'));
    writeFileSync(at('out.onnx'), 'old');
    const model = readModel(at('m.onnx'), { leaveInFile: 64 });
    utimesSync(at('m.onnx'), new Date(), new Date(Date.now() + 9000));
    await expect(writeModel(model.proto, at('out.onnx'), { from: model })).rejects.toThrow('was changed while it was being read');
    expect(readFileSync(at('out.onnx'), 'utf8')).toBe('old');
    expect(readdirSync(at()).sort()).toEqual(['m.onnx', 'out.onnx']);
    model.close();
  });

  it('it is called off', async () => {
    writeFileSync(at('out.onnx'), 'old');
    await expect(writeModel(readModel(source).proto, at('out.onnx'), { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(readFileSync(at('out.onnx'), 'utf8')).toBe('old');
    expect(readdirSync(at())).toEqual(['out.onnx']);
  });

  it('the model is closed', async () => {
    const model = readModel(source, { leaveInFile: 64 });
    model.close();
    await expect(writeModel(model.proto, at('out.onnx'))).rejects.toThrow('after its model was closed');
    expect(readdirSync(at())).toEqual([]);
  });

  it('the message cannot be encoded as it is meant', async () => {
    const proto = readModel(source).proto;
    const graph = cloneMessage(proto.graph as GraphProto, { name: 'lone \ud800 surrogate' });
    await expect(writeModel(cloneMessage(proto, { graph }), at('out.onnx'))).rejects.toThrow(
      'reads back differently through onnx-proto at model.graph.name',
    );
    expect(readdirSync(at())).toEqual([]);
  });
});
