import type { TimedPart, WarmUpRule } from './block-rules.ts';
import { median } from './stats/index.ts';

export type WarmUpState = 'go on' | 'stable' | 'gave up';

/**
 * Decides when the warm-up of a block may end. Stable means: the medians of the second and of the last quarter of all runs so far
 * (at least 3 runs each) differ by no more than `tolerance`. Half of the warm-up lies between the two, so that a slow descent, which
 * looks flat from one run to the next, still shows. Both minima of the rule must have passed; at `maxMs` it gives up.
 */
export class WarmUp {
  readonly #rule: WarmUpRule;
  readonly #times: number[] = [];
  #total = 0;
  #nextLook: number;

  constructor(rule: WarmUpRule) {
    this.#rule = rule;
    this.#nextLook = Math.max(rule.minRuns, 6);
  }

  get runs(): number {
    return this.#times.length;
  }

  /** Takes the milliseconds of the run that just ended. Looks at the windows ever more rarely, so that looking costs nothing. */
  add(ms: number): WarmUpState {
    this.#times.push(ms);
    this.#total += ms;
    if (this.runs >= this.#nextLook && this.#total >= this.#rule.minMs) {
      if (this.#isFlat()) return 'stable';
      this.#nextLook = Math.ceil(this.runs * 1.1);
    }
    return this.#total >= this.#rule.maxMs ? 'gave up' : 'go on';
  }

  #isFlat(): boolean {
    const quarter = Math.max(3, Math.floor(this.runs / 4));
    const start = Math.floor(this.runs / 4);
    const before = median(this.#times.slice(start, start + quarter));
    const last = median(this.#times.slice(-quarter));
    return Math.abs(last - before) <= this.#rule.tolerance * before;
  }
}

/** Whether the timed part may end after `runs` runs that took `ms` together. */
export function timedPartIsOver(runs: number, ms: number, part: TimedPart): boolean {
  if (runs === 0) return false;
  return runs >= part.maxRuns || ms >= part.maxMs || (runs >= part.minRuns && ms >= part.minMs);
}
