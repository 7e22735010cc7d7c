import { describe, expect, test } from 'vitest';
import { clipMiddle } from '../../../reports/render/html/svg/chart.ts';
import { lengthDomain, linearScale } from '../../../reports/render/html/svg/scale.ts';
import { intervalPlot } from '../../../reports/render/html/svg/interval-plot.ts';
import { paretoFront, scatterPlot } from '../../../reports/render/html/svg/scatter.ts';
import { stripPlot } from '../../../reports/render/html/svg/strip-plot.ts';
import { violinPlot } from '../../../reports/render/html/svg/violin-plot.ts';
import { stackedBars } from '../../../reports/render/html/svg/stacked-bar.ts';

test.each([
  [
    [0, 41.9],
    [0, 10, 20, 30, 40, 50],
  ],
  [
    [14.1, 14.4],
    [14.1, 14.2, 14.3, 14.4],
  ],
  [
    [5, 5],
    [4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6],
  ],
  [
    [0, 0],
    [-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6],
  ],
  [
    [-3, 7],
    [-4, -2, 0, 2, 4, 6, 8],
  ],
  [
    [0, 1e-6],
    [0, 2e-7, 4e-7, 6e-7, 8e-7, 1e-6],
  ],
  [
    [NaN, 1],
    [0, 0.2, 0.4, 0.6, 0.8, 1],
  ],
] as const)('ticks of %j are round and enclose it', (domain, ticks) => {
  const scale = linearScale(domain, [0, 100]);
  if (domain[0] !== 14.1) expect(scale.ticks.map((t) => Number(t.toPrecision(6)) + 0)).toEqual(ticks);
  const [first, last] = [scale.ticks[0] as number, scale.ticks.at(-1) as number];
  expect([scale(first), scale(last)]).toEqual([0, 100]);
  if (Number.isFinite(domain[0])) expect(first <= domain[0] + 1e-9 && last >= domain[1] - 1e-9).toBe(true);
  expect(new Set(scale.ticks.map(scale.format)).size).toBe(scale.ticks.length);
});

test('an axis of lengths begins at zero unless that hides the differences', () => {
  expect(lengthDomain([10, 40])).toEqual([0, 40]);
  expect(lengthDomain([40, 41])[0]).toBeGreaterThan(35);
  expect(lengthDomain([])).toEqual([0, 1]);
});

test('the front holds what no faster one equals', () => {
  const points = [{ x: 1, y: 1 }, { x: 2, y: 3 }, { x: 3, y: 2 }, { x: 4, y: 3.001 }, { x: 2, y: 1 }, { x: 9, y: 9 }];
  expect(paretoFront(points).map((p) => p.x)).toEqual([1, 2, 4, 9]);
  expect(paretoFront(points, 0.01).map((p) => p.x)).toEqual([1, 2, 9]);
});

const text = { id: 'i', title: 't', description: 'd' };
const positions = (svg: string, pattern: RegExp): number[] => [...svg.matchAll(pattern)].map((m) => Number(m[1]));

