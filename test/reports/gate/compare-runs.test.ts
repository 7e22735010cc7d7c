import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareText } from '../../../cli/text/compare-text.ts';
import { createStyle } from '../../../cli/ui/style.ts';
import { compareRuns } from '../../../reports/gate/compare-runs.ts';
import { buildReport, parseReport, type Report } from '../../../reports/model/index.ts';
import { fixture } from '../../support/paths.ts';

const before = parseReport(readFileSync(fixture('report/sample.json'), 'utf8'), 'sample.json');
const changed = (variant: string, factor: number): Report => buildReport({
  ...before, reference: before.reference ?? 'original-fp32',
  measurements: before.measurements.map((m) => ({ ...m, blocks: m.blocks.map((block) => ({ ...block, samples: block.samples.map((ms) => (m.variant === variant ? ms * factor : ms)) })) })),
});

describe('two runs', () => {
  test('a run beside itself: nothing changed', () => {
    const { values, onlyBefore, onlyNow } = compareRuns(before, before);
    expect(values.length).toBeGreaterThan(10);
    expect(values.every(({ direction, unlike }) => direction === '~' && unlike.length === 0)).toBe(true);
    expect([...onlyBefore, ...onlyNow]).toEqual([]);
    expect(compareText({ values, onlyBefore, onlyNow }, false, createStyle(false))).toContain('Nothing changed.');
  });

  test('times by the ratio of their block medians, with an interval that holds the truth', () => {
    const { values } = compareRuns(before, changed('htp-fp32', 1.5));
    const own = values.filter(({ metric, variant }) => metric === 'latency' && variant === 'htp-fp32');
    expect(own.length).toBeGreaterThan(0);
    for (const { ratio, direction } of own) {
      expect(ratio?.center).toBeCloseTo(1.5, 6);
      expect(ratio?.low).toBeLessThan(1.5);
      expect(ratio?.high).toBeGreaterThan(1.5);
      expect(direction).toBe('worse');
    }
    expect(values.filter(({ metric, variant }) => metric === 'latency' && variant !== 'htp-fp32').every(({ direction }) => direction === '~')).toBe(true);
    const text = compareText({ values, onlyBefore: [], onlyNow: [] }, false, createStyle(false));
    expect(text).toMatch(/latency[\s\S]*htp-fp32 .*\+50\.0 %/);
    expect(text).toContain('two sessions');
  });

  test('exact values: less of a size is better, less quality is worse', () => {
    const smaller = { ...before, variants: before.variants.map((variant) => ({ ...variant, bytes: variant.bytes - 1 })), quality: before.quality.map((record) => ({ ...record, mean: record.mean - 0.5, perImage: record.perImage.map((one) => ({ ...one, value: one.value - 0.5 })) })) };
    const { values } = compareRuns(before, smaller);
    expect(new Set(values.filter(({ metric }) => metric === 'size').map(({ direction }) => direction))).toEqual(new Set(['better']));
    expect(new Set(values.filter(({ metric }) => metric === 'quality').map(({ direction }) => direction))).toEqual(new Set(['worse']));
  });

  test('another machine and another dyno are said; values of one run only are named', () => {
    const elsewhere = { ...before, environment: { ...before.environment, cpu: 'another', dyno: '9.9.9' }, variants: before.variants.slice(1) };
    const { values, onlyBefore } = compareRuns(before, elsewhere);
    const unlike = values.flatMap((value) => value.unlike).join('; ');
    expect(unlike).toContain('is another');
    expect(unlike).toContain('is 9.9.9');
    expect(onlyBefore).toEqual(expect.arrayContaining([`size of ${before.variants[0]?.id}`]));
  });
});
