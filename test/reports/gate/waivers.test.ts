import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluateGates, overallVerdict, parseBudgets } from '../../../reports/gate/index.ts';
import { pairBudget } from '../../../reports/gate/pair-budgets.ts';
import { type GateVerdict, parseReport } from '../../../reports/model/index.ts';
import { fixture } from '../../support/paths.ts';

const sample = parseReport(readFileSync(fixture('report/sample.json'), 'utf8'), 'sample.json');
const gates = [{ variant: 'original-fp32', size: { max: '1 B' } }];
const judge = (waivers: unknown[], today = '2026-11-21', more: unknown[] = gates): GateVerdict[] => evaluateGates(sample, parseBudgets({ gates: more, waivers }, 'test'), null, { today });
const waiver = { metric: 'size', variant: 'original-*', owner: 'kim', until: '2026-11-21', reason: 'weights move out next week' };

describe('waivers', () => {
  test('a failed gate warns until the last day, and says who, until when and why', () => {
    expect(judge([]).map(({ status }) => status)).toEqual(['failed']);
    const [verdict] = judge([waiver]);
    expect(verdict).toMatchObject({ status: 'warn', message: expect.stringContaining('waived by kim until 2026-11-21: weights move out next week') });
    expect(overallVerdict(judge([waiver])).exitCode).toBe(0);
  });

  test('from the day after it fails again, and says why', () => {
    const [verdict] = judge([waiver], '2026-11-22');
    expect(verdict).toMatchObject({ status: 'failed', message: expect.stringContaining('the waiver of kim ended on 2026-11-21') });
    expect(overallVerdict(judge([waiver], '2026-11-22')).exitCode).toBe(1);
  });

  test('a later waiver of somebody else counts where the first has ended', () => {
    expect(judge([waiver, { ...waiver, owner: 'lee', until: '2027-01-01' }], '2026-12-01')[0]).toMatchObject({ status: 'warn', message: expect.stringContaining('lee') });
  });

  test('it covers what it names and nothing else', () => {
    expect(judge([{ ...waiver, metric: 'latency' }])[0]?.status).toBe('failed');
    expect(judge([{ ...waiver, variant: 'htp-*' }])[0]?.status).toBe('failed');
    expect(judge([{ ...waiver, device: 'host' }])[0]?.status).toBe('failed');
  });

  test('one that nothing fails under is told of, without failing the run', () => {
    const verdicts = judge([waiver], '2026-11-21', [{ variant: 'original-fp32', size: { max: '1 GB' } }]);
    expect(verdicts.map(({ status }) => status)).toEqual(['ok', 'warn']);
    expect(verdicts[1]).toMatchObject({ title: 'waiver of kim for metric size, variant original-*', message: expect.stringContaining('take it out') });
    expect(overallVerdict(verdicts).exitCode).toBe(0);
  });

  test.each([
    [{ ...waiver, owner: '' }], [{ ...waiver, until: 'soon' }], [{ ...waiver, until: '2026-02-30' }], [{ owner: 'kim', until: '2026-11-21', reason: 'all of it' }], [{ ...waiver, reason: undefined }], [{ ...waiver, extra: 1 }],
  ])('%j is refused', (bad) => expect(() => judge([bad])).toThrow());
});

describe('the budget of a pair', () => {
  const budgets = parseBudgets({ gates: [
    { variant: 'htp-*', unit: 'cpu:*', latency: { maxIncrease: '10%', vs: 'original-fp32' } }, { variant: 'htp-w8a8-*', latency: { maxIncrease: '5%', vs: 'original-fp32' } },
    { variant: 'ane-*', latency: { max: '3 ms' } }, { variant: 'off', latency: { maxIncrease: '1%', vs: 'original-fp32', level: 'off' } },
  ] }, 'test');
  const of = (variant: string, units = ['cpu:1'], base = 'original-fp32') => pairBudget(budgets, { variant, model: 'm', target: null, device: 'host' }, units, base);

  test('the tightest gate on latency that compares the two', () => {
    expect(of('htp-fp32')).toBeCloseTo(0.1, 12);
    expect(of('htp-w8a8-mse')).toBeCloseTo(0.05, 12);
    expect(of('htp-w8a8-mse', ['gpu'])).toBeCloseTo(0.05, 12);
  });

  test('none where no gate does', () => {
    for (const [variant, units, base] of [['ane-fp32', ['cpu:1'], 'original-fp32'], ['htp-fp32', ['gpu'], 'original-fp32'], ['htp-fp32', ['cpu:1'], 'other'], ['off', ['cpu:1'], 'original-fp32']] as const) expect(of(variant, [...units], base)).toBeNull();
  });
});
