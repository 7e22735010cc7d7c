import { expect, test } from 'vitest';
import { PHONE_NOISE } from '../../support/noisy-device.ts';
import { type GateTrial, simulateGate } from '../../support/simulate-gate.ts';

const TRIALS = 150;
const play = (change: number): Promise<GateTrial[]> => Promise.all(Array.from({ length: TRIALS }, (_, i) => simulateGate({ change, noise: PHONE_NOISE, rounds: [5, 12], seed: (i + 1) * 7919 })));
const mean = (trials: readonly GateTrial[]): number => trials.reduce((sum, { pairs }) => sum + pairs, 0) / trials.length;

test('no change: no alarm, and few pairs', async () => {
  const trials = await play(0);
  expect(trials.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(trials.filter(({ status }) => status === 'ok').length).toBeGreaterThan(0.97 * TRIALS);
  expect(mean(trials)).toBeLessThan(7);
});

test('10 % slower is caught; 3 % slower, inside of the budget, fails hardly ever', async () => {
  const slower = await play(0.1);
  expect(slower.filter(({ status }) => status === 'failed').length).toBeGreaterThanOrEqual(0.98 * TRIALS);
  expect(slower.filter(({ status }) => status === 'ok')).toEqual([]);
  expect((await play(0.03)).filter(({ status }) => status === 'failed').length).toBeLessThan(0.05 * TRIALS);
});

test('what is unclear takes more pairs than what is clear', async () => {
  expect(mean(await play(0.05))).toBeGreaterThan(mean(await play(0.15)) + 2);
});
