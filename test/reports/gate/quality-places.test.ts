import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { QualityRecord } from '../../../models/contracts/index.ts';
import { baselineOf, evaluateGates, parseBaseline, parseBudgets } from '../../../reports/gate/index.ts';
import { buildReport, type GateVerdict, parseReport, type Report } from '../../../reports/model/index.ts';
import { fixture } from '../../support/paths.ts';

const sample = parseReport(readFileSync(fixture('report/sample.json'), 'utf8'), 'sample.json');

const record = (variant: string, protocol: string, mean: number, more: Partial<QualityRecord> = {}): QualityRecord => ({
  variant, protocol, dataset: 'kodak', executor: 'host', evidence: 'computed', unit: protocol.startsWith('psnr') ? 'dB' : '', mean,
  perImage: [{ image: 'a.png', value: mean - 1 }, { image: 'b.png', value: mean + 1 }], note: null, ...more,
});

const both = (protocol: string, base: number, now: number, more: Partial<QualityRecord> = {}): QualityRecord[] => [record('original-fp32', protocol, base, more), record('htp-fp32', protocol, now, more)];
const report = (quality: QualityRecord[]): Report => buildReport({ ...sample, reference: 'original-fp32', quality });
const judge = (quality: unknown, records: QualityRecord[], more: object = {}): GateVerdict[] =>
  evaluateGates(report(records), parseBudgets({ gates: [{ variant: 'htp-fp32', quality, ...more }] }, 'test'));
const verdicts = (quality: unknown, records: QualityRecord[]): string[] => judge(quality, records).map(({ status, title }) => `${status}: ${title}`);

