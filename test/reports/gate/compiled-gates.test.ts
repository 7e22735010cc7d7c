import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CompiledRecord, QualityRecord } from '../../../models/contracts/index.ts';
import { type Baseline, baselineOf, evaluateGates, overallVerdict, parseBaseline, parseBudgets } from '../../../reports/gate/index.ts';
import { buildReport, type GateVerdict, parseReport, type Report } from '../../../reports/model/index.ts';
import { renderCsv, renderJunit, renderMarkdown } from '../../../reports/render/index.ts';
import { fixture } from '../../support/paths.ts';

const sample = parseReport(readFileSync(fixture('report/sample.json'), 'utf8'), 'sample.json');
/** Real figures: the bundled network is one graph, the other export leaves three nodes on the CPU. */
const compiled = JSON.parse(readFileSync(fixture('report/compiled.json'), 'utf8')) as CompiledRecord[];
const tools = (compiled[0] as CompiledRecord).tools;

function emulated(variant: string, value: number): QualityRecord {
  const name = 'psnr:y:crop2:matlab';
  return { variant, protocol: name, dataset: 'samples', executor: 'emulator:SM8550', evidence: 'emulated', unit: 'dB', mean: value, perImage: [{ image: 'a', value }], note: null, tools };
}

const reportOf = (records: readonly CompiledRecord[], quality: readonly QualityRecord[] = []): Report =>
  buildReport({ ...sample, measurements: [], crops: [], reference: 'original-fp32', compiled: records, quality: [...quality] });
const report = reportOf(compiled, [emulated('original-fp32', 26.5), emulated('htp-fp32', 26.4)]);
const judge = (gates: unknown[], of: Report = report, baseline: Baseline | null = null): GateVerdict[] => evaluateGates(of, parseBudgets({ gates }, 'test'), baseline);
const only = (verdicts: readonly GateVerdict[], device: string | null): string[] => verdicts.filter(({ subject }) => subject.device === device).map(({ status, title }) => `${status}: ${title}`);
const changed = (change: (record: CompiledRecord) => Partial<CompiledRecord>): CompiledRecord[] => compiled.map((record) => ({ ...record, ...change(record) }));

test('placement is a number that a budget bounds, for each variant and chip', () => {
  const verdicts = judge([{ target: 'htp:SM8550', cpuNodes: { max: 0 }, segments: { max: 1 } }]);
  expect(only(verdicts, 'compiler:SM8550')).toEqual([
    'ok: nodes on the CPU of original-fp32 for SM8550 ≤ 0', 'failed: nodes on the CPU of htp-fp32 for SM8550 ≤ 0',
    'ok: graphs of original-fp32 for SM8550 ≤ 1', 'ok: graphs of htp-fp32 for SM8550 ≤ 1',
  ]);
  expect(only(verdicts, 'compiler:SM8750')).toEqual([]);
  expect(verdicts.every(({ evidence, n, low }) => evidence === 'compiled' && n === 1 && low === null)).toBe(true);
});

test('traffic: total, parts and context are held to the byte', () => {
  const [record] = compiled as [CompiledRecord];
  const { readBytes, writeBytes } = record.traffic as NonNullable<CompiledRecord['traffic']>;
  const at = (metric: string, max: number): string | undefined => judge([{ variant: 'original-fp32', device: 'compiler:SM8550', [metric]: { max: `${max} B` } }])[0]?.status;
  expect([at('ddr', readBytes + writeBytes), at('ddr', readBytes + writeBytes - 1)]).toEqual(['ok', 'failed']);
  expect([at('ddrRead', readBytes), at('ddrRead', readBytes - 1), at('ddrWrite', writeBytes), at('ddrWrite', writeBytes - 1)]).toEqual(['ok', 'failed', 'ok', 'failed']);
  expect([at('spill', 0), at('fill', 0)]).toEqual(['ok', 'ok']);
  expect([at('context', record.context?.bytes ?? 0), at('context', (record.context?.bytes ?? 0) - 1)]).toEqual(['ok', 'failed']);
  expect(judge([{ ddr: { max: '9 ms' } }].slice(1))).toEqual([]);
  expect(() => judge([{ ddr: { max: '9 ms' } }])).toThrow(/9 MB/);
});

test('against another variant of the run: on the same chip', () => {
  const [verdict] = judge([{ variant: 'htp-fp32', target: 'htp:SM8750', ddr: { maxIncrease: '0%', vs: 'original-fp32' } }]);
  const total = (i: number): number => (compiled[i]?.traffic?.readBytes ?? 0) + (compiled[i]?.traffic?.writeBytes ?? 0);
  expect(verdict).toMatchObject({ status: total(3) <= total(2) ? 'ok' : 'failed', value: total(3), base: total(2), subject: { device: 'compiler:SM8750' } });
});

