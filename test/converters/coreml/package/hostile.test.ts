import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CoreMlModel, MilConstant, readPackage, translate } from '../../../../converters/coreml/index.ts';
import { UserError } from '../../../../models/contracts/index.ts';
import { Prng } from '../../../../models/run/index.ts';
import { fixture } from '../../../support/paths.ts';
import { temporaryFolder } from '../../../support/temp-folder.ts';

const temporary = temporaryFolder();
const MODEL = 'Data/com.apple.CoreML/model.mlmodel';
const WEIGHTS = 'Data/com.apple.CoreML/weights/weight.bin';

/** A copy of a package that may be damaged. */
function copy(name = 'coreml-witnesses/quicksrnet_small_x2_pal4_iOS18.mlpackage'): string {
  const path = temporary('copy.mlpackage');
  rmSync(path, { recursive: true, force: true });
  cpSync(fixture(name), path, { recursive: true });
  return path;
}

/** Reads the package and every constant of it. */
function readAll(path: string): CoreMlModel {
  const model = readPackage(path);
  for (const { body } of model.program?.functions.values() ?? []) {
    for (const { inputs, attributes } of body.operations) {
      for (const constant of [...attributes.values(), ...[...inputs.values()].flat()]) {
        if (constant instanceof MilConstant && constant.type.kind === 'tensor' && constant.type.dtype !== 'string') constant.numbers();
      }
    }
  }
  return model;
}

function edited(path: string, file: string, edit: (bytes: Buffer) => Buffer): string {
  writeFileSync(join(path, file), edit(readFileSync(join(path, file))));
  return path;
}

const damage: readonly [string, () => string, RegExp][] = [
  ['nothing there', () => temporary('nothing.mlpackage'), /There is no/],
  ['an empty folder', () => { mkdirSync(temporary('empty.mlpackage')); return temporary('empty.mlpackage'); }, /Manifest.json cannot be read/],
  ['a manifest that is no JSON', () => edited(copy(), 'Manifest.json', () => Buffer.from('{')), /no JSON/],
  ['a manifest that is a list', () => edited(copy(), 'Manifest.json', () => Buffer.from('[]')), /no object/],
  ['a manifest that names no model', () => edited(copy(), 'Manifest.json', () => Buffer.from('{"itemInfoEntries":{},"rootModelIdentifier":"x"}')), /names no model/],
  ['a manifest with __proto__ as its root', () => edited(copy(), 'Manifest.json', () => Buffer.from('{"itemInfoEntries":{},"rootModelIdentifier":"__proto__"}')), /names no model/],
  ['a manifest that leaves the package', () => edited(copy(), 'Manifest.json', (bytes) => Buffer.from(bytes.toString().replace('com.apple.CoreML/model.mlmodel', '../../../etc/passwd'))), /outside of it/],
  ['no model file', () => { const path = copy(); rmSync(join(path, MODEL)); return path; }, /model.mlmodel is missing/],
  ['a model file that is a link to elsewhere', () => { const path = copy(); rmSync(join(path, MODEL)); symlinkSync(fixture('coreml-packages/network.mlmodel'), join(path, MODEL)); return path; }, /outside of it/],
  ['a weight file that is a link to elsewhere', () => { const path = copy(); rmSync(join(path, WEIGHTS)); symlinkSync('/etc/hostname', join(path, WEIGHTS)); return path; }, /outside of it/],
  ['no weight file', () => { const path = copy(); rmSync(join(path, WEIGHTS)); return path; }, /weight.bin is missing/],
  ['an empty model file', () => edited(copy(), MODEL, () => Buffer.alloc(0)), /no Core ML model/],
  ['a model file cut short', () => edited(copy(), MODEL, (bytes) => bytes.subarray(0, bytes.length / 2)), /damaged or cut short/],
  ['a zip archive', () => { writeFileSync(temporary('model.mlpackage'), 'PK\x03\x04rest'); return temporary('model.mlpackage'); }, /zip archive/],
  ['a picture', () => { writeFileSync(temporary('model.mlmodel'), Buffer.from('\x89PNG\r\n\x1a\n0000000000', 'latin1')); return temporary('model.mlmodel'); }, /damaged|no Core ML model/],
  ['a compiled model', () => { mkdirSync(temporary('c.mlmodelc')); writeFileSync(temporary('c.mlmodelc/coremldata.bin'), ''); return temporary('c.mlmodelc'); }, /compiled model/],
  ['an empty weight file', () => edited(copy(), WEIGHTS, () => Buffer.alloc(0)), /weight.bin is damaged/],
  ['a weight file cut short', () => edited(copy(), WEIGHTS, (bytes) => bytes.subarray(0, bytes.length - 400)), /weight.bin is damaged/],
  ['a weight file of another version', () => edited(copy(), WEIGHTS, (bytes) => { bytes.writeUInt32LE(9, 4); return bytes; }), /version 9/],
  ['a blob without its mark', () => edited(copy(), WEIGHTS, (bytes) => { bytes.writeUInt32LE(0, 64); return bytes; }), /no blob at 64/],
  ['a blob of another type', () => edited(copy(), WEIGHTS, (bytes) => { bytes.writeUInt32LE(2, 68); return bytes; }), /data type 2 at 64/],
  ['a blob of another size', () => edited(copy(), WEIGHTS, (bytes) => { bytes.writeBigUInt64LE(1n << 40n, 72); return bytes; }), /bytes at 64/],
  ['a blob that lies elsewhere', () => edited(copy(), WEIGHTS, (bytes) => { bytes.writeBigUInt64LE((1n << 63n) - 1n, 80); return bytes; }), /weight.bin is damaged/],
];

describe('damaged packages are told apart, never crash', () => {
  test.each(damage)('%s', (_, make, message) => {
    const path = make();
    expect(() => readAll(path)).toThrow(UserError);
    expect(() => readAll(path)).toThrow(message);
  });

  /** Errors are UserErrors, whatever byte is wrong; what still reads is read. */
  test('single wrong bytes of the model file', () => {
    const prng = new Prng(11);
    const path = copy('coreml-packages/plain.mlpackage');
    const original = readFileSync(join(path, MODEL));
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const bytes = Buffer.from(original);
      bytes[Math.floor(prng.uniform() * bytes.length)] = Math.floor(prng.uniform() * 256);
      writeFileSync(join(path, MODEL), bytes);
      try {
        const model = readAll(path);
        if (model.program) translate(model.program, 'main');
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(50);
  });
});

test('messages inside one another without end are refused', () => {
  // Model.mlProgram is field 502, Pipeline.models 1, Model.pipeline 202: pipelines of pipelines.
  let bytes: Buffer = Buffer.from([0x08, 0x07]);
  for (let i = 0; i < 2000; i++) bytes = field(202, field(1, bytes));
  writeFileSync(temporary('deep.mlmodel'), Buffer.concat([Buffer.from([0x08, 0x07, 0x12, 0x00]), bytes]));
  expect(() => readPackage(temporary('deep.mlmodel'))).toThrow(/inside one another/);
});

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
