import { describe, expect, test } from 'vitest';
import { compareManyText } from '../../../cli/text/compare-many-text.ts';
import { createStyle } from '../../../cli/ui/style.ts';
import { compareMany, type ManyRow, type ManyRuns, renderComparisonHtml } from '../../../reports/compare/index.ts';
import { buildReport, type Report } from '../../../reports/model/index.ts';
import { hostileReport, sample } from '../render/hostile.ts';

const PHONE = 'iphone:1';
/** The sample as if it had been measured on a phone with a system, `factor` times as slow, on a day of November 2026. */
function onPhone(system: string, tools: Record<string, string>, factor: number, day: number): Report {
  const time = (iso: string): string => iso.replace('2026-11-21', `2026-11-${day}`);
  return buildReport({
    ...sample, reference: 'original-fp32', run: { ...sample.run, id: `run-${day}`, startedAt: time(sample.run.startedAt) },
    devices: [{ device: PHONE, label: 'iPhone', system, chip: 'A15', evidence: 'measured(device)', tools }],
    measurements: sample.measurements.map((m) => ({
      ...m, device: PHONE, evidence: 'measured(device)' as const, blocks: m.blocks.map((block) => ({ ...block, startedAt: time(block.startedAt), samples: block.samples.map((ms) => ms * factor) })),
    })),
  });
}

const reports = [onPhone('iOS 19', { runner: '2' }, 0.5, 25), onPhone('iOS 17', { runner: '1' }, 1, 22), onPhone('iOS 18', { runner: '1' }, 1.5, 23), onPhone('iOS 18', { runner: '1' }, 2, 24)];
const row = (compared: ManyRuns, variant = 'original-fp32'): ManyRow => compared.rows.find((one) => one.metric === 'latency' && one.variant === variant)!;

describe('several runs', () => {
  test('by run: a column each, oldest first, every value against the first', () => {
    const compared = compareMany(reports, 'run');
    expect(compared.columns).toEqual(['run-22', 'run-23', 'run-24', 'run-25']);
    expect(compared.rows[0]!.metric).toBe('latency');
    const { cells } = row(compared);
    expect(cells.map((cell) => cell!.change?.direction ?? 'first')).toEqual(['first', 'worse', 'worse', 'better']);
    [1.5, 2, 0.5].forEach((factor, i) => expect(cells[i + 1]!.change!.ratio).toBeCloseTo(factor, 6));
    for (const cell of cells) expect(cell!.low! < cell!.value && cell!.value < cell!.high!).toBe(true);
    const size = compared.rows.find(({ metric }) => metric === 'size')!;
    expect(size.cells.map((cell) => [cell!.low, cell!.change?.direction ?? 'first'])).toEqual([[null, 'first'], [null, '~'], [null, '~'], [null, '~']]);
  });

  test('by system: one column a version, the latest run of each, and how many there are', () => {
    const compared = compareMany(reports, 'system');
    expect(compared.columns.filter((column) => column.startsWith('iOS'))).toEqual(['iOS 17', 'iOS 18', 'iOS 19']);
    const { cells, device } = row(compared);
    expect(device).toBe('A15');
    const shown = compared.columns.flatMap((column, i) => (column.startsWith('iOS') ? [cells[i]!] : []));
    expect(shown.map(({ runs }) => runs)).toEqual([1, 2, 1]);
    expect(shown[1]!.change!.ratio).toBeCloseTo(2, 6);
    expect(compared.rows.some(({ metric }) => metric === 'size')).toBe(false);
  });

  test('by version of tools, and by class of device', () => {
    expect(compareMany(reports, 'sdk').columns).toEqual(expect.arrayContaining(['runner 1', 'runner 2']));
    expect(compareMany(reports, 'device').columns).toEqual(expect.arrayContaining(['A15, iOS 17', 'A15, iOS 18', 'A15, iOS 19']));
  });

  test('conditions that differ are named with their values, others are not', () => {
    const { conditions } = compareMany(reports, 'run');
    expect(conditions).toEqual([
      { name: `system of ${PHONE}`, values: ['iOS 17', 'iOS 18', 'iOS 18', 'iOS 19'] }, { name: `runner of ${PHONE}`, values: ['1', '1', '1', '2'] },
    ]);
    expect(compareMany([sample, sample], 'run').conditions).toEqual([]);
  });

  test('quality changes by its difference, not by a share', () => {
    const worse = { ...sample, run: { ...sample.run, id: 'later', startedAt: '2026-11-30T00:00:00.000Z' }, quality: sample.quality.map((record) => ({ ...record, mean: record.mean - 0.5 })) };
    const html = renderComparisonHtml(compareMany([sample, worse], 'run'), '0');
    expect(html.includes('✗ −0.50 dB')).toBe(true);
  });

  test('values that a run lacks leave their cell open', () => {
    const [first, ...rest] = sample.variants;
    const compared = compareMany([sample, { ...sample, run: { ...sample.run, id: 'later', startedAt: '2026-11-30T00:00:00.000Z' }, variants: rest }], 'run');
    expect(compared.rows.find(({ metric, variant }) => metric === 'size' && variant === first!.id)!.cells.map((cell) => cell === null)).toEqual([false, true]);
  });
});

describe('the page of several runs', () => {
  const html = renderComparisonHtml(compareMany(reports, 'run'), '1.2.3');

  test('names conditions, says what sessions mean, shows every value with its change', () => {
    for (const text of ['4 runs by run', 'Conditions that differ', 'system of iphone:1', '✗ +50.0 %', '✓ −50.0 %', 'different sessions', 'npu-dyno 1.2.3', '<section id="conditions"'])
      expect(html.includes(text), text).toBe(true);
    expect(/NaN|undefined/.exec(html.slice(html.indexOf('<main'), html.indexOf('</main>')))).toBe(null);
  });

  test('hostile names stay text', () => {
    const page = renderComparisonHtml(compareMany([hostileReport(), sample], 'run'), '0');
    const body = page.slice(0, page.indexOf('id="report-data"'));
    for (const text of ['<script>alert', '<img src=x', '<svg onload']) expect(body.includes(text)).toBe(false);
  });
});

test('in a terminal: what changed, a line for each column; the rest is counted', () => {
  const text = compareManyText(compareMany(reports, 'run'), false, createStyle(false));
  expect(text).toContain('! system of iphone:1: iOS 17, iOS 18, iOS 19');
  expect(text).toMatch(/original-fp32 +iphone:1 \S+ +run-22 [\s\S]*run-25 .*✓ −50\.0 %/);
  expect(text).toMatch(/\d+ values did not change; --all shows them/);
  expect(text).not.toMatch(/^ *size/m);
  expect(compareManyText(compareMany(reports, 'run'), true, createStyle(false))).toMatch(/^ *size/m);
});
