import { describe, expect, test } from 'vitest';
import {
  addDims,
  canonicalDim,
  ceilDim,
  type Dim,
  divDims,
  evaluateDim,
  floorDim,
  maxDims,
  minDims,
  mulDims,
  productOf,
  subDims,
  symbolsOf,
} from '../../../../models/graph/index.ts';
import { polynomial } from '../../../../models/graph/dims/dim.ts';
import { wholeFractions } from '../../../../models/graph/dims/facts.ts';
import { format } from '../../../../models/graph/dims/polynomial.ts';

const half = (dim: Dim): Dim => floorDim(divDims(dim, 2));

describe('text', () => {
  test.each<[Dim, string]>([
    [addDims('W', 'H'), 'H+W'],
    [mulDims('H', 2), '2*H'],
    [divDims(mulDims('H', 3), 2), '3*H/2'],
    [subDims('H', 1), 'H-1'],
    [mulDims('W', 'H'), 'H*W'],
    [half('H'), 'floor(H/2)'],
    [half(addDims('H', 1)), 'floor((H+1)/2)'],
    [mulDims(addDims('H', 1), 'H'), 'H*H+H'],
  ])('%s', (dim, text) => expect(dim).toBe(text));

  test('equal expressions have equal text however they were made', () => {
    expect(ceilDim(divDims('H', 2))).toBe(half(addDims('H', 1)));
    expect(half(half('H'))).toBe(floorDim(divDims('H', 4)));
    expect(half(subDims(mulDims('H', 6), 4))).toBe(subDims(mulDims('H', 3), 2));
    expect(addDims(half(subDims('H', 1)), 1)).toBe(ceilDim(divDims('H', 2)));
    expect(addDims(minDims('H', 8), maxDims(subDims('H', 8), 0))).toBe('H');
    expect(mulDims(divDims('H', 2), 2)).toBe('H');
    expect(divDims(mulDims('H', 'W'), 'W')).toBe('H');
    expect(subDims(mulDims(addDims('H', 'W'), subDims('H', 'W')), mulDims('H', 'H'))).toBe(mulDims(-1, mulDims('W', 'W')));
  });

  test('what cannot be told apart from unknown is unknown', () => {
    expect(addDims('H', null)).toBeNull();
    expect(mulDims(null, 0)).toBe(0);
    expect(divDims('H', 'W')).toBeNull();
    expect(divDims('H', 0)).toBeNull();
    expect(mulDims('H', Math.fround(0.7))).toBeNull();
    expect(mulDims('H', 0.625)).toBe('5*H/8');
    expect(addDims('H', Infinity)).toBeNull();
    expect(mulDims(NaN, 'H')).toBeNull();
    expect(productOf([2, null, 3])).toBeNull();
    expect(productOf([2, null, 0])).toBe(0);
  });
});

describe('names that exporters write', () => {
  test.each([
    ['2*s77', '2*s77'],
    ['s0 * 2', '2*s0'],
    ['((s0 - 1)//2) + 1', 'floor((s0+1)/2)'],
    ['floor(h/2)*2', '2*floor(h/2)'],
    ['ceiling(h/2)', 'floor((h+1)/2)'],
    ['s0**2', 's0*s0'],
    ['Max(1, s0)', 's0'],
    ['-(2 - h)', 'h-2'],
    ['Min(s0, s0+1)', 's0'],
  ])('%s is read as %s', (written, text) => expect(canonicalDim(written)).toBe(text));

  test.each(['batch size', '/conv/Conv_output_0_dim_2', 'unk__12', 'a:0', '3', '12', '(', 'f(x)', 'h %% 2', 'größe', 'x/y', 'x**y'])(
    '%s stays one symbol',
    (name) => {
      expect(canonicalDim(name)).toBe(name);
      expect([...symbolsOf(mulDims(addDims(name, 1), 2))]).toEqual([name]);
      expect(evaluateDim(mulDims(addDims(name, 1), 2), new Map([[name, 4]]))).toBe(10);
    },
  );
});

/** Random expressions: the same operations on numbers must give what the expression evaluates to. */
describe('arithmetic agrees with numbers', () => {
  const sizes = [
    ['H', 7],
    ['W', 12],
    ['N', 1],
  ] as const;
  const bindings = new Map<string, number>(sizes);
  let state = 12345;
  const next = (count: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % count;
  };
  type Pair = readonly [Dim, number];
  const leaf = (): Pair => (next(2) ? (sizes[next(3)] as readonly [string, number]) : [next(9) - 2, NaN]);
  const made = (depth: number): Pair => {
    if (depth === 0) {
      const [dim, value] = leaf();
      return [dim, typeof dim === 'number' ? dim : value];
    }
    const [[a, x], [b, y]] = [made(depth - 1), made(depth - 1)];
    const d = 1 + next(4);
    switch (next(7)) {
      case 0:
        return [addDims(a, b), x + y];
      case 1:
        return [subDims(a, b), x - y];
      case 2:
        return [mulDims(a, b), x * y];
      case 3:
        return [floorDim(divDims(a, d)), Math.floor(x / d)];
      case 4:
        return [ceilDim(divDims(a, d)), Math.ceil(x / d)];
      case 5:
        return [maxDims(a, b), Math.max(x, y)];
      default:
        return [minDims(a, b), Math.min(x, y)];
    }
  };

  test('in 3,000 expressions of up to three levels', () => {
    for (let i = 0; i < 3000; i++) {
      const [dim, value] = made(1 + (i % 3));
      expect((evaluateDim(dim, bindings) as number) + 0, `${dim}`).toBe(value + 0);
      expect(canonicalDim(dim)).toBe(dim);
    }
  });
});

describe('facts', () => {
  const facts = (a: Dim, b: Dim): string[] | null => wholeFractions(a, b)?.map(format) ?? null;

  test('a reshape that keeps all elements proves its rounded sizes whole', () => {
    expect(facts(productOf([3, 'H', 'W']), productOf([3, half('H'), 2, half('W'), 2]))).toEqual(['H/2', 'W/2']);
    expect(facts(mulDims(half('H'), 2), 'H')).toEqual(['H/2']);
    expect(facts(half('H'), ceilDim(divDims('H', 2)))).toEqual(['H/2']);
  });

  test('other equations prove nothing', () => {
    expect(facts('H', 'W')).toBeNull();
    expect(facts(half('H'), half('W'))).toBeNull();
    expect(facts(mulDims(half('H'), 3), 'H')).toBeNull();
    expect(facts(4, half('H'))).toBeNull();
    expect(facts(subDims('H', mulDims(half('H'), 2)), 0)).toBeNull();
  });

  test('a whole fraction needs no rounding, nor do its multiples', () => {
    const quarter = [polynomial('H/4')];
    expect(floorDim('H/4', quarter)).toBe('H/4');
    expect(floorDim(divDims('H', 2), quarter)).toBe('H/2');
    expect(floorDim(divDims(addDims('H', 3), 4), quarter)).toBe('H/4');
    expect(ceilDim(divDims('H', 2), quarter)).toBe('H/2');
    expect(floorDim(divDims('H', 8), quarter)).toBe('floor(H/8)');
    expect(floorDim(divDims('W', 4), quarter)).toBe('floor(W/4)');
  });
});