describe('data sets and tags', () => {
  const psnr = 'psnr:y:crop2:matlab';
  const records = [
    ...both(psnr, 33, 32.95), ...both(psnr, 30, 29.5, { tag: 'night' }), ...both(psnr, 35, 34.99, { tag: 'day' }), ...both(psnr, 37, 36.8, { dataset: 'set5' }),
  ];

  test('a gate without a tag looks at whole sets; one with a tag at that part alone', () => {
    expect(verdicts({ metric: 'psnr:y:*', maxDrop: '0.1 dB', vs: 'original-fp32' }, records)).toEqual([
      `ok: ${psnr}@kodak of htp-fp32 ≥ −0.10 dB against original-fp32`, `failed: ${psnr}@set5 of htp-fp32 ≥ −0.10 dB against original-fp32`,
    ]);
    expect(verdicts({ metric: 'psnr:y:*', dataset: 'kodak', tag: 'night', maxDrop: '0.1 dB', vs: 'original-fp32' }, records)).toEqual([`failed: ${psnr}@kodak#night of htp-fp32 ≥ −0.10 dB against original-fp32`]);
    expect(verdicts({ tag: '*', min: '29 dB' }, records).map((text) => text.split(' ')[1])).toEqual([`${psnr}@kodak#night`, `${psnr}@kodak#day`]);
  });

  test('a name holds them too, each name of a list on its own', () => {
    expect(verdicts({ metric: `${psnr}@kodak#night`, maxDrop: '1 dB', vs: 'original-fp32' }, records)).toEqual([`ok: ${psnr}@kodak#night of htp-fp32 ≥ −1.00 dB against original-fp32`]);
    expect(verdicts({ metric: ['psnr:*@set5', 'psnr:*#day'], min: '36 dB' }, records)).toEqual([`ok: ${psnr}@set5 of htp-fp32 ≥ 36.00 dB`, `failed: ${psnr}@kodak#day of htp-fp32 ≥ 36.00 dB`]);
    expect(verdicts({ metric: '@set5', min: '36 dB' }, records)).toEqual([`ok: ${psnr}@set5 of htp-fp32 ≥ 36.00 dB`]);
    expect(() => judge({ metric: 'psnr:*@set5', dataset: 'kodak', min: '36 dB' }, records)).toThrow('says its data set or tag twice');
  });

  test('one that nothing fits is missing, and its name says what was asked', () => {
    expect(verdicts({ metric: 'psnr:*@kodak#rain', min: '30 dB' }, records)).toEqual(['missing: quality ≥ 30.00 dB for variant htp-fp32, protocol psnr:*, dataset kodak, tag rain']);
  });

  test('ids differ by set and tag, so that trackers keep them apart', () => {
    const ids = judge({ tag: ['night', 'day'], min: '20 dB' }, records).concat(judge({ min: '20 dB' }, records)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });

  test('with one set and no tag, titles and ids stay as they were', () => {
    const [gate] = judge({ min: '20 dB' }, both(psnr, 33, 33));
    expect([gate?.title, gate?.id]).toEqual([`${psnr} of htp-fp32 ≥ 20.00 dB`, `min | quality | median | - | htp-fp32 | host | - | ${psnr}`]);
  });
});

describe('values that are not better the higher they are', () => {
  const color = 'color:crop:matlab';
  const texture = 'texture:crop:matlab';

  test.each<[string, QualityRecord[], object, string]>([
    ['a colour difference that rises within the budget', both(color, 2, 2.3, { better: 'lower' }), { maxDrop: 0.5 }, `ok: ${color} of htp-fp32 ≤ +0.5000 against original-fp32`],
    ['one that rises beyond it', both(color, 2, 2.6, { better: 'lower' }), { maxDrop: 0.5 }, `failed: ${color} of htp-fp32 ≤ +0.5000 against original-fp32`],
    ['one that falls', both(color, 2, 0.1, { better: 'lower' }), { maxDrop: 0 }, `ok: ${color} of htp-fp32 ≤ +0.0000 against original-fp32`],
    ['texture that is smoothed away', both(texture, 0.9, 0.7, { better: 'one' }), { maxDrop: 0.1 }, `failed: ${texture} of htp-fp32 ≤ 0.1000 farther from 1 against original-fp32`],
    ['texture that turns to noise', both(texture, 1.1, 1.25, { better: 'one' }), { maxDrop: 0.1 }, `failed: ${texture} of htp-fp32 ≤ 0.1000 farther from 1 against original-fp32`],
    ['texture on the other side of 1', both(texture, 0.8, 1.15, { better: 'one' }), { maxDrop: 0 }, `ok: ${texture} of htp-fp32 ≤ 0.0000 farther from 1 against original-fp32`],
  ])('%s', (_, records, limit, expected) => expect(verdicts({ ...limit, vs: 'original-fp32' }, records)).toEqual([expected]));

  test('an upper bound is absolute', () => {
    expect(verdicts({ metric: 'color:*', max: 2.5 }, both(color, 2, 2.6, { better: 'lower' }))).toEqual([`failed: ${color} of htp-fp32 ≤ 2.5000`]);
    expect(verdicts({ metric: 'texture:*', min: 0.8, max: 1.2 }, both(texture, 1, 1.1, { better: 'one' })).map((text) => text.split(':')[0])).toEqual(['ok', 'ok']);
  });
});

describe('against a baseline', () => {
  const night = (mean: number, more: Partial<QualityRecord> = {}): Report => report(both('psnr:y:crop2:matlab', mean, mean, { tag: 'night', ...more }));
  const against = (now: Report, before: Report): string[] => evaluateGates(now, parseBudgets({ gates: [] }, 'test'), parseBaseline(JSON.stringify(baselineOf(before)), 'b')).filter(({ metric }) => metric === 'quality').map(({ status, message }) => `${status} ${message}`);

  test('parts of sets are kept; other degradations and references are not compared', () => {
    expect(against(night(30), night(30))).toEqual(['ok 30.00 dB → 30.00 dB', 'ok 30.00 dB → 30.00 dB']);
    expect(against(night(29.9), night(30))).toEqual(Array(2).fill('failed 30.00 dB → 29.90 dB'));
    expect(against(night(30, { degradation: 'bicubic,noise:5 (seed 1)' }), night(30))).toEqual(Array(2).fill('missing not like with like: degradation was not stated, is bicubic,noise:5 (seed 1)'));
    expect(against(night(30, { against: 'b' }), night(30, { against: 'a' }))).toEqual(Array(2).fill('missing not like with like: compared with was a, is b'));
  });

  test('a metric whose file is another one decides nothing', () => {
    expect(against(night(30, { tools: { 'lpips.onnx': 'aa' } }), night(30, { tools: { 'lpips.onnx': 'bb' } }))).toEqual(Array(2).fill(expect.stringMatching(/^inconclusive unchanged.*lpips\.onnx bb → aa/)));
  });

  test('a colour difference that rises fails, one that falls passes', () => {
    const color = (mean: number): Report => report(both('color:crop:matlab', mean, mean, { better: 'lower' }));
    expect([against(color(2.1), color(2)), against(color(1.9), color(2))].map(([first]) => first?.split(' ')[0])).toEqual(['failed', 'ok']);
  });
});

test('losses of the report: paired by picture, by tag, and in the direction that is worse', () => {
  const { qualityChanges } = report([
    ...both('psnr:y:crop2:matlab', 33, 32.5), ...both('psnr:y:crop2:matlab', 30, 29, { tag: 'night' }), ...both('color:crop:matlab', 2, 2.5, { better: 'lower' }),
    record('htp-fp32', 'sqnr', 40, { against: 'original-fp32' }),
  ]);
  expect(qualityChanges.map(({ protocol, tag, better, drop }) => [protocol, tag, better, drop.center])).toEqual([
    ['psnr:y:crop2:matlab', undefined, undefined, 0.5], ['psnr:y:crop2:matlab', 'night', undefined, 1], ['color:crop:matlab', undefined, 'lower', 0.5],
  ]);
});
