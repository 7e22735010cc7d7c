import { expect, test } from 'vitest';
import { parseCandidate } from '../../../converters/tune/candidate.ts';
import { compareRows, type Row } from '../../../converters/tune/figures.ts';
import { inPreference } from '../../../converters/tune/preference.ts';

function row(name: string, trafficBytes: number, spillFillBytes = 0): Row {
  const figures = { valid: true, htpGraphs: 1, cpuNodes: 0, trafficBytes, spillFillBytes, conversionBytes: 0, binaryBytes: 5, strips: 1, limit: { ownFace: 1, uint8Face: 1 }, modelSha256: name };
  return { candidate: parseCandidate(name), name, outcome: 'compiled', figures, reason: null, score: null };
}

const names = (rows: readonly Row[], objective: 'traffic' | 'spill' = 'traffic'): string[] => inPreference([...rows].sort(compareRows(objective)), objective).map(({ name }) => name);

test('a hundredth of the traffic does not pay for a fold that costs precision, nor for an option', () => {
  expect(names([row('recipe,+fold/skip,everywhere,O1', 802), row('recipe,everywhere', 809), row('recipe,everywhere,O3', 805)])).toEqual(['recipe,everywhere', 'recipe,everywhere,O3', 'recipe,+fold/skip,everywhere,O1']);
});
test('of two that need as many choices the order in the weights is preferred to the fold', () => {
  expect(names([row('recipe,+fold/skip,everywhere,O1', 802), row('recipe,+permute/crd-to-dcr,everywhere,O3', 809)])[0]).toBe('recipe,+permute/crd-to-dcr,everywhere,O3');
});
test('in float a fold costs nothing', () => {
  expect(names([row('recipe,+fold/skip,float', 100), row('recipe,+permute/crd-to-dcr,float', 100.5)])[0]).toBe('recipe,+fold/skip,float');
});
test('more than a hundredth, or a spill, is never passed over', () => {
  expect(names([row('recipe,+fold/skip,everywhere', 800), row('recipe,everywhere', 820)])[0]).toBe('recipe,+fold/skip,everywhere');
  expect(names([row('recipe,everywhere,O1', 800), row('recipe,everywhere', 801, 4)])[0]).toBe('recipe,everywhere,O1');
});
test('spills are taken at their word, and nothing is nothing', () => {
  expect(names([row('recipe,everywhere,O1', 900, 0), row('recipe,everywhere', 100, 1)], 'spill')[0]).toBe('recipe,everywhere,O1');
  expect(inPreference([], 'traffic')).toEqual([]);
});
