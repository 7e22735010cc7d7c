import { describe, expect, test } from 'vitest';
import { withGates } from '../../../reports/gate/index.ts';
import { type GateVerdict, type Report, staleResults } from '../../../reports/model/index.ts';
import { renderHtml, renderMarkdown, renderTerminal } from '../../../reports/render/index.ts';
import { sample } from '../render/hostile.ts';

const [first] = sample.measurements as [Report['measurements'][number]];
const gate: GateVerdict = {
  id: 'g', metric: 'latency', title: 'latency', level: 'error', status: 'ok', subject: { variant: first.variant, target: null, device: first.device, unit: first.unit },
  evidence: 'measured(host)', dimension: 'ms', value: 1, low: 1, high: 1, base: null, limit: 2, n: 5, message: 'fine',
};
const replaced = (change: Partial<Report['measurements'][number]>): Report => ({ ...sample, measurements: [{ ...first, ...change }, ...sample.measurements.slice(1)] });

describe('stale results', () => {
  test('a run of one session has none', () => {
    expect(staleResults(sample)).toEqual([]);
    expect(withGates(sample, [gate]).gates).toEqual([gate]);
    expect(renderHtml(sample).includes('stale: ')).toBe(false);
  });

  test('of a resumed run: what was taken before it went on, whole or in part', () => {
    const resumed = { ...sample, run: { ...sample.run, resumed: true, resumedAt: '2026-11-22T09:00:00.000Z' } };
    expect(staleResults(resumed)).toHaveLength(sample.measurements.length);
    expect(staleResults(resumed)[0]).toEqual({ variant: first.variant, device: first.device, unit: first.unit, kind: 'kept', reason: 'kept from 2026-11-21 12:00 UTC' });
    const late = first.blocks.map((block, i) => (i === 0 ? block : { ...block, startedAt: '2026-11-22T09:10:00.000Z' }));
    const partly = { ...replaced({ blocks: late }), run: resumed.run };
    expect(staleResults(partly)[0]?.reason).toBe(`1 of ${late.length} blocks kept from 2026-11-21 12:00 UTC`);
  });

  test('clocks that differ by minutes, and times that nobody can read, make nothing stale', () => {
    const at = (startedAt: string): Report => replaced({ blocks: first.blocks.map((block) => ({ ...block, startedAt })) });
    expect(staleResults(at('2026-11-21T11:57:00.000Z'))).toEqual([]);
    expect(staleResults(at('unknown'))).toEqual([]);
  });

  test('times of another file judge nothing: a gate that passed is not measured, one that failed stays', () => {
    const other = replaced({ modelSha256: 'f'.repeat(64) });
    expect(staleResults(other)).toMatchObject([{ kind: 'other-model', variant: first.variant }]);
    const [passed, failed] = withGates(other, [gate, { ...gate, status: 'failed' }]).gates as [GateVerdict, GateVerdict];
    expect([passed.status, failed.status]).toEqual(['missing', 'failed']);
    expect(passed.message).toMatch(/^fine; stale: measured on ffffffffffff, while .* now$/);
    expect(withGates(other, [gate]).verdict).toMatchObject({ status: 'missing', exitCode: 2 });
  });

  test('phones are sent another form of the model, whose hash says nothing', () => {
    expect(staleResults(replaced({ modelSha256: 'f'.repeat(64), device: 'iphone:1234' }))).toEqual([]);
  });

  test('gates on kept times keep their verdict and say so; others are not touched; the page marks them', () => {
    const resumed = { ...sample, run: { ...sample.run, resumedAt: '2026-11-22T09:00:00.000Z' } };
    const size = { ...gate, metric: 'size', subject: { ...gate.subject, device: null, unit: null } };
    const [time, untouched] = withGates(resumed, [gate, size]).gates as [GateVerdict, GateVerdict];
    expect([time.status, time.message]).toEqual(['ok', 'fine; stale: kept from 2026-11-21 12:00 UTC']);
    expect(untouched).toEqual(size);
    expect(renderHtml(resumed).includes('stale: kept from 2026-11-21 12:00 UTC')).toBe(true);
    expect(renderMarkdown(resumed)).toMatch(/measured\(host\), stale[\s\S]*kept from an earlier session/);
    expect(renderTerminal(resumed, { color: false, width: 100 })).toMatch(/^! \d+ results kept from an earlier session/m);
  });
});
