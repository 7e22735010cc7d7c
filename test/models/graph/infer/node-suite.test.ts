import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coveredOperators } from '../../../../models/graph/index.ts';
import { onnx } from '../../../../models/onnx/generated/onnx-ml.js';
import { nodeSuiteSample } from '../../../support/node-suite.ts';
import { repoRoot } from '../../../support/paths.ts';
import { inferCase } from './contradictions.ts';

const sample = nodeSuiteSample();

test.each([
  ['inputs as inputs', false],
  ['inputs as constants', true],
])('nothing inferred contradicts what ONNX expects (%s)', (_, constants) => {
  expect(sample.length).toBeGreaterThan(150);
  expect(sample.flatMap((suite) => inferCase(suite, constants).problems)).toEqual([]);
});

test('with known inputs at least nine in ten covered operators come out fully known', () => {
  const covered = new Set(coveredOperators());
  const open = new Map<string, boolean>();
  for (const suite of sample) {
    const nodes = onnx.ModelProto.decode(readFileSync(suite.modelPath)).graph?.node ?? [];
    const [node] = nodes;
    if (nodes.length !== 1 || !node?.opType || !covered.has(node.opType) || suite.outputs.some((output) => output.kind !== 'tensor'))
      continue;
    open.set(node.opType, (open.get(node.opType) ?? true) && inferCase(suite, true).known);
  }
  expect(open.size).toBeGreaterThan(110);
  const unknown = [...open].filter(([, known]) => !known).map(([name]) => name);
  expect(unknown.length / open.size, unknown.join(' ')).toBeLessThan(0.1);
});

test('the documentation names exactly the operators that are covered', () => {
  const page = readFileSync(join(repoRoot, 'docs/shape-inference.md'), 'utf8');
  const [, onnxNames = '', microsoftNames = ''] = /ai\.onnx, every version[^\n]*\n\n([^.]*)\.\n\ncom\.microsoft:\n\n([^.]*)\./.exec(page) ?? [];
  expect(onnxNames.split(/,\s/)).toEqual(coveredOperators());
  expect(microsoftNames.split(/,\s/)).toEqual(coveredOperators('com.microsoft'));
});
