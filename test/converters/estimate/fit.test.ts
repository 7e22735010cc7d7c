import { describe, expect, test } from 'vitest';
import { type CalibrationPoint, type EstimatePrecision, fitLatency, latencyOf } from '../../../converters/estimate/index.ts';
import { publishedRows } from '../../bench/htp-latency/published-rows.ts';

/** The published rows with the traffic that was written down beside them, before anything of ours compiled. */
function publishedPoints(chip: string, precision: EstimatePrecision): CalibrationPoint[] {
  return publishedRows('published.csv')
    .filter((row) => row.chip === chip && row.precision === precision)
    .map(({ source, model, macs, readBytes, writeBytes, ms }) => ({ source, model, chip, precision, ms, macs, bytes: readBytes + writeBytes, operators: ['Conv'] }));
}

function synthetic(count: number, ms: (gmacs: number, mb: number) => number): CalibrationPoint[] {
  return Array.from({ length: count }, (_, i) => {
    const [gmacs, mb] = [1 + 0.3 * i, 2 + ((i * 7) % 5) / 3];
    return { source: 'arithmetic', model: `n${i}`, chip: 'X', precision: 'w8a8', macs: gmacs * 1e9, bytes: mb * 1e6, ms: ms(gmacs, mb), operators: ['Conv'] };
  });
}

describe('what the reference found (qnn-ep.md §4)', () => {
  test('W8A8 on SM8650: 0.154 ms + 0.0288/GMAC + 0.0517/MB, 7 % rms', () => {
    const { model, rms } = fitLatency(publishedPoints('SM8650', 'w8a8'));
    expect(Math.abs(model.fixedMs - 0.154)).toBeLessThan(0.001);
    expect([model.msPerGmac.toFixed(4), model.msPerMb.toFixed(4), (100 * rms).toFixed(0)]).toEqual(['0.0288', '0.0517', '7']);
  });
  test('fp16 on SM8650: 0.286 ms + 0.134/GMAC + 0.0289/MB', () => {
    const { model } = fitLatency(publishedPoints('SM8650', 'fp16'));
    expect([model.fixedMs.toFixed(3), model.msPerGmac.toFixed(3), model.msPerMb.toFixed(4)]).toEqual(['0.286', '0.134', '0.0289']);
  });
  test('the paper’s set on SM8450: 27 % rms', () => {
    expect((100 * fitLatency(publishedPoints('SM8450', 'w8a8')).rms).toFixed(0)).toBe('27');
  });
});

describe('arithmetic', () => {
  test('what follows the formula is found, and left-out points are met', () => {
    const { model, rms, heldOut } = fitLatency(synthetic(7, (gmacs, mb) => 0.2 + 0.03 * gmacs + 0.05 * mb));
    expect(model.fixedMs).toBeCloseTo(0.2, 9);
    expect(model.msPerGmac).toBeCloseTo(0.03, 9);
    expect(model.msPerMb).toBeCloseTo(0.05, 9);
    expect(rms).toBeLessThan(1e-9);
    for (const { ratio } of heldOut) expect(ratio).toBeCloseTo(1, 7);
  });
  test('a term that would be negative is none', () => {
    const { model } = fitLatency(synthetic(7, (gmacs, mb) => 1 + 0.5 * gmacs - 0.1 * mb));
    expect(model.msPerMb).toBe(0);
    expect(model.msPerGmac).toBeGreaterThan(0);
  });
  test('errors count relative to what was measured: another unit of time changes nothing', () => {
    const points = publishedPoints('SM8650', 'w8a8');
    const seconds = points.map((point) => ({ ...point, ms: point.ms / 1000 }));
    const [a, b] = [fitLatency(points), fitLatency(seconds)];
    expect(b.rms).toBeCloseTo(a.rms, 12);
    expect(b.model.msPerMb * 1000).toBeCloseTo(a.model.msPerMb, 10);
  });
  test('a held-out point is compared with a fit that never saw it', () => {
    const points = publishedPoints('SM8650', 'fp16');
    const { heldOut } = fitLatency(points);
    const changed = fitLatency(points.map((point, i) => (i === 2 ? { ...point, ms: point.ms * 100 } : point)));
    expect(changed.heldOut[2]?.estimatedMs).toBeCloseTo(heldOut[2]?.estimatedMs as number, 12);
    expect(changed.heldOut[0]?.estimatedMs).not.toBeCloseTo(heldOut[0]?.estimatedMs as number, 3);
  });
  test('points that the others do not reach to are told apart', () => {
    const { heldOut } = fitLatency(publishedPoints('SM8650', 'w8a8'));
    expect(heldOut.filter(({ within }) => !within).map(({ model }) => model)).toEqual(['general-x4v3']);
  });
  test('latency is the sum of its terms', () => {
    expect(latencyOf({ fixedMs: 1, msPerGmac: 2, msPerMb: 3 }, { macs: 5e8, bytes: 2e6 })).toBe(1 + 1 + 6);
  });
  test('four points are too few', () => expect(() => fitLatency(synthetic(4, () => 1))).toThrow(RangeError));
  test('equal points give a fit, and no error beside it', () => {
    const [point] = synthetic(1, () => 0.7) as [CalibrationPoint];
    const fit = fitLatency([point, point, point, point, point].map((one) => ({ ...one })));
    expect(latencyOf(fit.model, point)).toBeCloseTo(0.7, 9);
    expect(fit.leaveOneOutRms).toBeLessThan(1e-9);
  });
});
