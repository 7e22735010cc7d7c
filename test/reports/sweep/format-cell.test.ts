import { expect, test } from 'vitest';
import { cellText } from '../../../reports/sweep/format-cell.ts';
import type { SweepCell, SweepColumn } from '../../../reports/sweep/sweep-schema.ts';

const latency = { unit: 'ms', digits: null, figure: 'latency' } as SweepColumn;
const cell = (low: number, high: number): SweepCell => ({ value: 100, low, high, missing: null }) as SweepCell;

test.each([
  ['a narrow interval', cell(97, 103), '100 ms ±3.0 %'], ['a wide one', cell(-20, 220), '100 ms ±120 %'], ['one that says nothing', cell(-5e7, 5e7), '100 ms ±>1000 %'],
])('half of %s', (_, given, text) => expect(cellText(given, latency)).toBe(text));
