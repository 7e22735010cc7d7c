import { describe, expect, test } from 'vitest';
import type { OperationPlacement } from '../../../models/contracts/index.ts';
import { placementStrip } from '../../../reports/render/html/svg/placement-strip.ts';
import { renderHtml } from '../../../reports/render/index.ts';
import { percentText, placedRuns, placementGroups, placementSummary } from '../../../reports/render/placement.ts';
import { sample } from './hostile.ts';

const split: OperationPlacement = {
  by: 'macs',
  operations: [
    { name: 'a', opType: 'Conv', place: 'htp', work: 700 }, { name: 'b', opType: 'Relu', place: 'absorbed', work: 0 },
    { name: 'c', opType: 'Resize', place: 'cpu', work: 0 }, { name: 'd … f', opType: 'several', place: 'htp', work: 300, count: 3 },
  ],
};

describe('placement in words', () => {
  test('pieces from place to place; what was fused belongs to the piece around it', () => {
    expect(placedRuns(split).map(({ place, operations, share }) => [place, operations, share])).toEqual([['htp', 2, 0.7], ['cpu', 1, 0], ['htp', 3, 0.3]]);
    const leading = placedRuns({ by: 'macs', operations: [{ name: 'q', opType: 'Q', place: 'absorbed', work: 0 }, { name: 'c', opType: 'Conv', place: 'htp', work: 0 }] });
    expect(leading.map(({ place, operations, share }) => [place, operations, share])).toEqual([['htp', 2, null]]);
  });

  test('a summary by place', () => {
    expect(placementSummary(split)).toBe('HTP 4 operations, 100 % of the multiply-accumulates; CPU 1 operation, 0 %; fused or folded 1 operation');
  });

  test('all is told as all only where it is all', () => {
    expect([1, 0.9999, 0.5, 0.00001, 0].map(percentText)).toEqual(['100 %', '> 99.9 %', '50 %', '< 0.1 %', '0 %']);
  });
});

describe('placement drawn', () => {
  const lanes = [{ place: 'htp', name: 'HTP' }, { place: 'cpu', name: 'CPU' }] as const;
  const strip = (works: readonly number[]) => placementStrip({ id: 'p', title: 't', description: 'd' }, [{ label: 'v', operations: works.map((work, i) => ({ place: i % 2 ? 'cpu' : 'htp', work, title: `op ${i}` })) }], lanes).text;
  const boxes = (svg: string): number[][] => [...svg.matchAll(/class="at \w+" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)].map(([, ...numbers]) => numbers.map(Number));

  test('widths follow the work, lanes the place, order the execution', () => {
    const [a, b, c] = boxes(strip([400, 100, 0])) as [number[], number[], number[]];
    expect((a[2]! - 2.2) / (b[2]! - 2.2)).toBeCloseTo(4, 1);
    expect(c[2]).toBeGreaterThan(0.5);
    expect(a[1]).toBe(c[1]);
    expect(b[1]).toBe(a[1]! + 15);
    expect(a[0]! < b[0]! && b[0]! < c[0]!).toBe(true);
  });

  test.each([[[]], [[0]], [[0, 0, 0]], [Array.from({ length: 3000 }, () => 0)], [Array.from({ length: 3000 }, (_, i) => i)]])('%# stays inside, also without any work', (works) => {
    const drawn = boxes(strip(works));
    expect(drawn).toHaveLength(works.length);
    for (const [x, , width] of drawn) expect(x! >= 299.9 && x! + width! <= 961).toBe(true);
    expect(strip(works)).not.toMatch(/NaN|Infinity/);
  });
});

test('words of compilers, systems and rules stand apart in the page', () => {
  const [measurement] = sample.measurements;
  const [check] = sample.checks;
  const report = { ...sample, measurements: [{ ...measurement!, placement: split }], checks: [{ ...check!, predicted: split }] };
  expect(placementGroups(report).map(({ evidence, rows }) => [evidence, rows.length])).toEqual([['planned', 1], ['predicted', 1]]);
  const virtual = { ...report, measurements: [{ ...measurement!, evidence: 'simulated' as const, placement: split }] };
  expect(placementGroups(virtual).map(({ evidence, saidBy }) => [evidence, saidBy])).toEqual([['simulated', 'system'], ['predicted', 'rules']]);
  const html = renderHtml(report);
  expect(html).toContain('<section id="placement"');
  expect(html).toContain('d … f (3 operations): HTP, 300 multiply-accumulates, 30 %');
  expect([...html.matchAll(/<span class="evidence">(planned|predicted)<\/span><\/h3>/g)].map(([, kind]) => kind)).toEqual(['planned', 'predicted']);
});
