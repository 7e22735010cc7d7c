import { describe, expect, test } from 'vitest';
import { renderSweepHtml } from '../../../reports/sweep/html/render-sweep-html.ts';
import { renderSweepCsv } from '../../../reports/sweep/render-csv.ts';
import { renderSweepMarkdown } from '../../../reports/sweep/render-markdown.ts';
import { renderSweepText } from '../../../reports/sweep/render-text.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';
import { type SweepReport, sweepReportSchema } from '../../../reports/sweep/sweep-schema.ts';
import { column, nothing, report, row, value } from './report.ts';

const HOSTILE = '</td><script>alert(1)</script> | a`*_"';

const TABLE = report(
  [
    column('parameters', { unit: 'count' }), column('latency/host/cpu:1', { unit: 'ms', subtitle: 'host cpu:1' }), column('moved', { unit: 'bytes' }),
    column('quality/Set5/psnr:y/host', { unit: 'dB', title: 'psnr:y', subtitle: 'Set5', better: 'higher' }), column('drop/Set5/psnr:y/host', { unit: 'dB', title: 'drop psnr:y', subtitle: 'Set5' }),
    column('published/ms', { source: 'published', figure: 'ms', title: 'ms', unit: 'ms', better: null }),
  ],
  [
    row('small', {
      parameters: value(22_860), 'latency/host/cpu:1': value(12.345, { low: 12, high: 12.7, evidence: 'measured(host)' }), moved: value(31_250_000, { evidence: 'compiled' }),
      'quality/Set5/psnr:y/host': value(37.12, { note: 'LR from files' }), 'drop/Set5/psnr:y/host': value(-0.0004, { low: -0.01, high: 0.0092 }), 'published/ms': value(1.14, { evidence: null }),
    }),
    row(HOSTILE, {
      parameters: value(1_370_000), 'latency/host/cpu:1': nothing('the runtime refused it: an operator that nobody here has ever heard of'), moved: value(40_000_000, { note: 'lower bound' }),
      'quality/Set5/psnr:y/host': nothing('untrained'), 'drop/Set5/psnr:y/host': nothing('untrained'), 'published/ms': nothing(''),
    }),
    row('third', {
      parameters: value(100), 'latency/host/cpu:1': value(0.05, { low: null, high: null, evidence: 'measured(host)' }), moved: value(10, { evidence: 'compiled' }),
      'quality/Set5/psnr:y/host': value(35, { note: 'LR from files' }), 'drop/Set5/psnr:y/host': value(2.12, { low: 2, high: 2.24 }), 'published/ms': nothing(''),
    }),
  ],
);

const wide: SweepReport = {
  ...TABLE,
  columns: Array.from({ length: 14 }, (_, i) => column(`figure-${i}`, { title: `figure ${i}` })),
  rows: Array.from({ length: 5 }, (_, r) => row(`a model with a long name, number ${r}`, Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`figure-${i}`, value(100 * r + i)])))),
};

test('the tables of these tests are what the schema takes', () => {
  for (const one of [TABLE, wide]) expect(() => sweepReportSchema.parse(one)).not.toThrow();
});

