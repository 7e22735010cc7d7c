import { expect, test } from 'vitest';
import { DEFAULTS } from '../../../cli/config/defaults.ts';
import { readEnvironment } from '../../../cli/pipeline/environment.ts';
import type { GateOutput } from '../../../cli/pipeline/outputs.ts';
import type { Omission, Step, StepContext } from '../../../cli/pipeline/step.ts';
import { gateStep } from '../../../cli/pipeline/steps/gate.ts';
import type { ReportModel, ReportVariant } from '../../../reports/model/report.ts';
import { reportSchema } from '../../../reports/model/report-schema.ts';

const model: ReportModel = { id: 'm', path: 'm.onnx', sha256: 'a', bytes: 1, opset: 17, nodes: 1, parameters: 1, macs: 1, maxRank: 4, inputs: [], outputs: [] };
const variant: ReportVariant = { id: 'original-fp32', title: 'm', model: 'm', target: null, precision: 'fp32', file: null, sha256: 'a', bytes: 1, nodes: 1, parameters: 1, macs: 1, maxRank: 4 };
const inspected = { model, variant, file: 'm.onnx', artifacts: [] };
const latency = { gates: [{ latency: { max: '1 ms' } }] };

const step = (strict: boolean): Step => gateStep({
  run: { id: 'r', title: 'r', startedAt: '2026-11-21T12:00:00.000Z', command: 'dyno run', seed: 1 }, environment: readEnvironment(), targets: [], gate: { ...DEFAULTS.gate, ...latency }, baseline: null, withoutBase: {},
  models: [{ inspect: 'inspect:m', checks: ['check:m'], rewrites: [{ id: 'rewrite:m', measured: true }], quantized: ['quantize:m'], compile: null, convert: null, bench: 'bench:m', quality: 'quality:m' }],
  strict, exact: false, isResumed: () => false,
});

/** What the step sees where only some outputs are there. */
async function judged(outputs: Readonly<Record<string, unknown>>, omissions: readonly Omission[], strict = false): Promise<GateOutput['report']> {
  const inputs = (ids: readonly string[]): unknown[] => ids.flatMap((id) => (Object.hasOwn(outputs, id) ? [outputs[id]] : []));
  const { output } = await step(strict).run({ inputs, omissions: () => omissions } as unknown as StepContext);
  return (output as GateOutput).report;
}

const leftOut = (id: string, kind: string, by: 'user' | 'need' = 'user'): Omission => ({ step: id, kind, title: `Do ${id}`, device: null, by, reason: 'left out by hand' });

test('with the benchmark left out a budget on latency is inconclusive, and the report says what was left out', async () => {
  const report = await judged({ 'inspect:m': inspected }, [leftOut('bench:m', 'bench'), leftOut('quality:m', 'quality', 'need')]);
  expect(report.verdict).toMatchObject({ status: 'inconclusive', exitCode: 0 });
  expect(report.omissions).toHaveLength(2);
  expect(report.warnings.filter(({ code }) => code === 'left-out')).toHaveLength(2);
  expect(report.gates.map(({ status }) => status)).toEqual(['inconclusive', 'inconclusive']);
  expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toMatchObject({ omissions: report.omissions });
  expect((await judged({ 'inspect:m': inspected }, [leftOut('bench:m', 'bench')], true)).verdict.exitCode).toBe(3);
});

test('a phone that was taken out of the benchmark is told as one, beside what was measured', async () => {
  const bench = { devices: [], measurements: [], failures: [], operations: [], sustained: [], lost: [], omissions: [{ ...leftOut('bench:m', 'bench'), device: 'android:R5' }] };
  const report = await judged({ 'inspect:m': inspected, 'bench:m': bench }, []);
  expect(report.omissions).toMatchObject([{ device: 'android:R5' }]);
  expect(report.verdict.sentence).toContain('“Do bench:m” on android:R5');
});

test('a run whose only model could not be read still has a report, which judges nothing', async () => {
  const report = await judged({}, [leftOut('inspect:m', 'inspect'), leftOut('check:m', 'check', 'need')]);
  expect(report).toMatchObject({ models: [], variants: [], reference: null, verdict: { status: 'inconclusive' } });
  expect(() => reportSchema.parse(JSON.parse(JSON.stringify(report)))).not.toThrow();
});

test('without omissions a value that is missing is missing', async () => {
  const report = await judged({ 'inspect:m': inspected }, []);
  expect(report.verdict).toMatchObject({ status: 'missing', exitCode: 2 });
  expect(report.omissions).toBeUndefined();
});

test('the verdict can do without anything, and cannot be left out itself', () => {
  const { needs, mayLack, essential } = step(false);
  expect(mayLack).toEqual(needs);
  expect(essential).toBe(true);
});
