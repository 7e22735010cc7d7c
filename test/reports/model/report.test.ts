import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectTypeOf, test } from 'vitest';
import {
  type Block,
  type Comparison,
  type Environment,
  type Finding,
  type Measurement,
  type QualityRecord,
  type RewriteLog,
  type RewriteRecord,
  type RootCause,
  UserError,
} from '../../../models/contracts/index.ts';
import { budgetsJsonSchema } from '../../../reports/gate/json-schema.ts';
import { reportJsonSchema } from '../../../reports/model/json-schema.ts';
import { migrate, parseReport } from '../../../reports/model/parse-report.ts';
import type {
  Report, ReportBlock, ReportFinding, ReportMeasurement, ReportQuality, ReportRewriteRecord, ReportRootCause,
} from '../../../reports/model/report.ts';
import { buildReport } from '../../../reports/model/build-report.ts';
import { changesFrom, latencyOf, qualityChangesFrom } from '../../../reports/model/summaries.ts';
import { latencyGroups } from '../../../reports/render/latency-table.ts';
import { fixture, repoRoot } from '../../support/paths.ts';

const sampleText = readFileSync(fixture('report/sample.json'), 'utf8');
const sample = JSON.parse(sampleText) as Report;
const edited = (change: Record<string, unknown>): string => JSON.stringify({ ...sample, ...change });

test('the records of models/contracts are accepted by the types of the schema', () => {
  expectTypeOf<Finding>().toExtend<ReportFinding>();
  expectTypeOf<RootCause>().toExtend<ReportRootCause>();
  expectTypeOf<RewriteRecord>().toExtend<ReportRewriteRecord>();
  expectTypeOf<RewriteLog>().toExtend<Report['rewrites'][number]['log']>();
  expectTypeOf<Comparison>().toExtend<NonNullable<RewriteRecord['verified']>>();
  expectTypeOf<Block>().toExtend<ReportBlock>();
  expectTypeOf<Measurement>().toExtend<ReportMeasurement>();
  expectTypeOf<QualityRecord>().toExtend<ReportQuality>();
  expectTypeOf<Environment>().toExtend<Report['environment']>();
  expectTypeOf<ReportMeasurement>().toExtend<Measurement>();
  expectTypeOf<ReportFinding>().toExtend<Finding>();
});

test('a report survives a round trip unchanged', () => {
  expect(JSON.parse(JSON.stringify(parseReport(sampleText, 'sample.json')))).toEqual(sample);
});

test.each([
  ['nonsense', /not JSON/],
  ['[]', /no schemaVersion/],
  ['null', /no schemaVersion/],
  ['{"schemaVersion":"1"}', /no schemaVersion/],
  [edited({ schemaVersion: 2 }), /format version 2; this dyno reads up to 1/],
  [edited({ schemaVersion: 0 }), /format version 0, which no dyno wrote/],
  [edited({ verdict: { status: 'fine', sentence: '', exitCode: 0 } }), /verdict\.status/],
  [edited({ measurements: [{}] }), /measurements\[0\]/],
])('what is no report is refused: %#', (text, message) => {
  expect(() => parseReport(text, 'r.json')).toThrow(message);
  expect(() => parseReport(text, 'r.json')).toThrow(UserError);
});

test('older versions are brought up step by step', () => {
  const table = { 1: (r: object) => ({ ...r, b: 1 }), 2: (r: object) => ({ ...r, c: (r as { b: number }).b + 1 }) };
  expect(migrate({ schemaVersion: 1 }, 'r', table, 3)).toEqual({ schemaVersion: 3, b: 1, c: 2 });
  expect(migrate({ schemaVersion: 3 }, 'r', table, 3)).toEqual({ schemaVersion: 3 });
});

test.each([
  ['report.schema.json', reportJsonSchema],
  ['budgets.schema.json', budgetsJsonSchema],
])('%s is up to date (npx tsx reports/model/emit-schema.ts)', (name, make) => {
  expect(readFileSync(join(repoRoot, 'reports', name), 'utf8')).toBe(make());
});

const block = (ms: number, round?: number): Block => ({
  samples: [ms, ms * 1.02, ms * 0.99],
  loadMs: 5,
  firstMs: 2 * ms,
  warmup: { runs: 3, stable: true },
  startedAt: '2026-01-01T00:00:00Z',
  order: 0,
  thermal: null,
  ...(round === undefined ? {} : { round }),
});
const measurement = (variant: string, blocks: Block[]): Measurement => ({
  variant,
  device: 'host',
  unit: 'cpu',
  effectiveUnit: 'cpu',
  evidence: 'measured(host)',
  modelSha256: '',
  inputShapes: {},
  blocks,
  warnings: [],
  peakMemoryBytes: null,
});

test('latency is the geometric mean of block medians, with an open interval for one block and none for no block', () => {
  expect(latencyOf(measurement('a', []))).toBeNull();
  const one = latencyOf(measurement('a', [block(4)]));
  expect([one?.ms.center, one?.ms.high, one?.ms.n]).toEqual([4, null, 1]);
  expect(one?.warnings).toContain('One block has no interval: need ≥ 2.');
  const two = latencyOf(measurement('a', [block(4), block(9)]));
  expect(two?.ms.center).toBeCloseTo(6, 12);
  expect(two?.samples).toBe(6);
});

test('changes pair blocks of one round on one unit', () => {
  const base = measurement('a', [1, 2, 3, 4, 5].map((x, i) => block(x, i)));
  const half = measurement('b', [5, 4, 3, 2, 1].map((x, i) => block(x / 2, 4 - i)));
  const [change, ...others] = changesFrom([base, half, { ...half, unit: 'other' }], () => 'a');
  expect(others).toEqual([]);
  expect(change?.ratio.center).toBeCloseTo(0.5, 12);
  expect(change?.direction).toBe('better');
  expect(changesFrom([base, measurement('b', [block(1, 99)])], () => 'a')).toEqual([]);
});

test('quality changes are drops over the images that both have', () => {
  const record = (variant: string, values: Record<string, number>): QualityRecord => ({
    variant, protocol: 'psnr:y:crop:matlab', dataset: 'd', executor: 'host', evidence: 'computed', unit: 'dB', mean: 0,
    perImage: Object.entries(values).map(([image, value]) => ({ image, value })), note: null,
  });
  const [change] = qualityChangesFrom([record('a', { x: 30, y: 32 }), record('b', { x: 29, y: 31.5, z: 1 }), record('c', { q: 3 })], () => 'a');
  expect(change?.drop.center).toBeCloseTo(0.75, 12);
  expect(qualityChangesFrom([record('a', { x: 1 }), record('c', { q: 3 })], () => 'a')).toEqual([]);
});

test('variants are compared with the reference of their own model, and with none of another', () => {
  const variant = (id: string, model: string) => ({ ...(sample.variants[0] as Report['variants'][number]), id, model });
  const timed = (id: string, ms: number) => measurement(id, [0, 1, 2].map((round) => block(ms + round / 100, round)));
  const report = buildReport({
    run: sample.run, environment: sample.environment, models: [],
    variants: [variant('a', 'small'), variant('a8', 'small'), variant('b', 'large'), variant('b8', 'large')],
    measurements: [timed('a', 1), timed('a8', 0.5), timed('b', 10), timed('b8', 5)],
  });
  expect(report.reference).toBe('a');
  expect(report.changes.map(({ base, candidate }) => [base, candidate])).toEqual([['a', 'a8'], ['b', 'b8']]);
  expect(latencyGroups(report)[0]?.rows.map(({ isReference }) => isReference)).toEqual([true, false, true, false]);
});

