import { describe, expect, it } from 'vitest';
import { Prng } from '../../../models/run/prng.ts';

describe('Prng', () => {
  it('gives the published numbers of xoshiro128** for the state 1, 2, 3, 4', () => {
    const prng = new Prng([1, 2, 3, 4]);
    const published = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804];
    expect(published.map(() => prng.uint32())).toEqual(published);
  });

  it('repeats itself for a seed and differs for another', () => {
    const numbers = (seed: number): number[] =>
      Array.from(
        { length: 20 },
        (
          (prng) => () =>
            prng.uint32()
        )(new Prng(seed)),
      );
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(7)).not.toEqual(numbers(8));
    expect(new Set([...numbers(0), ...numbers(1)]).size).toBe(40);
  });

  it('has the moments of the uniform and the normal distribution', () => {
    const prng = new Prng(1);
    const moments = (draw: () => number): [number, number, number] => {
      const values = Array.from({ length: 40_000 }, draw);
      const mean = values.reduce((a, b) => a + b) / values.length;
      const power = (k: number): number => values.reduce((a, b) => a + (b - mean) ** k, 0) / values.length;
      return [mean, power(2), power(4) / power(2) ** 2];
    };
    const [uMean, uVariance, uKurtosis] = moments(() => prng.uniform());
    expect([uMean * 2, uVariance * 12, uKurtosis / 1.8].map((v) => Math.round(v * 20) / 20)).toEqual([1, 1, 1]);
    const [mean, variance, kurtosis] = moments(() => prng.normal());
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.1);
  });

  it('shuffles every order equally often', () => {
    const prng = new Prng(3);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = prng.shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    const chiSquared = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeLessThan(20.5);
  });
});
