import type { Variant } from '../devices/device.ts';
import type { BlockRules } from './block-rules.ts';

/** Two variants whose ratio is asked for. */
export interface Pairing {
  readonly base: string;
  readonly candidate: string;
  /** Budget of a gate, e.g. 0.05 for +5 %; null where only the ratio matters. */
  readonly maxIncrease: number | null;
}

export interface BenchPlan extends BlockRules {
  /** Step that the events belong to. */
  readonly id: string;
  readonly variants: readonly Variant[];
  readonly units: readonly string[];
  /** Draws the order of the variants. */
  readonly seed: number;
  readonly pairings: readonly Pairing[];
  /** Rounds that are always taken, and the most that are taken while something is undecided. */
  readonly minRounds: number;
  readonly maxRounds: number;
  /** One-sided confidence of a gate's verdict. */
  readonly confidence: number;
  /** Half width of an interval, relative to its centre, that is narrow enough where no gate decides. */
  readonly precision: number;
  /** Disturbed blocks that may be measured again, in the whole schedule; each of them twice at most. */
  readonly maxRepeats: number;
  readonly coolDown: CoolDownLimits;
  readonly keepOutputs: boolean;
}

export interface CoolDownLimits {
  /** Longest wait before one batch, and before all batches together. */
  readonly maxMs: number;
  readonly totalMs: number;
  readonly pollMs: number;
}

/** What a plan takes where nothing else is said: 6 to 12 rounds (below 6 a median has no 95 % interval), 95 % one-sided, ±2 %. */
export const PLAN_DEFAULTS = {
  seed: 1, pairings: [], minRounds: 6, maxRounds: 12, confidence: 0.95, precision: 0.02, maxRepeats: 10, keepOutputs: false,
  coolDown: { maxMs: 5000, totalMs: 30_000, pollMs: 500 },
} as const satisfies Omit<BenchPlan, 'id' | 'variants' | 'units' | keyof BlockRules>;
