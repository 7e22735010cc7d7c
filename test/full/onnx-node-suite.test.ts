import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeInPieces } from '../../models/onnx/encode.ts';
import { encodeModel, readModel, writeModel } from '../../models/onnx/index.ts';
import { readBack } from '../../models/onnx/read-back.ts';
import { type NodeSuiteCase, nodeSuiteAll } from '../support/node-suite.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const at = temporaryFolder();
const cases = nodeSuiteAll();

describe.skipIf(cases === null)('ONNX’s whole node suite (make it with test/fixtures/make-node-suite.py)', () => {
  const all = cases as NodeSuiteCase[];

  it('has the cases of onnx 1.23', () => {
    expect(all.length).toBeGreaterThan(1800);
  });

  it.each([undefined, 0, 1, 64, 4096])('is written byte for byte (left in the file from: %s bytes)', (leaveInFile) => {
    const different = all.filter(({ modelPath }) => {
      const model = readModel(modelPath, leaveInFile === undefined ? {} : { leaveInFile });
      const written = encodeModel(model.proto);
      model.close();
      return Buffer.compare(written, readFileSync(modelPath)) !== 0;
    });
    expect(different.map((c) => c.name)).toEqual([]);
  });

  it('reads back through onnx-proto as it was meant', async () => {
    for (const { modelPath } of all) {
      const { proto } = readModel(modelPath);
      await readBack(modelPath, proto, encodeInPieces(proto));
    }
  });

  it('is saved byte for byte, one over the other', async () => {
    for (const { name, modelPath } of all.filter((_, i) => i % 10 === 0)) {
      const model = readModel(modelPath, { leaveInFile: 16 });
      await writeModel(model.proto, at('m.onnx'), { from: model });
      model.close();
      expect(Buffer.compare(readFileSync(at('m.onnx')), readFileSync(modelPath)), name).toBe(0);
    }
  });
});
