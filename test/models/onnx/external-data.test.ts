import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { UserError } from '../../../models/contracts/errors.ts';
import { encodeModel, type ModelProto, readModel, type TensorProto, tensorBytes } from '../../../models/onnx/index.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const at = temporaryFolder();

type Entries = Record<string, string>;

const external = (name: string, dims: number[], entries: Entries): TensorProto => ({
  name,
  dataType: 1,
  dims,
  dataLocation: 1,
  externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
});
const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

/** Writes a model with these tensors (and a data file), and reads it. */
function read(tensors: TensorProto[], options: { data?: Buffer | null; file?: string } = {}): { proto: ModelProto; values: number[][] } {
  const { data = floats(1, 2, 3, 4, 5, 6), file = 'model.onnx' } = options;
  if (data) writeFileSync(at('weights.bin'), data);
  writeFileSync(at(file), encodeModel({ irVersion: 8, opsetImport: [{ version: 17 }], graph: { name: 'g', initializer: tensors } }));
  const model = readModel(at(file));
  const values = (model.proto.graph?.initializer ?? []).map((tensor) => {
    const bytes = Uint8Array.from(tensorBytes(tensor));
    return [...new Float32Array(bytes.buffer)];
  });
  model.close();
  return { proto: model.proto, values };
}

describe('read by range', () => {
  it('several tensors in one file, with offset and length, or without', () => {
    const { values } = read([
      external('a', [2], { location: 'weights.bin', offset: '4', length: '8' }),
      external('b', [1], { location: 'weights.bin', offset: '20' }),
      external('c', [6], { location: 'weights.bin' }),
      external('d', [3], { location: './weights.bin', checksum: 'whatever' }),
    ]);
    expect(values).toEqual([[2, 3], [6], [1, 2, 3, 4, 5, 6], [1, 2, 3]]);
  });

  it('from a folder below', () => {
    mkdirSync(at('data'));
    writeFileSync(at('data', 'w'), floats(7));
    expect(read([external('a', [1], { location: 'data/w' })]).values).toEqual([[7]]);
  });

  it('empty tensors, also in an empty file', () => {
    expect(read([external('e', [0, 3], { location: 'weights.bin', length: '0' })], { data: Buffer.alloc(0) }).values).toEqual([[]]);
  });

  it('through a link that stays in the folder', () => {
    symlinkSync('weights.bin', at('link'));
    expect(read([external('a', [1], { location: 'link' })]).values).toEqual([[1]]);
  });

  it('where model and data are links into one store, as in the cache of Hugging Face', () => {
    read([external('a', [1], { location: 'weights.bin' })]);
    mkdirSync(at('blobs'));
    mkdirSync(at('snapshot'));
    for (const [name, blob] of [
      ['model.onnx', 'blobs/1f'],
      ['weights.bin', 'blobs/2e'],
    ] as const) {
      renameSync(at(name), at(blob));
      symlinkSync(`../${blob}`, at('snapshot', name));
    }
    const model = readModel(at('snapshot', 'model.onnx'));
    expect(tensorBytes(model.proto.graph?.initializer?.[0] as TensorProto)).toEqual(new Uint8Array(floats(1)));
    expect(model.dataFiles).toEqual([at('snapshot', 'weights.bin')]);
    model.close();
  });
});

describe('refused', () => {
  it.each([
    ['../weights.bin'],
    ['data/../../weights.bin'],
    ['/etc/passwd'],
    ['C:\\weights.bin'],
    ['..\\weights.bin'],
    ['\\\\host\\share'],
    [''],
    ['a\0b'],
  ])('a path that leaves the folder: %j', (location) => {
    mkdirSync(at('inner'));
    expect(() => read([external('a', [1], { location })], { file: 'inner/model.onnx' })).toThrow(
      'names a place outside the folder of the model. It is not read.',
    );
  });

  it('a link that leaves the folder, to a file or by a folder', () => {
    mkdirSync(at('inner'));
    writeFileSync(at('secret'), floats(1));
    symlinkSync('../secret', at('inner', 'link'));
    symlinkSync('..', at('inner', 'up'));
    for (const location of ['link', 'up/secret']) {
      expect(() => read([external('a', [1], { location })], { file: 'inner/model.onnx' })).toThrow(
        /is a link to .*secret, outside the folder/,
      );
    }
  });

  it('a folder whose name begins like the model’s', () => {
    for (const name of ['inner', 'inner-other']) mkdirSync(at(name));
    writeFileSync(at('inner-other', 'w'), floats(1));
    symlinkSync('../inner-other/w', at('inner', 'link'));
    expect(() => read([external('a', [1], { location: 'link' })], { file: 'inner/model.onnx' })).toThrow('outside the folder');
  });

  it('a missing file, with what to fetch', () => {
    try {
      read([external('conv.weight', [1], { location: 'weights.bin' })], { data: null });
      expect.unreachable();
    } catch (error) {
      expect((error as UserError).message).toMatch(
        /keeps tensor "conv.weight" in the file "weights.bin" beside it. External data file not found/,
      );
      expect((error as UserError).nextSteps[0]).toContain('Copy weights.bin');
    }
  });

  it('a folder in its place', () => {
    mkdirSync(at('d'));
    expect(() => read([external('a', [1], { location: 'd' })])).toThrow('is a folder');
  });

  it.each<[string, number[], Entries, string]>([
    ['beyond the end', [2], { offset: '20', length: '8' }, 'lies at bytes 20 to 28 of'],
    ['offset beyond the end', [0], { offset: '25', length: '0' }, 'which has 24'],
    ['other length than the dimensions', [2], { length: '4' }, 'has 4 bytes of external data; its type and dimensions need 8'],
    ['negative offset', [1], { offset: '-4' }, 'the offset "-4"'],
    ['text', [1], { length: 'four' }, 'the length "four"'],
    ['beyond 2^53', [1], { offset: '99999999999999999999' }, 'where a whole number belongs'],
    ['not whole', [1], { offset: '1.5' }, 'the offset "1.5"'],
  ])('a range: %s', (_name, dims, entries, words) => {
    expect(() => read([external('a', dims, { location: 'weights.bin', ...entries })])).toThrow(words);
  });

  it('a data file of 0 bytes under a tensor that has values', () => {
    expect(() => read([external('a', [1], { location: 'weights.bin' })], { data: Buffer.alloc(0) })).toThrow('which has 0');
  });

  it('strings without a length', () => {
    expect(() => read([{ ...external('s', [1], { location: 'weights.bin' }), dataType: 8 }])).toThrow('gives no length for element type 8');
  });

  it('a data file that was changed after the model was read', () => {
    writeFileSync(at('weights.bin'), floats(1));
    writeFileSync(
      at('m.onnx'),
      encodeModel({
        irVersion: 8,
        opsetImport: [{ version: 17 }],
        graph: { initializer: [external('a', [1], { location: 'weights.bin' })] },
      }),
    );
    const model = readModel(at('m.onnx'));
    writeFileSync(at('weights.bin'), floats(1, 2));
    expect(() => tensorBytes(model.proto.graph?.initializer?.[0] as TensorProto)).toThrow('was changed while it was being read');
    model.close();
  });
});

it('reading the model reads no data', () => {
  const { proto } = read([external('a', [6], { location: 'weights.bin' })]);
  expect(proto.graph?.initializer?.[0]?.rawData?.length ?? 0).toBe(0);
  expect(readFileSync(at('model.onnx')).length).toBeLessThan(100);
});
