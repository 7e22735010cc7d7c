import { expect, test } from 'vitest';
import { type Candidate, complexity, htpOptions, nameOf, parseCandidate } from '../../../converters/tune/candidate.ts';
import { Prng } from '../../../models/run/index.ts';

const prng = new Prng(8);
const pick = <T>(items: readonly T[]): T => items[prng.uint32() % items.length] as T;

function draw(): Candidate {
  const ids = ['fold/carry-residual', 'fold/skip', 'permute/crd-to-dcr'];
  const also = ids.filter(() => pick([true, false]));
  return {
    base: pick(['as-is', 'recipe']), also, without: ids.filter((id) => !also.includes(id) && pick([true, false])), place: pick(['float', 'layers', 'everywhere']),
    face: { uint8: pick([true, false]), nhwc: pick([true, false]) }, rows: pick([null, 1, 270]),
    compiler: { ...pick([{}, { optimization: 1 as const }, { optimization: 3 as const }]), ...pick([{}, { vtcmMb: 2 }]), ...pick([{}, { spillFillBuffer: true }]) },
  };
}

test('a name says all of a candidate: it reads back as the same, and no two candidates share one', () => {
  const seen = new Map<string, string>();
  for (let i = 0; i < 500; i++) {
    const candidate = draw();
    expect(parseCandidate(nameOf(candidate))).toEqual(candidate);
    const whole = JSON.stringify(candidate);
    expect(seen.get(nameOf(candidate)) ?? whole).toBe(whole);
    seen.set(nameOf(candidate), whole);
  }
});

test('order and blanks do not matter; what is left out is as little as possible', () => {
  expect(nameOf(parseCandidate('nhwc, O1,uint8 ,everywhere,-b/y,recipe,-a/x'))).toBe('recipe,-a/x,-b/y,everywhere,uint8,nhwc,O1');
  expect(parseCandidate('recipe')).toMatchObject({ place: 'float', face: { uint8: false, nhwc: false }, rows: null, compiler: {} });
  expect(complexity(parseCandidate(''))).toBe(0);
});

test.each(['O4', 'rows=0', 'vtcm=-1', 'uint16', '+', 'rows=270.5'])('"%s" is refused, with the grammar', (part) => {
  expect(() => parseCandidate(`recipe,${part}`)).toThrow(`"${part}" in the candidate`);
});

test('compiler options by the names of the provider', () => {
  expect(htpOptions({ optimization: 3, vtcmMb: 2, spillFillBuffer: true })).toEqual({ optimization: 3, vtcmMb: 2, more: { enable_htp_spill_fill_buffer: '1' } });
  expect(htpOptions({})).toEqual({});
});
