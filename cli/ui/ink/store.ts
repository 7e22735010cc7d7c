import type { DynoEvent } from '../../../models/contracts/events.ts';
import { plural } from '../numbers.ts';
import { EMPTY_STATE, heldBack, isNewKind, reduce, type UiState } from '../reduce.ts';
import { fitLine, type Line, span } from '../screen/line.ts';
import { finishedLines, headerLines, warningLines } from '../screen/screen.ts';

/** Something that stays in the scrollback once it is written. */
export interface Settled {
  readonly key: string;
  readonly lines: readonly Line[];
}

/** Collects events between two frames: the state to draw, and what has settled for good. */
export class ScreenStore {
  readonly #title: string;
  readonly #columns: () => number;
  #state: UiState = EMPTY_STATE;
  #settled: readonly Settled[] = [];
  #closed = false;

  constructor(title: string, columns: () => number) {
    this.#title = title;
    this.#columns = columns;
  }

  get state(): UiState {
    return this.#state;
  }

  get settled(): readonly Settled[] {
    return this.#settled;
  }

  /** No event will follow: the screen may end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Something is being timed right now. */
  get isTiming(): boolean {
    return this.#state.steps.some(({ status, kind }) => status === 'running' && kind === 'bench');
  }

  take(event: DynoEvent): void {
    this.#state = reduce(this.#state, event);
    const columns = this.#columns();
    if (event.type === 'run-started') this.#settle(headerLines(this.#state, this.#title, columns));
    if (event.type === 'warning' && isNewKind(this.#state)) this.#settle(warningLines(event, columns));
    if (event.type !== 'step-finished') return;
    const step = this.#state.steps.find(({ id }) => id === event.id);
    const more = heldBack(this.#state, event.id);
    if (more > 0) this.#settle([fitLine([span(`  … and ${plural(more, 'warning')} more of the same kind`, 'dim')], columns)]);
    if (step) this.#settle(finishedLines(step, columns));
  }

  close(): void {
    this.#closed = true;
  }

  #settle(lines: readonly Line[]): void {
    this.#settled = [...this.#settled, { key: String(this.#settled.length), lines }];
  }
}