test('a compilation that failed has no graphs to count: the gate says so and the run cannot pass', () => {
  const failed = reportOf(changed(() => ({ failure: 'no room', traffic: null, context: null })));
  const verdicts = judge([{ ddr: { max: '9 MB' } }], failed);
  expect(verdicts.map(({ status }) => status)).toEqual(['missing']);
  expect(overallVerdict(verdicts).exitCode).toBe(2);
});

test('the emulator needs no base of its own: a variant that did not run there is taken from ONNX Runtime', () => {
  const gates = [{ variant: 'htp-fp32', device: 'emulator:*', quality: { metric: 'psnr:y:*', maxDrop: '0.2 dB', vs: 'original-fp32' } }];
  expect(judge(gates)[0]).toMatchObject({ status: 'ok', base: 26.5 });
  const host = sample.quality.find(({ variant, protocol }) => variant === 'original-fp32' && protocol === 'psnr:y:crop2:matlab');
  const apart = reportOf([], [...(host ? [host] : []), emulated('htp-fp32', (host?.mean ?? 0) - 0.5)]);
  expect(judge(gates, apart)[0]).toMatchObject({ status: 'failed', base: host?.mean });
});

test('a baseline holds every figure exactly: equal passes, one byte or a hair of a decibel more does not', () => {
  const baseline = parseBaseline(JSON.stringify(baselineOf(report)), 'b.json');
  expect(judge([], report, baseline).filter(({ status }) => status !== 'ok')).toEqual([]);
  const heavier = reportOf(changed(({ traffic }) => ({ traffic: traffic && { ...traffic, writeBytes: traffic.writeBytes + 1 } })), [emulated('original-fp32', 26.5), emulated('htp-fp32', 26.3999)]);
  const failed = judge([], heavier, baseline).filter(({ status }) => status === 'failed');
  expect(new Set(failed.map(({ metric }) => metric))).toEqual(new Set(['ddr', 'ddrWrite', 'quality']));
  const lighter = reportOf(changed(({ cpuNodes }) => ({ cpuNodes: Math.max(0, cpuNodes - 1) })), [emulated('original-fp32', 26.6), emulated('htp-fp32', 26.4)]);
  expect(judge([], lighter, baseline).every(({ status }) => status === 'ok')).toBe(true);
});

test('another compiler than the baseline’s is named and decides nothing, however the figures fell', () => {
  const baseline = baselineOf(report);
  const newer = { ...tools, qairt: 'v2.52.0' };
  const drifted = reportOf(changed(({ traffic }) => ({ tools: newer, traffic: traffic && { ...traffic, readBytes: traffic.readBytes * 2 } })), [{ ...emulated('original-fp32', 20), tools: newer }, emulated('htp-fp32', 26.4)]);
  const verdicts = judge([], drifted, baseline);
  const unclear = verdicts.filter(({ status }) => status === 'inconclusive');
  expect(verdicts.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(unclear.map(({ metric }) => metric)).toEqual(expect.arrayContaining(['ddr', 'cpuNodes', 'context', 'quality']));
  expect(unclear[0]?.message).toMatch(/QAIRT v2\.51\.\S+ → v2\.52\.0/);
  const ddr = unclear.find(({ metric, subject }) => metric === 'ddrRead' && subject.variant === 'original-fp32');
  expect(ddr?.message).toContain('602 kB → 1.20 MB, not compared');
  expect([overallVerdict(verdicts).exitCode, overallVerdict(verdicts, { strict: true }).exitCode]).toEqual([0, 3]);
  expect(overallVerdict(verdicts).sentence).not.toContain('more blocks');
  const junit = renderJunit({ ...drifted, gates: verdicts });
  expect(junit).toMatch(/<testsuite name="compiler:SM8550"[\s\S]*<skipped message="inconclusive: nodes on the CPU/);
});

test('other options or another chip are not like with like', () => {
  const other = reportOf(changed(({ options }) => ({ options: { ...options, vtcm_mb: '2' } })));
  const verdicts = judge([{ variant: 'original-fp32', target: 'htp:SM8550', ddr: { maxIncrease: '0%' } }], other, baselineOf(report));
  expect(verdicts[0]).toMatchObject({ status: 'missing', message: expect.stringContaining('vtcm_mb') });
});

test('every form of the report has the figures', () => {
  expect(parseReport(JSON.stringify(report), 'r').compiled).toEqual(compiled);
  const markdown = renderMarkdown(report);
  expect(markdown).toContain('Compiled for htp:SM8550 (Hexagon v73)');
  expect(markdown).toMatch(/original-fp32 \| one graph \| 1\.39 MB \| 602 kB \| 786 kB \| 0 B \| 1\.16× \| 2\.99× \| 467 kB/);
  expect(markdown).toContain('1 graph, 3 nodes on the CPU');
  expect(renderCsv(report)).toContain('compiled,original-fp32,htp:SM8550,,readBytes,,,,,602112,bytes,compiled');
});
