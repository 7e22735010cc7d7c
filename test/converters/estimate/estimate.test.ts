import { describe, expect, test } from 'vitest';
import { type CalibrationPoint, CALIBRATION_POINTS, estimateLatency, type LatencyFigures, RANGE_FACTOR, refusedForPoints } from '../../../converters/estimate/index.ts';

const medium: LatencyFigures = { macs: 3.3e9, bytes: 1.13e6, operators: ['Clip', 'Conv', 'DepthToSpace'] };

function reasons(figures: LatencyFigures, points: readonly CalibrationPoint[] = CALIBRATION_POINTS, chip = 'SM8650'): string {
  const result = estimateLatency(figures, chip, 'w8a8', points);
  return result.outcome === 'refused' ? result.reasons.join(' ') : '';
}

function networks(count: number, change: (i: number) => Partial<CalibrationPoint> = () => ({})): CalibrationPoint[] {
  return Array.from({ length: count }, (_, i) => {
    const [macs, bytes] = [(1 + 0.2 * i) * 1e9, (1 + ((i * 3) % 4) / 8) * 1e6];
    return { source: 'x', model: `n${i}`, chip: 'SM8650', precision: 'w8a8', macs, bytes, ms: 0.1 + macs * 5e-11 + bytes * 1e-7, operators: ['Conv', 'Relu'], ...change(i) };
  });
}

describe('an estimate', () => {
  const result = estimateLatency(medium, 'SM8650', 'w8a8', CALIBRATION_POINTS);
  test('lies in its band, is the sum of its terms and says what it rests on', () => {
    if (result.outcome !== 'estimated') throw new Error(result.reasons.join());
    const { ms, band, terms, fit, sources } = result;
    expect(band.lowMs).toBeLessThan(ms);
    expect(band.highMs).toBeGreaterThan(ms);
    expect(terms.fixedMs + terms.macsMs + terms.bytesMs).toBeCloseTo(ms, 12);
    expect(fit.points).toBeGreaterThanOrEqual(6);
    expect(sources).toEqual(['AI Hub perf.yaml']);
  });
  test('meets each published latency within the band that it gives beside it', () => {
    for (const point of CALIBRATION_POINTS) {
      const estimate = estimateLatency(point, point.chip, point.precision, CALIBRATION_POINTS.filter((other) => other !== point));
      if (estimate.outcome === 'refused') continue;
      expect(estimate.ms / point.ms).toBeGreaterThan(0.5);
      expect(estimate.ms / point.ms).toBeLessThan(2);
    }
  });
  test('its band is that of the points left out', () => {
    const points = networks(6, (i) => (i === 3 ? { ms: 0.5 } : {}));
    const estimate = estimateLatency({ macs: 1.5e9, bytes: 1.2e6, operators: ['Conv'] }, 'SM8650', 'w8a8', points);
    if (estimate.outcome !== 'estimated') throw new Error(estimate.reasons.join());
    const ratios = estimate.fit.heldOut.filter(({ within }) => within).map(({ ratio }) => ratio);
    expect(estimate.band.highMs / estimate.ms).toBeCloseTo(Math.max(...ratios), 12);
    expect(estimate.band.coverage).toBeCloseTo((ratios.length - 1) / (ratios.length + 1), 12);
  });
});

describe('refused', () => {
  test('for a chip without points, naming those that have some', () => {
    const result = refusedForPoints('SM8550', 'w8a8', CALIBRATION_POINTS);
    expect(result?.reasons).toEqual(['No latency of SM8550 in w8a8 is known.']);
    expect(result?.available).toContain('SM8650 w8a8');
  });
  test('for a precision without points', () => expect(refusedForPoints('SM8450', 'fp16', CALIBRATION_POINTS)?.outcome).toBe('refused'));
  test('for four networks', () => expect(reasons(medium, networks(4))).toContain('too few'));
  test.each([['macs', 'multiply-accumulates'], ['bytes', 'compiled traffic']] as const)('%s beyond the range of the points, and not at its end', (key, words) => {
    const points = networks(6);
    const figures = { macs: 1.5e9, bytes: 1.2e6, operators: ['Conv'] };
    const [low, high] = [Math.min(...points.map((p) => p[key])), Math.max(...points.map((p) => p[key]))];
    expect(reasons({ ...figures, [key]: high * RANGE_FACTOR }, points)).toBe('');
    expect(reasons({ ...figures, [key]: low / RANGE_FACTOR }, points)).toBe('');
    expect(reasons({ ...figures, [key]: high * RANGE_FACTOR * 1.01 }, points)).toContain(words);
    expect(reasons({ ...figures, [key]: (low / RANGE_FACTOR) * 0.99 }, points)).toContain(words);
  });
  test('operators that no measured network has', () => {
    expect(reasons({ ...medium, operators: ['Conv', 'MatMul', 'Softmax'] })).toContain('No network that was measured has MatMul, Softmax');
  });
  test('Clip is no news where Relu is known, nor is what only moves or names values', () => {
    expect(reasons({ macs: 1.5e9, bytes: 1.2e6, operators: ['Clip', 'Conv', 'Identity', 'Reshape', 'Transpose'] }, networks(6))).toBe('');
  });
  test('an operator that moves the error: the paper’s FSRCNN took much longer than its traffic says', () => {
    const fsrcnn = CALIBRATION_POINTS.find(({ model }) => model === 'FSRCNN') as CalibrationPoint;
    expect(reasons(fsrcnn, CALIBRATION_POINTS, 'SM8450')).toMatch(/ConvTranspose moves the error: FSRCNN, which has it, took 2\.\d+ times/);
  });
  test('not for an operator that only fits well', () => {
    const points = networks(7, (i) => (i === 2 ? { operators: ['Conv', 'Tanh'] } : {}));
    expect(reasons({ macs: 1.5e9, bytes: 1.2e6, operators: ['Conv', 'Tanh'] }, points)).toBe('');
  });
  test('points so far apart that none reaches another', () => {
    expect(reasons({ macs: 1e9, bytes: 1e6, operators: ['Conv'] }, networks(6, (i) => ({ macs: 1e9 * 10 ** i, bytes: 1e6 * 10 ** i, operators: ['Conv', `Op${i}`] })))).toContain('too far from one another');
  });
});
