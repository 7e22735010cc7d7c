import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import {
  type Baseline,
  baselineOf,
  counts,
  evaluateGates,
  judgeFindings,
  metricsOf,
  overallVerdict,
  parseBaseline,
  parseBudgets,
  parseQuantity,
  readBaseline,
  readBudgets,
  readQuantity,
  withGates,
  writeBaseline,
} from '../../../reports/gate/index.ts';
import { buildReport, parseReport, type GateStatus, type GateVerdict, type Report } from '../../../reports/model/index.ts';
import { fits } from '../../../reports/gate/selector.ts';
import { fixture } from '../../support/paths.ts';

const sample = parseReport(readFileSync(fixture('report/sample.json'), 'utf8'), 'sample.json');
const folder = mkdtempSync(join(tmpdir(), 'dyno-gate-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The sample with every time of one variant multiplied. */
function slower(factor: number, only: (round: number) => boolean = () => true, report: Report = sample): Report {
  const measurements = report.measurements.map((m) => ({
    ...m,
    blocks: m.blocks.map((b) => ({
      ...b,
      samples: b.samples.map((ms) => (m.variant === 'htp-fp32' && only(b.round ?? 0) ? ms * factor : ms)),
    })),
  }));
  return buildReport({ ...report, reference: 'original-fp32', measurements });
}

const judge = (gates: unknown[], report: Report = sample, baseline: Baseline | null = null, more: object = {}): GateVerdict[] =>
  evaluateGates(report, parseBudgets({ ...more, gates }, 'test'), baseline);
const statuses = (gates: unknown[], report: Report = sample, baseline: Baseline | null = null, more: object = {}): GateStatus[] =>
  judge(gates, report, baseline, more).map((g) => g.status);

describe('quantities', () => {
  test.each([
    ['16 ms', 16, 'ms'],
    ['250us', 0.25, 'ms'],
    ['1.5 s', 1500, 'ms'],
    ['4 MB', 4e6, 'bytes'],
    ['4MiB', 4 * 1024 ** 2, 'bytes'],
    ['512 b', 512, 'bytes'],
    ['0.1 dB', 0.1, 'dB'],
    ['5%', 5, '%'],
    ['1.2 G', 1.2e9, 'count'],
    ['3', 3, 'count'],
    [0.001, 0.001, 'count'],
    ['1e3 ms', 1000, 'ms'],
  ])('%s', (text, value, dimension) => {
    expect(readQuantity(text)?.value).toBeCloseTo(value, 9);
    expect(readQuantity(text)?.dimension).toBe(dimension);
  });

  test.each(['', 'ms', '-3 ms', '3 furlongs', '1,5 ms', 'NaN', 'Infinity ms', '3 constructor', '0x10 ms'])('"%s" is none', (text) =>
    expect(readQuantity(text)).toBeNull(),
  );

  test('the wrong dimension is refused with an example', () => {
    expect(() => parseQuantity('4 MB', ['ms'])).toThrow(/"4 MB" is not a duration/);
    expect(parseQuantity(0.001, ['dB', 'similarity'])).toEqual({ value: 0.001, dimension: 'similarity' });
  });
});

test.each([
  ['*', 'anything', true],
  ['iPhone 15*', 'iphone 15 pro', true],
  ['cpu:?', 'cpu:1', true],
  ['cpu:?', 'cpu:all', false],
  ['a.c', 'abc', false],
  ['[a]', 'a', false],
  [['x', 'y*'], 'yes', true],
  ['*', null, false],
  [undefined, null, true],
  ['(', '(', true],
])('%j fits %s: %s', (pattern, name, expected) => expect(fits(pattern, name)).toBe(expected));

describe('budgets', () => {
  test.each([
    [{ gates: [{ latency: { max: '16 parsecs' } }] }, /gates\[0\]\.latency\.max/],
    [{ gates: [{ latency: { max: '4 MB' } }] }, /Expected a quantity such as "16 ms"/],
    [{ gates: [{ latencyy: {} }] }, /latencyy/],
    [{ gates: [{ level: 'fatal' }] }, /level/],
    [[], /expected object/],
    [{ gates: [{ require: 'guessed' }] }, /require/],
    [{ confidence: 2, gates: [] }, /confidence/],
  ])('%j is refused with its place', (value, message) => {
    expect(() => parseBudgets(value, 'b.json')).toThrow(message);
    expect(() => parseBudgets(value, 'b.json')).toThrow(UserError);
  });

  test('files: missing and broken ones are the user’s to mend', async () => {
    await expect(readBudgets(join(folder, 'none.json'))).rejects.toThrow(/ENOENT/);
    writeFileSync(join(folder, 'broken.json'), '{');
    await expect(readBudgets(join(folder, 'broken.json'))).rejects.toThrow(/not JSON/);
    writeFileSync(join(folder, 'ok.json'), '{"gates":[{"latency":{"max":"16 ms"}}]}');
    expect((await readBudgets(join(folder, 'ok.json'))).gates).toHaveLength(1);
  });
});

describe('absolute limits', () => {
  const center = sample.latencies.find((l) => l.variant === 'htp-fp32' && l.unit === 'cpu:1')?.ms as {
    center: number;
    low: number;
    high: number;
  };
  const at = (ms: number, more: object = {}) =>
    judge([{ variant: 'htp-fp32', unit: 'cpu:1', latency: { max: `${ms} ms`, ...more } }])[0] as GateVerdict;

  test('an interval below, above and across the limit', () => {
    expect(at(center.high * 1.1).status).toBe('ok');
    expect(at(center.low * 0.9).status).toBe('failed');
    expect(at(center.center).status).toBe('inconclusive');
    expect(at(center.low * 0.9, { level: 'warn' }).status).toBe('warn');
    expect(at(center.center)).toMatchObject({ limit: center.center, n: 6, evidence: 'measured(host)', dimension: 'ms' });
  });

  test('p90 is above the median', () => {
    expect(at(1000, { stat: 'p90' }).value).toBeGreaterThan(at(1000).value as number);
  });

  test('a gate that is off says nothing; what nothing matches is missing', () => {
    expect(judge([{ level: 'off', latency: { max: '1 ms' } }, { latency: { max: '1 ms', level: 'off' } }])).toEqual([]);
    const [verdict] = judge([{ variant: 'no-such', latency: { max: '1 ms' } }]);
    expect(verdict).toMatchObject({ status: 'missing', message: 'nothing in this run matches', value: null });
  });

  test('too few blocks are inconclusive', () => {
    const few = buildReport({
      ...sample,
      reference: 'original-fp32',
      measurements: sample.measurements.map((m) => ({ ...m, blocks: m.blocks.slice(0, 2) })),
    });
    expect(judge([{ variant: 'htp-fp32', unit: 'cpu:1', latency: { max: '1 ms' } }], few)[0]).toMatchObject({
      status: 'inconclusive',
      message: '2 blocks: need ≥ 3',
    });
    expect(statuses([{ variant: 'htp-fp32', unit: 'cpu:1', minBlocks: 2, latency: { max: '1 ms' } }], few)).toEqual(['failed']);
    expect(statuses([{ variant: 'htp-fp32', unit: 'cpu:1', latency: { max: '100 ms' } }], sample, null, { minBlocks: 7 })).toEqual([
      'inconclusive',
    ]);
  });

  test('required evidence: `measured` means a device', () => {
    expect(judge([{ variant: 'htp-fp32', unit: 'cpu:1', require: 'measured', latency: { max: '100 ms' } }])[0]).toMatchObject({
      status: 'missing',
      message: 'needs measured(device); this value is measured(host)',
    });
    expect(statuses([{ variant: 'htp-fp32', unit: 'cpu:1', require: 'measured(host)', latency: { max: '100 ms' } }])).toEqual(['ok']);
  });

  test('sizes and quality are exact', () => {
    const bytes = sample.variants[0]?.bytes as number;
    expect(
      statuses([
        { variant: 'original-fp32', size: { max: `${bytes} B` } },
        { variant: 'original-fp32', size: { max: `${bytes - 1} B` } },
      ]),
    ).toEqual(['ok', 'failed']);
    const psnr = sample.quality.find((q) => q.variant === 'original-fp32' && q.protocol.startsWith('psnr:y'))?.mean as number;
    expect(
      statuses([
        { variant: 'original-fp32', quality: { metric: 'psnr:y:*', min: `${psnr} dB` } },
        { variant: 'original-fp32', quality: { metric: 'psnr:y:*', min: `${psnr + 0.001} dB` } },
      ]),
    ).toEqual(['ok', 'failed']);
    expect(statuses([{ variant: 'original-fp32', quality: { metric: 'ssim*', min: '30 dB' } }])).toEqual(['missing']);
  });
});

describe('against another variant of the run', () => {
  const gate = { variant: 'htp-fp32', unit: 'cpu:all', latency: { maxIncrease: '2%', vs: 'original-fp32' } };

  test('pairs decide: better, worse, unclear', () => {
    expect(statuses([gate])).toEqual(['ok']);
    expect(statuses([gate], slower(1.3))).toEqual(['failed']);
    expect(statuses([gate], slower(1.3, (round) => round % 2 === 0))).toEqual(['inconclusive']);
  });

  test('value, limit and message of a verdict agree with each other and with the table of latencies', () => {
    const report = slower(1.3);
    const [verdict] = judge([gate], report) as [GateVerdict];
    const latency = report.latencies.find((l) => l.variant === 'htp-fp32' && l.unit === 'cpu:all');
    expect(verdict.value).toBeCloseTo(latency?.ms.center as number, 9);
    expect(verdict.limit).toBeCloseTo(1.02 * (verdict.base as number), 9);
    const change = 100 * ((verdict.value as number) / (verdict.base as number) - 1);
    expect(verdict.message).toMatch(/^\+[\d.]+ % \(90 % interval /);
    expect(Number.parseFloat(verdict.message.slice(1))).toBeCloseTo(change, 0);
  });

  test('quality drops are exact, and a base that was not measured is missing', () => {
    const drop = (text: string) => ({ variant: 'htp-w8a8', quality: { metric: 'psnr:y:*', maxDrop: text, vs: 'original-fp32' } });
    expect(statuses([drop('1 dB'), drop('0.01 dB')])).toEqual(['ok', 'failed']);
    expect(judge([{ ...gate, latency: { maxIncrease: '2%', vs: 'ghost' } }])[0]?.message).toBe('ghost was not measured there');
    expect(judge([{ ...gate, variant: '*', unit: 'cpu:1' }]).map((g) => g.subject.variant)).not.toContain('original-fp32');
  });
});

describe('against a baseline file', () => {
  const path = join(folder, 'nested/base.json');

  test('is written whole, read back, and holds the same run', async () => {
    await writeBaseline(path, baselineOf(sample));
    expect(readdirSync(join(folder, 'nested'))).toEqual(['base.json']);
    const baseline = await readBaseline(path);
    expect(baseline.entries).toHaveLength(metricsOf(sample).length);
    const verdicts = evaluateGates(sample, { gates: [] }, baseline);
    expect(new Set(verdicts.map((v) => v.status))).toEqual(new Set(['ok']));
    expect(new Set(verdicts.map((v) => v.id)).size).toBe(verdicts.length);
  });

  test('a slower run fails where the spread of sessions is known, else it is inconclusive', () => {
    const baseline = baselineOf(sample);
    const worse = (more: object) =>
      judge([], slower(1.5), baseline, more)
        .filter((v) => v.metric === 'latency' && v.subject.variant === 'htp-fp32')
        .map((v) => v.status);
    expect(worse({ sessionSpread: '3%' })).toEqual(['failed', 'failed']);
    expect(worse({})).toEqual(['inconclusive', 'inconclusive']);
    expect(judge([], slower(0.5), baseline).filter((v) => v.metric === 'latency').every((v) => v.status === 'ok')).toBe(true);
  });

  test('exact values are compared exactly, with the margin of the file', () => {
    const baseline = baselineOf(sample);
    const grown = { ...sample, variants: sample.variants.map((v) => ({ ...v, bytes: v.bytes + 1 })) };
    expect(judge([], grown, baseline).filter((v) => v.metric === 'size').map((v) => v.status)).toEqual(sample.variants.map(() => 'failed'));
    const blurred = { ...sample, quality: sample.quality.map((q) => ({ ...q, mean: q.mean - 0.5 })) };
    expect(judge([], blurred, baseline).filter((v) => v.metric === 'quality').every((v) => v.status === 'failed')).toBe(true);
  });

  test('unlike conditions are no number but an error that says which', () => {
    const baseline = baselineOf(sample);
    const elsewhere = { ...sample, environment: { ...sample.environment, libraries: { onnxruntime: '2.0' } } };
    const verdicts = judge([], elsewhere, baseline).filter((v) => v.metric === 'latency');
    expect(verdicts[0]).toMatchObject({ status: 'missing', value: null });
    expect(verdicts[0]?.message).toMatch(
      /not like with like: onnxruntime was 1\.30\.0, is 2\.0; sharp was 0\.35\.5, is not stated/,
    );
    expect(overallVerdict(verdicts).exitCode).toBe(2);
  });

  test('a machine that the baseline does not know is an error, once; its own values are added and the others kept', () => {
    const here = baselineOf(sample);
    const elsewhere = { ...sample, environment: { ...sample.environment, cpu: 'Apple M9' } };
    const [first, ...more] = judge([], elsewhere, here).filter((v) => v.status === 'missing');
    expect(first?.message).toMatch(/^the baseline knows no Apple M9, \d+ cores, .*; it knows AMD.* dyno gate --update/);
    expect([more, overallVerdict(judge([], elsewhere, here)).exitCode]).toEqual([[], 2]);
    const both = parseBaseline(JSON.stringify(baselineOf(elsewhere, 5, here)), 'both.json');
    const times = (baseline: Baseline): number => baseline.entries.filter(({ metric }) => metric === 'latency').length;
    const sizes = (baseline: Baseline): number => baseline.entries.filter(({ metric }) => metric === 'size').length;
    expect([times(both), sizes(both)]).toEqual([2 * times(here), sizes(here)]);
    for (const report of [sample, elsewhere]) expect(overallVerdict(judge([], report, both)).exitCode).toBe(0);
    expect(baselineOf(sample, 5, both).entries.length).toBe(both.entries.length);
  });

  test('one phone stands in for another of its class; another system or chip does not', () => {
    const onPhone = (device: string, chip: string, system: string): Report => ({
      ...sample, measurements: sample.measurements.map((m) => ({ ...m, device, evidence: 'measured(device)' as const })),
      devices: [{ device, label: 'Galaxy', chip, system, evidence: 'measured(device)', tools: {} }],
    });
    const baseline = baselineOf(onPhone('android:A', 'SM8550', 'Android 15'));
    const code = (report: Report): number => overallVerdict(judge([], report, baseline)).exitCode;
    expect([code(onPhone('android:B', 'SM8550', 'Android 15')), code(onPhone('android:B', 'SM8550', 'Android 16')), code(onPhone('android:B', 'SM8650', 'Android 15'))]).toEqual([0, 2, 2]);
  });

  test('operations that a phone plans elsewhere than on the unit asked for', () => {
    const operations = [{ name: 'a', opType: 'conv', place: 'ane', work: 1 }, { name: 'b … c', opType: 'several', place: 'gpu', work: 1, count: 2 }, { name: 'd', opType: 'cast', place: 'absorbed', work: 0 }] as const;
    const planned = (unit: string): Report => ({ ...sample, measurements: sample.measurements.slice(0, 1).map((m) => ({ ...m, unit, placement: { by: 'cost', operations } })) });
    const virtual = { ...planned('ane'), measurements: planned('ane').measurements.map((m) => ({ ...m, evidence: 'simulated' as const })) };
    expect(judge([{ offUnit: { max: 1 } }], virtual).map(({ evidence }) => evidence)).toEqual(['simulated']);
    const judged = (unit: string): unknown[] => judge([{ offUnit: { max: 1 } }], planned(unit)).map(({ status, value, evidence }) => [status, value, evidence]);
    expect(['ane', 'gpu', 'all'].map(judged)).toEqual([[['failed', 2, 'planned']], [['ok', 1, 'planned']], [['missing', null, null]]]);
  });

  test('exact gates alone: times and memory are not looked at, in budgets and in the baseline', () => {
    const slow = { ...slower(2), environment: { ...sample.environment, cpu: 'Apple M9' } };
    const gates = [{ latency: { max: '1 us' }, memory: { max: '1 B' }, rank: { max: 1 }, size: { max: '1 B' } }];
    const verdicts = evaluateGates(slow, parseBudgets({ gates }, 'test'), baselineOf(sample), { exact: true });
    expect([...new Set(verdicts.map(({ metric }) => metric))].sort()).toEqual(['nodes', 'parameters', 'quality', 'rank', 'size']);
    expect(verdicts.filter(({ metric, status }) => status === 'failed' && metric === 'rank').length).toBe(sample.variants.filter(({ maxRank }) => maxRank !== null).length);
    expect(evaluateGates({ ...sample, measurements: [] }, parseBudgets({ gates: [] }, 'test'), baselineOf(sample), { exact: true }).every(({ status }) => status === 'ok')).toBe(true);
  });

  test('a stated relative budget replaces the baseline’s own margin; lost values are missing', () => {
    const baseline = baselineOf(sample);
    const verdicts = judge([{ variant: 'htp-w8a8', size: { maxIncrease: '10%' } }], sample, baseline);
    expect(verdicts.filter((v) => v.metric === 'size' && v.subject.variant === 'htp-w8a8').map((v) => v.title)).toEqual([
      'size of htp-w8a8 ≤ +10 % against the baseline',
    ]);
    const fewer = { ...sample, measurements: sample.measurements.slice(1) };
    expect(judge([], fewer, baseline).find((v) => v.status === 'missing')?.message).toBe('the baseline has it, this run does not');
    expect(judge([{ variant: 'htp-w8a8', size: { maxIncrease: '10%' } }])[0]?.message).toMatch(/no baseline was given/);
    const unknown = { ...baseline, entries: baseline.entries.filter((e) => e.metric !== 'size') };
    expect(judge([{ variant: 'htp-w8a8', size: { maxIncrease: '10%' } }], sample, unknown)[0]?.message).toMatch(/no such value/);
  });

  test('damaged files are refused and no half file is left', async () => {
    expect(() => parseBaseline('{', 'b')).toThrow(/not JSON/);
    expect(() => parseBaseline('{"baselineVersion":9}', 'b')).toThrow(/not a baseline of this dyno/);
    await expect(readBaseline(join(folder, 'gone.json'))).rejects.toThrow(/dyno gate --update|ENOENT/);
    writeFileSync(join(folder, 'file'), '');
    await expect(writeBaseline(join(folder, 'file/base.json'), baselineOf(sample))).rejects.toThrow(UserError);
    expect(existsSync(join(folder, 'file/base.json'))).toBe(false);
  });
});

describe('findings', () => {
  test.each([
    ['wrong-result', 'blocks', true],
    ['blocks-conversion', 'blocks', true],
    ['blocks-unit', 'blocks', true],
    ['splits-graph', 'blocks', false],
    ['splits-graph', 'splits', true],
    ['slow', 'splits', false],
    ['slow', 'slow', true],
    ['wrong-result', 'none', false],
    ['overflow', 'blocks-unit', false],
  ] as const)('%s under --fail-on %s: %s', (severity, failOn, expected) => expect(counts(severity, failOn)).toBe(expected));

  test('verdicts per target, also from a budgets file', () => {
    const verdicts = judgeFindings(sample, 'blocks');
    expect(verdicts.map((v) => [v.subject.target, v.status])).toEqual([['ane:A15', 'failed'], ['htp:SM8550', 'failed']]);
    expect(judge([{ target: 'ane*', findings: { atLeast: 'slow', level: 'warn' } }]).map((v) => v.status)).toEqual(['warn']);
    expect(judge([{ target: 'ane*', findings: { atLeast: 'slow', max: 99 } }]).map((v) => v.status)).toEqual(['ok']);
    expect(judgeFindings(sample, 'none').every((v) => v.status === 'ok')).toBe(true);
  });
});

describe('the verdict of all gates', () => {
  const gate = (status: GateStatus, level: 'error' | 'warn' = 'error'): GateVerdict => ({
    ...(sample.gates[0] as GateVerdict),
    status,
    level,
  });
  test.each([
    [[], false, 'ok', 0],
    [[gate('ok')], false, 'ok', 0],
    [[gate('ok'), gate('failed'), gate('missing')], false, 'failed', 1],
    [[gate('missing'), gate('inconclusive')], true, 'missing', 2],
    [[gate('inconclusive')], false, 'inconclusive', 0],
    [[gate('inconclusive')], true, 'inconclusive', 3],
    [[gate('warn', 'warn'), gate('ok')], true, 'warn', 0],
    [[gate('missing', 'warn'), gate('inconclusive', 'warn')], true, 'warn', 0],
  ] as const)('%#: %s', (gates, strict, status, exitCode) => {
    expect(overallVerdict(gates, { strict })).toMatchObject({ status, exitCode });
    expect(withGates(sample, gates, { strict }).verdict.status).toBe(status);
  });
});
