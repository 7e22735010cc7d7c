import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { rangeOf } from '../../../models/onnx/file-range.ts';
import { encodeModel, readModel } from '../../../models/onnx/index.ts';
import { nodeSuiteSample } from '../../support/node-suite.ts';
import { fixture, repoRoot, sharedData } from '../../support/paths.ts';

const onnxFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => join(folder, name));
const exports = onnxFiles(fixture('exports'));
const weights = onnxFiles(join(repoRoot, 'models/zoo/weights'));

/** `undefined`: read whole; otherwise payloads of that many bytes stay in the file. */
const WAYS = [undefined, 0, 1, 100, 4096];

function expectSameBytes(path: string, leaveInFile: number | undefined): void {
  const model = readModel(path, leaveInFile === undefined ? {} : { leaveInFile });
  try {
    expect(Buffer.compare(encodeModel(model.proto), readFileSync(path)), basename(path)).toBe(0);
  } finally {
    model.close();
  }
}

describe.each(WAYS)('what was not edited is written byte for byte (left in the file from: %s bytes)', (leaveInFile) => {
  it('24 exports', () => {
    expect(exports).toHaveLength(24);
    for (const path of exports) expectSameBytes(path, leaveInFile);
  });

  it('bundled weights', () => {
    expect(weights.length).toBeGreaterThan(3);
    for (const path of weights) expectSameBytes(path, leaveInFile);
  });

  it('the sample of ONNX’s node suite', () => {
    const cases = nodeSuiteSample();
    expect(cases.length).toBeGreaterThan(150);
    for (const { modelPath } of cases) expectSameBytes(modelPath, leaveInFile);
  });
});

const catid = sharedData('third-party/catid-upsampling/upsampling.onnx');

test.skipIf(catid === null)('a third-party model of 620 nodes (needs ../shared/data)', () => {
  for (const leaveInFile of WAYS) expectSameBytes(catid as string, leaveInFile);
});

test('payloads stay in the file: what is read of a model is its structure', () => {
  const path = fixture('exports', 'sesr_m3_op17.onnx');
  const model = readModel(path, { leaveInFile: 1024 });
  const tensors = model.proto.graph?.initializer ?? [];
  const here = tensors.filter((tensor) => !rangeOf(tensor.rawData));
  const held = here.reduce((sum, tensor) => sum + (tensor.rawData?.length ?? 0), 0);
  expect(tensors.length - here.length).toBeGreaterThan(3);
  expect(held).toBeLessThan(16 * 1024);
  model.close();
});
