const HEARTBEAT_MS = 1000;

/** When to draw: soon after something changed, never more often than the gap allows, and once a second for the clocks. */
export class Pace {
  readonly #draw: () => void;
  readonly #gap: () => number;
  #timer: NodeJS.Timeout | null = null;
  #due = Number.POSITIVE_INFINITY;
  #drawnAt = Number.NEGATIVE_INFINITY;

  /** `gap`: least milliseconds between two frames at the moment. */
  constructor(draw: () => void, gap: () => number) {
    this.#draw = draw;
    this.#gap = gap;
  }

  /** Something changed that can wait for the next frame. */
  changed(): void {
    this.#schedule(this.#drawnAt + this.#gap());
  }

  /** Something changed that a person waits for. */
  now(): void {
    this.#schedule(0);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#due = Number.POSITIVE_INFINITY;
  }

  #schedule(at: number): void {
    if (at >= this.#due) return;
    this.stop();
    this.#due = at;
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, at - performance.now()));
  }

  #fire(): void {
    this.stop();
    this.#drawnAt = performance.now();
    this.#draw();
    this.#schedule(this.#drawnAt + HEARTBEAT_MS);
  }
}
