/** When the warm-up of a block may end. */
export interface WarmUpRule {
  readonly minRuns: number;
  readonly minMs: number;
  /** Ends here, stable or not. */
  readonly maxMs: number;
  /** Largest change between two windows that counts as stable; androidx.benchmark takes 4 %. */
  readonly tolerance: number;
}

/** How long the timed part of a block lasts: both minima are met, whichever maximum comes first ends it. */
export interface TimedPart {
  readonly minRuns: number;
  readonly minMs: number;
  readonly maxRuns: number;
  readonly maxMs: number;
}

export interface BlockRules {
  readonly warmUp: WarmUpRule;
  readonly timed: TimedPart;
}

/** `quick` for a first look, `default` for numbers that are kept, `rigorous` as MLPerf Mobile asks for. */
export const BLOCK_PROFILES = {
  quick: {
    warmUp: { minRuns: 5, minMs: 150, maxMs: 3000, tolerance: 0.04 },
    timed: { minRuns: 15, minMs: 400, maxRuns: 1000, maxMs: 6000 },
  },
  default: {
    warmUp: { minRuns: 10, minMs: 1000, maxMs: 30_000, tolerance: 0.04 },
    timed: { minRuns: 100, minMs: 5000, maxRuns: 2000, maxMs: 60_000 },
  },
  rigorous: {
    warmUp: { minRuns: 10, minMs: 1000, maxMs: 30_000, tolerance: 0.04 },
    timed: { minRuns: 1024, minMs: 60_000, maxRuns: 100_000, maxMs: 600_000 },
  },
} as const satisfies Record<string, BlockRules>;

export type BlockProfile = keyof typeof BLOCK_PROFILES;
