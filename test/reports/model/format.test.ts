import { expect, test } from 'vitest';
import {
  formatBytes,
  formatChange,
  formatCount,
  formatError,
  formatMs,
  formatQuality,
  formatValue,
  significant,
} from '../../../reports/model/format.ts';

test.each([
  [0, '0 ms'],
  [0.01234, '12.3 µs'],
  [0.1, '0.100 ms'],
  [9.996, '10.00 ms'],
  [16, '16.0 ms'],
  [1234.5, '1235 ms'],
  [10_000, '10.0 s'],
  [-3.21, '-3.21 ms'],
])('%f ms is %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [439_886, '440 kB'],
  [1.88e9, '1.88 GB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([[0, '0'], [999, '999'], [109_152, '109\u2009152'], [1_234_567, '1.23 M'], [2.5e9, '2.50 G']])('%d is %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [1, '±0.0 %'],
  [1.05, '+5.0 %'],
  [0.5562, '−44.4 %'],
  [3.5, '+250 %'],
  [0.99999, '±0.0 %'],
])('a ratio of %f is %s', (ratio, text) => {
  expect(formatChange(ratio)).toBe(text);
});

test('quality, errors, gate values', () => {
  expect([formatQuality(33.6571, 'dB'), formatQuality(0.93046, '')]).toEqual(['33.66 dB', '0.9305']);
  expect([formatError(0), formatError(1.19e-7), formatError(null), formatError(Infinity)]).toEqual([
    '0',
    '1.2e-7',
    'not finite',
    'not finite',
  ]);
  expect([
    formatValue(16, 'ms'),
    formatValue(4e6, 'bytes'),
    formatValue(0.001, 'similarity'),
    formatValue(5, '%'),
    formatValue(12, 'count'),
  ]).toEqual(['16.0 ms', '4.00 MB', '0.0010', '+5.0 %', '12']);
  expect([significant(0.000123), significant(1000), significant(NaN), significant(99.95)]).toEqual(['0.000123', '1000', 'NaN', '100.0']);
});

test.each([[0.9321, '0.9321'], [0, '0.0000'], [0.00004, '4.0e-5'], [-0.00004, '-4.0e-5'], [0.00006, '0.0001'], [123456.5, '123456.5000'], [1.7e308, '1.7e+308']])('a value of %f without a unit is %s', (value, text) => {
  expect(formatQuality(value, '')).toBe(text);
});
