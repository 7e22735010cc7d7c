/** Real time that keeps step with simulated time, so that polling, time limits and parallel phones are what they would be. */
export class Pace {
  readonly #scale: number;
  readonly #start = performance.now();
  #simulatedUs = 0;

  /** `scale`: real seconds for a simulated one. */
  constructor(scale: number) {
    this.#scale = scale;
  }

  get simulatedSeconds(): number {
    return this.#simulatedUs / 1e6;
  }

  /** Lets simulated time pass. Waits when real time is behind by more than a timer's resolution. */
  async spend(microseconds: number): Promise<void> {
    this.#simulatedUs += microseconds;
    const ahead = (this.#simulatedUs / 1000) * this.#scale - (performance.now() - this.#start);
    if (ahead > RESOLUTION_MS) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
}

const RESOLUTION_MS = 4;
