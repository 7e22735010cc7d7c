import { describe, expect, test } from 'vitest';
import { judgeProbe, type ProbeObservation } from '../../../../converters/coreml/probes/judge-probe.ts';

const WATCHED = { watch: 'conv', controlWatch: 'conv' };

function seen(change: Partial<ProbeObservation> & { readonly ane?: boolean } = {}): ProbeObservation {
  const { ane = true, ...rest } = change;
  const supported = ane ? ['cpu', 'gpu', 'ane'] : ['cpu', 'gpu'];
  return { operations: [{ type: 'const', supported: [] }, { type: 'ios17.conv', supported }], medians: [1, 1.02, 1.01], work: 100, db: 60, failure: null, ...rest };
}

describe('placement', () => {
  const verdict = (probe: ProbeObservation, control: ProbeObservation): string => judgeProbe('placement', probe, control, WATCHED).verdict;

  test('confirmed where the control alone is offered the Neural Engine, refuted where both are', () => {
    expect(verdict(seen({ ane: false }), seen())).toBe('confirmed');
    expect(verdict(seen(), seen())).toBe('refuted');
  });

  test('one operation of several that is not offered is enough', () => {
    const two = seen({ operations: [{ type: 'ios17.conv', supported: ['ane'] }, { type: 'ios17.conv', supported: ['cpu'] }] });
    expect(verdict(two, seen())).toBe('confirmed');
    expect(verdict(seen(), two)).toBe('undecided');
  });

  test('says nothing where the control is not offered it either, where there is no plan, and where the operation is called otherwise', () => {
    expect(verdict(seen({ ane: false }), seen({ ane: false }))).toBe('undecided');
    expect(verdict(seen({ operations: null }), seen())).toBe('undecided');
    expect(verdict(seen(), seen({ operations: null }))).toBe('undecided');
    expect(verdict(seen({ operations: [{ type: 'ios17.conv_transpose', supported: [] }] }), seen())).toBe('undecided');
  });

  test('a probe that does not run has a plan all the same; a control that does not run has none that counts', () => {
    expect(verdict(seen({ ane: false, failure: 'Error in building plan.' }), seen())).toBe('confirmed');
    expect(judgeProbe('placement', seen({ ane: false }), seen({ failure: 'Error in building plan.' }), WATCHED)).toEqual({ verdict: 'undecided', why: 'the control did not run: Error in building plan.' });
  });
});

describe('time', () => {
  const verdict = (probe: Partial<ProbeObservation>, control: Partial<ProbeObservation> & { readonly ane?: boolean } = {}): string => judgeProbe('time', seen(probe), seen(control), WATCHED).verdict;

  test('confirmed and refuted where no block of one is among those of the other', () => {
    expect(verdict({ medians: [1.3, 1.4] })).toBe('confirmed');
    expect(verdict({ medians: [1, 1.1] })).toBe('refuted');
    expect(verdict({ medians: [1.05, 1.4] })).toBe('undecided');
    expect(verdict({ medians: [1.3] }, { medians: [1, 1.25] })).toBe('undecided');
  });

  test('is for the work, which a time may grow with or not: what lies between the two is left open', () => {
    const more = (ms: number): string => verdict({ medians: [ms], work: 200 });
    expect([1.1, 1.5, 2.2, 2.5].map(more)).toEqual(['refuted', 'undecided', 'undecided', 'confirmed']);
    const less = (ms: number): string => verdict({ medians: [ms], work: 50 });
    expect([0.55, 0.7, 1.1, 1.3].map(less)).toEqual(['refuted', 'undecided', 'undecided', 'confirmed']);
  });

  test('says nothing where the control runs elsewhere, or where one was not timed', () => {
    expect(verdict({ medians: [5] }, { ane: false })).toBe('undecided');
    expect(verdict({ medians: [] })).toBe('undecided');
    expect(verdict({ failure: 'died', medians: [] })).toBe('undecided');
  });
});

describe('output', () => {
  const judged = (probe: number | null, control: number | null): string => judgeProbe('output', seen({ db: probe }), seen({ db: control }), WATCHED).verdict;

  test('confirmed where the probe alone is off, refuted where it is right, and nothing where the control is off as well', () => {
    expect(judged(12, 70)).toBe('confirmed');
    expect(judged(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe('confirmed');
    expect(judged(Number.POSITIVE_INFINITY, 70)).toBe('refuted');
    expect(judged(12, 12)).toBe('undecided');
    expect(judged(null, 70)).toBe('undecided');
  });
});
