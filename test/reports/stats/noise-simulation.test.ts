import { describe, expect, it } from 'vitest';
import { limitVerdict, median, pairedRatio, twoSided, type Verdict } from '../../../device-harness/index.ts';
import { Prng } from '../../../models/run/prng.ts';
import { mannWhitney } from '../../../reports/stats/index.ts';

/** The noise of a phone as the design assumes it: per inference (with a heavy tail), per launch, warming over a session, per day. */
const NOISE = { inference: 0.02, tail: 0.05, launch: 0.025, warming: 0.08, day: 0.04 };
const BUDGET = 1.05;
const TRIALS = 200;

/** Blocks of 30 inferences; `at` is each block's place in the session, 0…1. */
function session(prng: Prng, at: readonly number[], day: number, speed = 1): number[][] {
  return at.map((place) => {
    const launch = day * speed * (1 + NOISE.warming * place) * Math.exp(NOISE.launch * prng.normal());
    return Array.from({ length: 30 }, () => launch * Math.exp(NOISE.inference * prng.normal()) * (prng.uniform() < NOISE.tail ? 1.5 : 1));
  });
}

type Design = (prng: Prng, blocks: number) => [base: number[][], candidate: number[][]];

const places = (n: number, pick: (i: number) => boolean): number[] =>
  Array.from({ length: 2 * n }, (_, i) => i)
    .filter(pick)
    .map((i) => i / (2 * n - 1));
const oneDay = (prng: Prng): number => Math.exp(NOISE.day * prng.normal());

const DESIGNS = {
  'another day': (prng, n) => [
    session(
      prng,
      places(n, (i) => i % 2 === 0),
      oneDay(prng),
    ),
    session(
      prng,
      places(n, (i) => i % 2 === 0),
      oneDay(prng),
    ),
  ],
  'A…A then B…B': (prng, n) => [
    session(
      prng,
      places(n, (i) => i < n),
      1,
    ),
    session(
      prng,
      places(n, (i) => i >= n),
      1,
    ),
  ],
  interleaved: (prng, n) => [
    session(
      prng,
      places(n, (i) => i % 4 === 0 || i % 4 === 3),
      1,
    ),
    session(
      prng,
      places(n, (i) => i % 4 === 1 || i % 4 === 2),
      1,
    ),
  ],
} satisfies Record<string, Design>;

function falseAlarms(design: Design, fires: (base: number[][], candidate: number[][]) => boolean): number {
  const prng = new Prng(42);
  return Array.from({ length: TRIALS }, () => fires(...design(prng, 5))).filter(Boolean).length / TRIALS;
}

const pooled = (a: number[][], b: number[][]): boolean => mannWhitney(a.flat(), b.flat()).p < 0.05;
const ratioOnly = (a: number[][], b: number[][]): boolean => median(b.flat()) / median(a.flat()) > BUDGET;
const blocks = (a: number[][], b: number[][]): Verdict => limitVerdict(pairedRatio(a.map(median), b.map(median), twoSided(0.95)), BUDGET);

describe('false alarms without any change (cli-reports.md §4.2)', () => {
  it('pooling inferences fires in every design', () => {
    expect(falseAlarms(DESIGNS['another day'], pooled)).toBeGreaterThan(0.3);
    expect(falseAlarms(DESIGNS['A…A then B…B'], pooled)).toBeGreaterThan(0.85);
    expect(falseAlarms(DESIGNS.interleaved, pooled)).toBeGreaterThan(0.15);
  });

  it('the ratio alone fires where order or day tell the sides apart', () => {
    expect(falseAlarms(DESIGNS['another day'], ratioOnly)).toBeGreaterThan(0.05);
    expect(falseAlarms(DESIGNS['A…A then B…B'], ratioOnly)).toBeGreaterThan(0.2);
  });

  it('interleaved blocks with an interval do not fire', () => {
    expect(falseAlarms(DESIGNS.interleaved, (a, b) => blocks(a, b) === 'regressed')).toBeLessThanOrEqual(0.01);
  });
});

describe('adding pairs while inconclusive', () => {
  /** 5 pairs, then up to 12. */
  function verdicts(change: number): { regressed: number; ok: number; pairs: number } {
    const prng = new Prng(7);
    let [regressed, ok, pairs] = [0, 0, 0];
    for (let trial = 0; trial < TRIALS; trial++) {
      const base = session(prng, new Array<number>(12).fill(0), 1).map(median);
      const candidate = session(prng, new Array<number>(12).fill(0), 1, 1 + change).map(median);
      let n = 5;
      const verdict = (): Verdict => limitVerdict(pairedRatio(base.slice(0, n), candidate.slice(0, n), twoSided(0.95)), BUDGET);
      while (verdict() === 'inconclusive' && n < 12) n++;
      pairs += n / TRIALS;
      if (verdict() === 'regressed') regressed += 1 / TRIALS;
      if (verdict() === 'ok') ok += 1 / TRIALS;
    }
    return { regressed, ok, pairs };
  }

  it('decides clear cases fast and leaves the line open', () => {
    const [none, small, line, large] = [0, 0.03, 0.05, 0.1].map(verdicts) as [
      ReturnType<typeof verdicts>,
      ReturnType<typeof verdicts>,
      ReturnType<typeof verdicts>,
      ReturnType<typeof verdicts>,
    ];
    expect(none.ok).toBeGreaterThan(0.95);
    expect(none.regressed).toBe(0);
    expect(small.regressed).toBeLessThan(0.04);
    expect(line.regressed).toBeLessThan(0.25);
    expect(large.regressed).toBeGreaterThan(0.95);
    expect(large.ok).toBe(0);
    expect(none.pairs).toBeLessThan(line.pairs);
    expect(large.pairs).toBeLessThan(line.pairs);
  });
});
