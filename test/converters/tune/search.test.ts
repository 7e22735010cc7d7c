import { describe, expect, test } from 'vitest';
import { type Candidate, nameOf, SAME_FACE } from '../../../converters/tune/candidate.ts';
import { compareRows, type Objective, type Row } from '../../../converters/tune/figures.ts';
import { type Evaluator, mayWin, search, type SearchSpace } from '../../../converters/tune/search.ts';
import { inOrder } from '../../../converters/tune/in-order.ts';
import { Prng } from '../../../models/run/index.ts';

const SPACE: SearchSpace = {
  faces: [SAME_FACE, { uint8: false, nhwc: true }, { uint8: true, nhwc: false }, { uint8: true, nhwc: true }], places: ['everywhere', 'layers'],
  toggles: [{ id: 'a', inRecipe: true }, { id: 'b', inRecipe: false }], compilers: [{ optimization: 1 }, { optimization: 3 }], refinements: [{ spillFillBuffer: true }],
  rows: [], most: 1000,
};

interface Cost { readonly traffic: number; readonly spill?: number; readonly valid?: boolean; readonly size?: number }

function rowOf(candidate: Candidate, { traffic, spill = 0, valid = true, size = 1 }: Cost): Row {
  const figures = {
    valid, htpGraphs: 1, cpuNodes: 0, trafficBytes: traffic, spillFillBytes: spill, conversionBytes: 0, binaryBytes: size, strips: 1,
    limit: { ownFace: 1, uint8Face: 1 }, modelSha256: nameOf({ ...candidate, compiler: {} }),
  };
  return { candidate, name: nameOf(candidate), outcome: 'compiled', figures, reason: null, score: null };
}

/** An evaluator whose answers come after seeded delays, `parallel` at a time. */
function fake(cost: (candidate: Candidate) => Cost, { parallel = 2, seed = 1, bound = () => 0 }: { parallel?: number; seed?: number; bound?: (candidate: Candidate) => number } = {}): Evaluator & { readonly asked: string[] } {
  const prng = new Prng(seed);
  const asked: string[] = [];
  return {
    asked,
    lowerBound: async (candidate) => bound(candidate),
    evaluate: (candidates) => inOrder(candidates, parallel, async (candidate) => {
      asked.push(nameOf(candidate));
      await new Promise((resolve) => { setTimeout(resolve, prng.uint32() % 4); });
      return rowOf(candidate, cost(candidate));
    }),
  };
}

const best = (rows: readonly Row[], objective: Objective = 'traffic'): string | undefined => rows.filter((row) => mayWin(row, SPACE)).sort(compareRows(objective))[0]?.name;

/** Every candidate there is, but for refinements. */
function everything(): Candidate[] {
  const toggled = [{ also: [], without: [] }, { also: [], without: ['a'] }, { also: ['b'], without: [] }, { also: ['b'], without: ['a'] }];
  return SPACE.places.flatMap((place) => SPACE.faces.flatMap((face) => toggled.flatMap((choice) => [{}, ...SPACE.compilers].map((compiler) => ({ base: 'recipe' as const, ...choice, place, face, rows: null, compiler })))));
}