describe('text', () => {
  test.each([40, 60, 80, 100, 200])('keeps within %i columns, and shows every value of every column', (width) => {
    for (const one of [TABLE, wide]) {
      const text = renderSweepText(one, { color: false, width });
      for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
    const text = renderSweepText(wide, { color: false, width });
    for (let i = 0; i < 14; i++) expect(text.match(new RegExp(`figure ${i}\\b`, 'g'))).toHaveLength(1);
    for (let r = 0; r < 5; r++) for (let i = 0; i < 14; i++) expect(text.match(new RegExp(`(?<!\\d)${100 * r + i}\\.0000`, 'g'))).toHaveLength(1);
  });

  test('says how every figure is known, and notes what differs once', () => {
    const text = renderSweepText(TABLE, { color: false, width: 200 });
    expect(text.split('\n').slice(0, 7)).toEqual([
      'A table', '×2, 1080p', '',
      '  model                                   parameters         latency      moved   psnr:y a   drop psnr:y         ms',
      '                                                          host cpu:1                  Set5          Set5',
      '                                            computed  measured(host)   compiled   computed      computed  published',
      '  small                                       22\u2009860  12.3 ms ±2.8 %    31.3 MB      37.12  0.000 ±0.010    1.14 ms',
    ]);
    expect(text).toContain('40.0 MB c');
    expect(text).toContain('  c   computed: lower bound');
    expect(text).toContain('  b   the runtime refused it: an operator that nobody here has ever heard of');
    expect(text).toContain('  a   LR from files');
    expect(text).toMatch(/50\.0 µs {2}/);
  });

  test('colours only where they are wanted', () => {
    expect(renderSweepText(TABLE, { color: false, width: 80 })).not.toContain('\u001b');
    expect(renderSweepText(TABLE, { color: true, width: 80 })).toContain('\u001b[1m');
  });
});

test('CSV holds every cell with its reason, published ones by themselves, and no formulas', () => {
  const lines = renderSweepCsv(report([column('a')], [row('=1+1', { a: nothing('why, "so"') })])).split('\r\n');
  expect(lines[0]).toBe('row,model,scale,resolution,rewrite,compress,precision,source,column,value,unit,low,high,evidence,note,missing');
  expect(lines[1]).toBe(`'=1+1,'=1+1,2,1080p,none,none,fp32,own,a,,,,,,,"why, ""so"""`);
  const cells = renderSweepCsv(TABLE).trim().split('\r\n').slice(1);
  expect(cells).toHaveLength(18);
  expect(cells.filter((line) => line.includes(',published,'))).toHaveLength(3);
  expect(cells.find((line) => line.startsWith('small,') && line.includes('latency'))).toContain(',12.345,ms,12,12.7,measured(host),');
});

test('Markdown is one table whatever names hold', () => {
  const lines = renderSweepMarkdown(TABLE).split('\n').filter((line) => line.startsWith('|'));
  expect(lines).toHaveLength(5);
  const bars = lines.map((line) => line.replaceAll('\\|', '').split('|').length);
  expect(new Set(bars).size).toBe(1);
  expect(lines.join()).not.toContain('<script');
});

describe('page', () => {
  const fronts = {
    ...TABLE,
    pareto: [{
      x: TABLE.columns[1] as SweepReport['columns'][number], y: TABLE.columns[3] as SweepReport['columns'][number],
      panels: [{
        title: '×2', without: [{ variant: 'r', label: HOSTILE, why: 'untrained' }],
        points: [
          { variant: 'a', label: 'small', x: 12.3, low: 12, high: 12.7, y: 37.1, place: 'front' as const }, { variant: 'b', label: HOSTILE, x: 14, low: null, high: null, y: 36, place: 'tied' as const },
          { variant: 'c', label: 'third', x: 20, low: 20, high: 20, y: 35, place: 'beaten' as const },
        ],
      }, { title: '×4', points: [], without: [] }],
    }],
  };

  test('runs no text as code and asks nothing of the network', () => {
    const page = renderSweepHtml(fronts);
    expect(page.replace(/<script type="application\/json"[\s\S]*?<\/script>/, '')).not.toContain('<script');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    const data = /<script type="application\/json" id="sweep-data">([\s\S]*?)<\/script>/.exec(page)?.[1] as string;
    expect(sweepReportSchema.parse(JSON.parse(data))).toEqual(fronts);
  });

  test('names rows as headers, links notes to cells, and tells charts as tables', () => {
    const page = renderSweepHtml(fronts);
    expect(page.match(/<th scope="row">/g)).toHaveLength(3);
    for (const [, mark] of page.matchAll(/href="#note-(\w+)"/g)) expect(page).toContain(`id="note-${mark}"`);
    expect(page.match(/role="img"/g)).toHaveLength(1);
    expect(page).toMatch(/<svg[^>]*aria-labelledby="front-0-0-t front-0-0-d"/);
    for (const words of ['on the front', 'within its interval of the front', 'beaten', 'No variant has both figures.']) expect(page).toContain(words);
  });
});
