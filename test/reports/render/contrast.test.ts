import { describe, expect, test } from 'vitest';
import { STYLE } from '../../../reports/render/html/style.ts';

type Rgb = readonly [number, number, number];

/** Variables of the light and the dark palette; the dark one keeps what it does not name. */
function palettes(): Record<'light' | 'dark', Map<string, Rgb>> {
  const [light = '', dark = ''] = [...STYLE.matchAll(/:root \{ ([^}]*)\}/g)].map(([, body]) => body);
  const read = (body: string): [string, Rgb][] => [...body.matchAll(/--([\w-]+): (#[\da-f]{3,6})\b/g)].map(([, name, hex]) => [name as string, rgb(hex as string)]);
  return { light: new Map(read(light)), dark: new Map([...read(light), ...read(dark)]) };
}

function rgb(hex: string): Rgb {
  const full = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1);
  return [0, 2, 4].map((i) => Number.parseInt(full.slice(i, i + 2), 16)) as unknown as Rgb;
}

/** Relative luminance of WCAG 2.2. */
function luminance(color: Rgb): number {
  const [r, g, b] = color.map((level) => (level / 255 <= 0.04045 ? level / 255 / 12.92 : ((level / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function mixed(color: Rgb, share: number, ground: Rgb): Rgb {
  return color.map((level, i) => level * share + (ground[i] as number) * (1 - share)) as unknown as Rgb;
}

test('the formula: black on white is 21, equal colours are 1, and the grey of the standard is 4.5', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 6);
  expect(contrast([9, 9, 9], [9, 9, 9])).toBe(1);
  expect(contrast(rgb('#767676'), rgb('#fff'))).toBeCloseTo(4.54, 2);
});

const TEXT = ['ink', 'quiet', 'accent', 'ok', 'failed', 'warn', 'inconclusive', 'missing'];
const SEVERITIES = ['wrong-result', 'blocks-conversion', 'blocks-unit', 'overflow', 'splits-graph', 'slow'];
const SERIES = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'];

describe.each(['light', 'dark'] as const)('%s palette', (name) => {
  const palette = palettes()[name];
  const color = (variable: string): Rgb => {
    const found = palette.get(variable);
    if (!found) throw new Error(`no colour ${variable}`);
    return found;
  };

  test.each(TEXT)('%s is readable as text on cards and on the page', (variable) => {
    for (const ground of ['card', 'page']) expect(contrast(color(variable), color(ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  test.each(SEVERITIES)('%s is readable on its own tint, and a count on its bar', (variable) => {
    expect(contrast(color(variable), mixed(color(variable), 0.14, color('card')))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('card'), color(variable))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(SERIES)('%s stands out from cards as a mark', (variable) => expect(contrast(color(variable), color('card'))).toBeGreaterThanOrEqual(3));

  test('text stands on soft ground and on tinted boxes of drawings', () => {
    expect(contrast(color('ink'), color('soft'))).toBeGreaterThanOrEqual(4.5);
    for (const family of SERIES) for (const text of ['ink', 'quiet']) expect(contrast(color(text), mixed(color(family), 0.09, color('card'))), `${text} on ${family}`).toBeGreaterThanOrEqual(4.5);
  });
});

test('nothing moves for those who ask for less motion, and paper is white', () => {
  expect(STYLE.match(/transition|animation|@keyframes/g)).toBe(null);
  expect([...STYLE.matchAll(/scroll-behavior/g)]).toHaveLength(1);
  expect(STYLE).toMatch(/@media \(prefers-reduced-motion: no-preference\) \{ html \{ scroll-behavior: smooth; \} \}/);
  expect(STYLE).toMatch(/@media print \{ :root \{ color-scheme: light; --page: #fff;/);
});
