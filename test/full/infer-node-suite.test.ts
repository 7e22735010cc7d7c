import { expect, test } from 'vitest';
import { nodeSuiteAll } from '../support/node-suite.ts';
import { inferCase } from '../models/graph/infer/contradictions.ts';

const all = nodeSuiteAll();

test.skipIf(all === null)('inference contradicts no case of the whole ONNX node suite (made by test/fixtures/make-node-suite.py)', () => {
  const reports = (all ?? []).flatMap((suite) => [inferCase(suite, false), inferCase(suite, true)]);
  expect(reports.length).toBeGreaterThan(3600);
  expect(reports.flatMap((report) => report.problems)).toEqual([]);
  expect(reports.filter((report) => report.known).length / reports.length).toBeGreaterThan(0.8);
});