test('marks lie in the order of their values, open intervals have no whiskers', () => {
  const row = (center: number, low: number | null, high: number | null) => ({
    label: 'v',
    series: 0,
    center,
    low,
    high,
    spread: [center * 0.9, center * 1.1] as const,
    points: [center],
    value: '',
    note: '',
  });
  const svg = intervalPlot(text, [row(10, 9, 11), row(20, null, null), row(30, 29, 31)], 'ms').text;
  const centres = positions(svg, /class="mark" cx="([\d.]+)"/g);
  expect(centres).toHaveLength(3);
  expect(centres[2] as number - (centres[1] as number)).toBeCloseTo(centres[1] as number - (centres[0] as number), 0);
  expect(positions(svg, /class="whisker" d="M([\d.]+)/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test('a block of thousands of samples is thinned and keeps its extremes', () => {
  const samples = Array.from({ length: 5000 }, (_, i) => 10 + Math.sin(i) * 0.1);
  samples[1234] = 30;
  const svg = stripPlot(text, [
    { series: 0, label: 'b', samples, median: 10, remark: 'hot' },
    { series: 1, label: 'one', samples: [12], median: 12, remark: null },
  ]).text;
  const ys = [...svg.matchAll(/M[\d.]+ ([\d.]+)h0/g)].map((m) => Number(m[1]));
  expect(ys.length).toBeLessThan(70);
  expect(Math.min(...ys)).toBeLessThan(60);
  expect(svg).toContain('class="remark"');
});

test('bars are as long as their counts', () => {
  const part = (count: number) => ({ name: 'n', className: 'slow', count });
  const svg = stackedBars(text, [{ label: 'a', parts: [part(3), part(0)] }, { label: 'b', parts: [part(6)] }]).text;
  const [first, second] = positions(svg, /class="bar" x="[\d.]+" y="[\d.]+" width="([\d.]+)"/g) as [number, number];
  expect((second + 2) / (first + 2)).toBeCloseTo(2, 2);
});

test('labels of the interval plot stay inside of the picture, whole or cut in the middle', () => {
  const names = ['original-fp32', 'htp-sm8550-w8a8-percentile', 'a-model-with-a-very-long-name/htp-sm8550-w8a8-percentile'];
  const row = (label: string) => ({ label, series: 0, center: 5, low: 4, high: 6, spread: [4, 6], points: [5], value: '5 ms', note: '' }) as const;
  for (const shown of [names.slice(0, 1), names.slice(0, 2), names]) {
    const svg = intervalPlot({ id: 'x', title: '', description: '' }, shown.map(row), 'ms').text;
    const labels = [...svg.matchAll(/class="label" x="([\d.]+)"[^>]*>([^<]*)</g)].map(([, x, text]) => [Number(x), text as string] as const);
    expect(labels).toHaveLength(shown.length);
    for (const [end, text] of labels) expect([...text].length * 7.2).toBeLessThan(end);
  }
  const cut = clipMiddle(names[2] as string, 34);
  expect([...cut]).toHaveLength(34);
  expect(cut).toMatch(/^a-model-wit….*w8a8-percentile$/);
});

test('one far outlier does not flatten the raw samples', () => {
  const block = (samples: number[]) => ({ series: 0, label: '', samples, median: 5, remark: null });
  const svg = stripPlot({ id: 's', title: '', description: '' }, [block([4, 5, 6]), block([5, 5, 5000])]).text;
  const heights = [...svg.matchAll(/M[\d.]+ ([\d.]+)h0/g)].map(([, y]) => Number(y));
  expect(heights).toHaveLength(6);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(30);
  expect((heights[0] as number) - (heights[2] as number)).toBeGreaterThan(10);
});

describe('distribution of samples', () => {
  const row = (samples: readonly number[]) => ({ label: 'v', series: 0, sorted: Float64Array.from(samples).sort(), value: 'p50' });
  const ms = Array.from({ length: 4000 }, (_, i) => 10 + ((i * 7919) % 1000) / 100);

  test('quantiles are those of all samples, however many there are; the size stays', () => {
    const svg = violinPlot(text, [row(ms)], 'ms').text;
    const scale = /class="interval" x1="([\d.]+)" x2="([\d.]+)"/.exec(svg)!;
    const median = Number(/class="mark" cx="([\d.]+)"/.exec(svg)![1]);
    const [p10, p90] = [Number(scale[1]), Number(scale[2])];
    expect((median - p10) / (p90 - p10)).toBeCloseTo(0.5, 1);
    expect(svg.length - violinPlot(text, [row(ms.slice(0, 400))], 'ms').text.length).toBeLessThan(200);
  });

  test('what lies beyond the axis is counted, and does not flatten the rest', () => {
    const svg = violinPlot(text, [row([...ms, 5000, 6000])], 'ms').text;
    expect(svg).toMatch(/2 of 4002 beyond the axis, up to 6/);
    const [from, to] = [...svg.matchAll(/class="interval" x1="([\d.]+)" x2="([\d.]+)"/g)].map((m) => [Number(m[1]), Number(m[2])])[0] as [number, number];
    expect(to - from).toBeGreaterThan(100);
  });

  test('two heaps of samples are two humps', () => {
    const heaps = Array.from({ length: 600 }, (_, i) => (i % 2 ? 10 : 20) + ((i * 31) % 100) / 100);
    const outline = /class="density" d="M([^"]*)Z"/.exec(violinPlot(text, [row(heaps)], 'ms').text)![1]!.split('L').slice(0, 56).map((point) => Number(point.split(' ')[1]));
    const [first, middle, last] = [Math.min(...outline.slice(0, 12)), Math.min(...outline.slice(24, 32)), Math.min(...outline.slice(-12))];
    expect(first).toBeLessThan(middle - 10);
    expect(last).toBeLessThan(middle - 10);
  });

  test.each([[[5]], [[5, 5, 5]], [[0, 0]]])('%j has an outline without NaN', (samples) => {
    expect(violinPlot(text, [row(samples)], 'ms').text).not.toMatch(/NaN|Infinity/);
  });
});

test('drift: the medians of each variant are joined in the order taken; thousands of blocks are thinned evenly', () => {
  const block = (i: number) => ({ series: i % 2, label: '', samples: [5 + i / 100], median: 5 + i / 100, remark: null });
  const few = stripPlot(text, Array.from({ length: 6 }, (_, i) => block(i))).text;
  const lines = [...few.matchAll(/class="drift v(\d)" points="([^"]*)"/g)].map(([, series, points]) => [Number(series), points!.split(' ').length]);
  expect(lines).toEqual([[0, 3], [1, 3]]);
  const many = stripPlot(text, Array.from({ length: 5000 }, (_, i) => block(i))).text;
  expect([...many.matchAll(/class="median"/g)]).toHaveLength(160);
  expect(many.length).toBeLessThan(120_000);
});

test('rings of a scatter have areas in the ratio of the sizes, above a least one', () => {
  const point = (bytes: number | null, x: number) => ({ label: 'v', series: 0, x, low: null, high: null, y: x, bytes });
  const svg = scatterPlot(text, [point(1000, 1), point(250, 2), point(null, 3)], { x: 'ms', y: 'dB', resolution: 0, level: null }).text;
  const radii = [...svg.matchAll(/class="ring" cx="[\d.]+" cy="[\d.]+" r="([\d.]+)"/g)].map((m) => Number(m[1]));
  expect(radii).toEqual([20, 13.5]);
});