describe('what is found', () => {
  test('costs that add up: the best of all there are, whatever the weights', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const prng = new Prng(seed);
      const weights = Array.from({ length: 7 }, () => prng.uint32() % 100);
      const cost = ({ face, also, without, place, compiler }: Candidate): Cost => ({
        traffic: 1000 + [face.uint8, face.nhwc, also.length > 0, without.length > 0, place === 'layers', compiler.optimization === 1, compiler.optimization === 3]
          .reduce((sum, on, i) => sum + (on ? (weights[i] as number) - 50 : 0), 0),
      });
      const [least] = everything().map((candidate) => rowOf(candidate, cost(candidate))).sort(compareRows('traffic'));
      expect(best(await search(SPACE, fake(cost), 'traffic'))).toBe(least?.name);
    }
  });
  test('an option that turns round which rewrite is best', async () => {
    const cost = ({ also, compiler, face }: Candidate): Cost => ({ traffic: (face.uint8 && face.nhwc ? 40 : 90) + (also.includes('b') ? 12 : 0) - (also.includes('b') && compiler.optimization === 1 ? 44 : 0) });
    expect(best(await search(SPACE, fake(cost), 'traffic'))).toBe('recipe,+b,everywhere,uint8,nhwc,O1');
  });
  test('four toggles: those that gain alone are tried together', async () => {
    const space = { ...SPACE, toggles: ['a', 'b', 'c', 'd'].map((id) => ({ id, inRecipe: false })), compilers: [] };
    const rows = await search(space, fake(({ also }) => ({ traffic: 100 - (also.includes('a') ? 3 : 0) - (also.includes('c') ? 4 : 0) + (also.includes('d') ? 9 : 0) })), 'traffic');
    expect(best(rows)).toBe('recipe,+a,+c,everywhere');
  });
  test('the objective decides: spills, size', async () => {
    const cost = ({ compiler, face }: Candidate): Cost => ({ traffic: compiler.optimization === 3 ? 10 : 5, spill: compiler.optimization === 3 ? 0 : 2, size: face.nhwc ? 9 : 3 });
    expect(best(await search(SPACE, fake(cost), 'spill'), 'spill')).toContain('O3');
    expect(best(await search(SPACE, fake(cost), 'size'), 'size')).not.toContain('nhwc');
  });
  test('of equals, the one with fewest choices', async () => {
    expect(best(await search(SPACE, fake(() => ({ traffic: 7 })), 'traffic'))).toBe('recipe,everywhere');
  });
  test('what falls apart never wins, and the file as it stands is only compared with', async () => {
    const rows = await search(SPACE, fake(({ base, face }) => ({ traffic: base === 'as-is' ? 1 : face.uint8 ? 2 : 3, valid: !face.uint8 })), 'traffic');
    expect(best(rows)).toBe('recipe,everywhere');
    expect(rows.find(({ name }) => name === 'as-is,float')?.figures?.trafficBytes).toBe(1);
  });
});

test('nothing depends on what ends first', async () => {
  const cost = ({ face, also, compiler }: Candidate): Cost => ({ traffic: nameOf({ base: 'recipe', also, without: [], place: 'float', face, rows: null, compiler }).length % 7 });
  const all = await Promise.all([[1, 1], [2, 2], [2, 3], [4, 4]].map(([parallel, seed]) => search(SPACE, fake(cost, { parallel: parallel as number, seed: seed as number }), 'traffic')));
  for (const rows of all) expect(rows.map(({ name, figures }) => [name, figures?.trafficBytes])).toEqual(all[0]?.map(({ name, figures }) => [name, figures?.trafficBytes]));
});

describe('what is not compiled', () => {
  test('candidates that cannot go below the best found, with the reason; each candidate is asked once', async () => {
    const evaluator = fake(({ face }) => ({ traffic: face.uint8 && face.nhwc ? 8e6 : 90e6 }), { bound: ({ face }) => (face.uint8 ? 7e6 : 31e6) });
    const rows = await search(SPACE, evaluator, 'traffic');
    expect(rows.find(({ name }) => name === 'recipe,everywhere,nhwc')).toMatchObject({ outcome: 'pruned', reason: 'its inputs, outputs and weights alone are 31.0 MB' });
    expect(new Set(evaluator.asked).size).toBe(evaluator.asked.length);
    expect(evaluator.asked).not.toContain('recipe,everywhere,nhwc');
  });
  test('for spills nothing is pruned by its traffic', async () => {
    const rows = await search(SPACE, fake(() => ({ traffic: 5, spill: 3 }), { bound: () => 100 }), 'spill');
    expect(rows.filter(({ outcome }) => outcome === 'pruned')).toEqual([]);
  });
  test('more than the limit of compilations', async () => {
    const evaluator = fake(() => ({ traffic: 5 }));
    const rows = await search({ ...SPACE, most: 6 }, evaluator, 'traffic');
    expect(evaluator.asked.length).toBe(6);
    expect(rows.some(({ reason }) => reason === 'the limit of 6 compilations is reached')).toBe(true);
  });
});

test('a search in which nothing is valid ends, with every line', async () => {
  const rows = await search(SPACE, fake(() => ({ traffic: 5, valid: false })), 'traffic');
  expect(rows.filter((row) => mayWin(row, SPACE))).toEqual([]);
  expect(rows.length).toBeGreaterThan(4);
});
