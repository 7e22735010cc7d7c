import { mkdirSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../models/contracts/errors.ts';
import { rangeOf } from '../../../models/onnx/file-range.ts';
import { decodeModel, readModel, tensorBytes } from '../../../models/onnx/index.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const at = temporaryFolder();
const good = readFileSync(fixture('exports', 'grid_six_axes_op17.onnx'));

/** Reads a file of that content in both ways; both must refuse. Returns the error of the first. */
function refusal(content: Uint8Array | string, name = 'model.onnx'): UserError {
  writeFileSync(at(name), content);
  const errors = [{}, { leaveInFile: 64 }].map((options) => {
    try {
      readModel(at(name), options).close();
    } catch (error) {
      return error;
    }
    return null;
  });
  for (const error of errors) expect(error).toBeInstanceOf(UserError);
  expect((errors[0] as UserError).nextSteps.length).toBeGreaterThan(0);
  return errors[0] as UserError;
}

describe('no model at all', () => {
  it('a missing file', () => {
    expect(() => readModel(at('missing.onnx'))).toThrow(/^Model not found: .*missing\.onnx$/);
  });

  it('a folder, with the models in it named', () => {
    writeFileSync(at('a.onnx'), good);
    expect(() => readModel(at('.'))).toThrow('is a folder');
    try {
      readModel(at('.'));
    } catch (error) {
      expect((error as UserError).nextSteps).toEqual(['Give one of the models in it: a.onnx']);
    }
    mkdirSync(at('x.mlpackage'));
    expect(() => readModel(at('x.mlpackage'))).toThrow('Core ML package');
  });

  it('something that is not a file', () => {
    expect(() => readModel('/dev/null')).toThrow('not a regular file');
  });

  it('an empty file', () => {
    expect(refusal('').message).toContain('is empty');
  });
});

describe('other formats are recognised', () => {
  const zip = Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1');
  const safetensors = Buffer.concat([Buffer.from([40, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"w":{"dtype":"F32"}}')]);
  it.each<[string, string | Buffer, string]>([
    ['Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n', 'Git LFS pointer'],
    ['textproto', 'ir_version: 8\ngraph {\n  name: "g"\n}\n', 'text form'],
    ['textproto with a comment', '# proto-file: onnx.proto\nir_version: 8\n', 'text form'],
    ['JSON', '{"irVersion":"8","graph":{}}', 'JSON form'],
    ['other JSON', '{"a": 1}', 'a JSON file'],
    ['onnx text', '<ir_version: 8, opset_import: ["" : 17]>\ng (float[N] x) => (float[N] y) {}', 'textual syntax'],
    ['PyTorch', zip, 'PyTorch checkpoint'],
    ['pickle', Buffer.from('\x80\x02}q', 'latin1'), 'pickle'],
    ['TensorFlow Lite', Buffer.from('\x1c\0\0\0TFL3\0\0', 'latin1'), 'TensorFlow Lite'],
    ['ORT format', Buffer.from('\x1c\0\0\0ORTM\0\0', 'latin1'), '.ort'],
    ['safetensors', safetensors, 'safetensors'],
    ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), 'HDF5'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip'],
    ['NumPy', readFileSync(fixture('exports', 'grid_six_axes_op17.input.npy')), 'NumPy'],
    ['HTML', '<!DOCTYPE html><html><body>404</body></html>', 'web page'],
  ])('%s', (_name, content, words) => {
    expect(refusal(content).message).toContain(words);
  });

  it('a Core ML model, which is a Protocol Buffers message too', () => {
    expect(refusal(Buffer.from([8, 7, 18, 3, 10, 1, 65, 0xff]), 'm.mlmodel').message).toContain('Core ML model');
  });
});

describe('damaged models', () => {
  it('cut at any byte', () => {
    for (let length = 1; length < good.length; length++) expect(() => refusal(good.subarray(0, length)), `cut at ${length}`).not.toThrow();
  });

  it('cut at any byte, with two operator sets, functions and metadata', () => {
    const model = buildModel({
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      nodes: [
        ['F', ['x'], ['t'], {}, { domain: 'own' }],
        ['Relu', ['t'], ['y']],
      ],
      domains: { own: 1 },
    });
    const whole = toBytes(model);
    for (let length = 1; length < whole.length; length++)
      expect(() => refusal(whole.subarray(0, length)), `cut at ${length}`).not.toThrow();
    expect(decodeModel(whole).proto.graph?.node).toHaveLength(2);
  });

  it('with any byte changed: an error of ours or a model, never a crash', () => {
    const attempt = (read: () => void): void => {
      try {
        read();
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    };
    for (let i = 0; i < good.length; i++) {
      const bytes = Uint8Array.from(good);
      bytes[i] = i % 2 === 0 ? 0xff : (good[i] as number) ^ 1;
      attempt(() => decodeModel(bytes));
      writeFileSync(at('changed.onnx'), bytes);
      attempt(() => readModel(at('changed.onnx'), { leaveInFile: 64 }).close());
    }
  });

  it('random bytes', () => {
    let seed = 12345;
    for (let round = 0; round < 200; round++) {
      const bytes = Uint8Array.from({ length: 1 + round * 3 }, () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 24);
      refusal(bytes);
    }
  });

  it('lengths beyond all measure', () => {
    const huge = Buffer.from([0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    expect(refusal(huge).message).toContain('damaged or was cut short');
  });
});

describe('incomplete models', () => {
  const parts = {
    irVersion: 8,
    opsetImport: [{ version: 17 }],
    graph: { name: 'g', node: [{ opType: 'Relu', input: ['x'], output: ['y'] }] },
  };

  it('no graph', () => {
    expect(refusal(toBytes({ irVersion: 8, opsetImport: [{ version: 17 }] })).message).toContain('holds no graph');
  });

  it('no operator set', () => {
    expect(refusal(toBytes({ ...parts, opsetImport: [] })).message).toContain('which operator set');
  });

  it('an operator of a domain that is not imported', () => {
    const graph = { node: [{ opType: 'FusedConv', domain: 'com.microsoft' }] };
    expect(refusal(toBytes({ ...parts, graph })).message).toContain('FusedConv of the domain "com.microsoft"');
  });

  it('but a model of ai.onnx.ml operators alone is one', () => {
    const graph = { node: [{ opType: 'Binarizer', domain: 'ai.onnx.ml' }] };
    expect(decodeModel(toBytes({ ...parts, opsetImport: [{ domain: 'ai.onnx.ml', version: 3 }], graph })).proto.graph?.node).toHaveLength(
      1,
    );
  });

  it('and "ai.onnx" is the other name of the default domain', () => {
    expect(decodeModel(toBytes({ ...parts, opsetImport: [{ domain: 'ai.onnx', version: 17 }] })).proto.graph?.node).toHaveLength(1);
  });
});

describe('a file that changes while its payloads are still in it', () => {
  const open = () => {
    const path = at('model.onnx');
    writeFileSync(path, readFileSync(fixture('exports', 'sesr_m3_op17.onnx')));
    const model = readModel(path, { leaveInFile: 1024 });
    const tensor = model.proto.graph?.initializer?.find((t) => rangeOf(t.rawData)) as object;
    return { path, model, tensor };
  };

  it('cut', () => {
    const { path, model, tensor } = open();
    truncateSync(path, 100_000);
    expect(() => tensorBytes(tensor)).toThrow('was changed while it was being read');
    model.close();
  });

  it('rewritten with the same size', () => {
    const { path, model, tensor } = open();
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    expect(() => tensorBytes(tensor)).toThrow('was changed while it was being read');
    model.close();
  });

  it('replaced by another: the old one is still read', () => {
    const { path, model, tensor } = open();
    const before = Buffer.from(tensorBytes(tensor));
    writeFileSync(`${path}.new`, good);
    renameSync(`${path}.new`, path);
    expect(Buffer.compare(before, tensorBytes(tensor))).toBe(0);
    model.close();
  });
});
