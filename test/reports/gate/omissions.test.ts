import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withGates } from '../../../reports/gate/index.ts';
import type { GateVerdict, Report } from '../../../reports/model/report.ts';
import { reportSchema } from '../../../reports/model/report-schema.ts';
import { fixture } from '../../support/paths.ts';

const sample = JSON.parse(readFileSync(fixture('report/sample.json'), 'utf8')) as Report;
const gate = (metric: string, status: GateVerdict['status'], device: string | null = null): GateVerdict => ({
  id: metric, metric, title: metric, level: 'error', status, subject: { variant: 'v', target: null, device, unit: null }, evidence: null, dimension: 'ms',
  value: null, low: null, high: null, base: null, limit: null, n: 0, message: 'nothing in this run matches',
});
const omission = (kind: string, by: 'user' | 'need' = 'user', device: string | null = null): NonNullable<Report['omissions']>[number] => ({
  step: `${kind}:m`, kind, title: `Do ${kind}`, device, by, reason: 'left out by hand',
});
const judged = (gates: readonly GateVerdict[], omissions: NonNullable<Report['omissions']>, strict = false): Report => withGates({ ...sample, gates: [], omissions }, gates, { strict });

test('a run without omissions is judged as ever', () => {
  expect(withGates({ ...sample, gates: [] }, [gate('latency', 'ok')]).verdict).toEqual({ status: 'ok', sentence: 'The one gate passed.', exitCode: 0 });
  expect(judged([gate('latency', 'missing')], []).verdict).toMatchObject({ status: 'missing', exitCode: 2 });
});

test('what a person left out never passes, although every gate that could look did', () => {
  const { gates, verdict } = judged([gate('latency', 'ok')], [omission('quality')]);
  expect(verdict).toMatchObject({ status: 'inconclusive', exitCode: 0 });
  expect(verdict.sentence).toContain('“Do quality” is part of the run: left out by hand');
  expect(gates.map(({ status }) => status)).toEqual(['ok', 'inconclusive']);
  expect(judged([gate('latency', 'ok')], [omission('quality')], true).verdict.exitCode).toBe(3);
  expect(judged([], [omission('quality')], true).verdict).toMatchObject({ status: 'inconclusive', exitCode: 3 });
});

test('a failure stays a failure', () => {
  expect(judged([gate('latency', 'failed')], [omission('quality')]).verdict).toMatchObject({ status: 'failed', exitCode: 1 });
});

test.each([
  ['bench', 'latency', 'inconclusive'], ['bench', 'quality', 'missing'], ['quality', 'quality', 'inconclusive'], ['quality', 'latency', 'missing'], ['compile', 'ddr', 'inconclusive'],
  ['convert', 'latency', 'missing'], ['quantize', 'latency', 'inconclusive'], ['rewrite', 'quality', 'inconclusive'],
] as const)('with %s left out a missing %s is %s', (kind, metric, status) => {
  const { gates: [first], verdict } = judged([gate(metric, 'missing')], [omission(kind)]);
  expect(first?.status).toBe(status);
  expect(verdict.exitCode).toBe(status === 'missing' ? 2 : 0);
});

test('a phone that was taken out explains what is missing of it, and of no other', () => {
  const { gates } = judged([gate('latency', 'missing', 'android:1'), gate('latency', 'missing', 'android:2')], [omission('bench', 'user', 'android:1')]);
  expect(gates.map(({ status }) => status)).toEqual(['inconclusive', 'missing', 'inconclusive']);
  expect(gates[2]).toMatchObject({ title: '“Do bench” on android:1 is part of the run', subject: { device: 'android:1' } });
});

test('what could not go on for it is explained, and the decision is told once', () => {
  const { gates } = judged([gate('latency', 'missing')], [omission('quantize'), omission('bench', 'need')]);
  expect(gates).toHaveLength(2);
});

test('omissions are part of the report’s schema, and not needed', () => {
  expect(reportSchema.parse({ ...sample, omissions: [omission('bench')] }).omissions).toHaveLength(1);
  expect(reportSchema.parse(sample).omissions).toBeUndefined();
});
