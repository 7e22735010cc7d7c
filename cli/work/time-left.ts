import { formatDuration } from '../ui/numbers.ts';

/** Below these a guess would be worth nothing. */
const LEAST_SHARE = 0.03;
const LEAST_MS = 3000;

/** Guesses how long work still takes from how long its part so far took. */
export class TimeLeft {
  readonly #now: () => number;
  readonly #started: number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#started = now();
  }

  /** `, about 40 s left`; nothing while too little is done to tell. `share` of the work is done, 0 to 1. */
  text(share: number): string {
    const elapsed = this.#now() - this.#started;
    if (elapsed < LEAST_MS || share < LEAST_SHARE || share >= 1) return '';
    const left = (elapsed * (1 - share)) / share;
    return `, about ${formatDuration(Math.max(1000, Math.round(left / 1000) * 1000)).replace('.0', '')} left`;
  }
}
