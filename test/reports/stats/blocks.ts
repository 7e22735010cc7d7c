import type { Block } from '../../../models/contracts/records.ts';

/** Blocks with one sample each, one a round. */
export function blocksOf(medians: readonly number[]): Block[] {
  return medians.map((ms, round) => blockOf([ms], round));
}

export function blockOf(samples: readonly number[], round: number): Block {
  return {
    samples,
    loadMs: 5,
    firstMs: 7,
    warmup: { runs: 10, stable: true },
    startedAt: '2026-01-01T00:00:00Z',
    order: round * 2,
    round,
    thermal: null,
  };
}
