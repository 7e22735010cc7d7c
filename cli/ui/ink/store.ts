import type { DynoEvent } from '../../../models/contracts/events.ts';
import { type Key, press, type Wish } from '../keys.ts';
import { plural } from '../numbers.ts';
import { EMPTY_STATE, heldBack, isNewKind, reduce } from '../reduce.ts';
import { fitLine, type Line, span } from '../screen/line.ts';
import { finishedLines, headerLines, warningLines } from '../screen/settled.ts';
import type { UiState } from '../ui-state.ts';
import { FIRST_VIEW, type View } from '../view.ts';

export interface StoreOptions {
  readonly title: string;
  readonly columns: () => number;
  /** The terminal has a second screen, on which a run takes all of it. */
  readonly canFill: boolean;
}

/** Collects events and keys between two frames: the state to draw, how to draw it, and what has settled for good. */
export class ScreenStore {
  readonly title: string;
  readonly #columns: () => number;
  readonly #canFill: boolean;
  #state: UiState = EMPTY_STATE;
  #view: View = FIRST_VIEW;
  #settled: Line[] = [];
  #closed = false;
  #filled = false;
  #onChange: (urgent: boolean) => void = () => {};

  constructor({ title, columns, canFill }: StoreOptions) {
    this.title = title;
    this.#columns = columns;
    this.#canFill = canFill;
  }

  get state(): UiState {
    return this.#state;
  }

  get view(): View {
    return this.#view;
  }

  /** No event will follow: the screen may end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Something is being timed right now. */
  get isTiming(): boolean {
    return this.#state.steps.some(({ status, kind }) => status === 'running' && kind === 'bench');
  }

  /** Calls `listen` after each change; `urgent` where a person waits for it. */
  subscribe(listen: (urgent: boolean) => void): void {
    this.#onChange = listen;
  }

  /** Lines that have settled since the last call. */
  takeSettled(): readonly Line[] {
    const lines = this.#settled;
    this.#settled = [];
    return lines;
  }

  take(event: DynoEvent): void {
    this.#state = reduce(this.#state, event);
    const columns = this.#columns();
    if (event.type === 'run-started') {
      this.#settle(headerLines(this.#state, this.title, columns));
      this.#fillFor(event.directory !== null);
    }
    if (event.type === 'device') this.#fillFor(this.#state.devices.length > 1);
    if (event.type === 'warning' && isNewKind(this.#state)) this.#settle(warningLines(event, columns));
    if (event.type === 'step-finished') this.#settleStep(event.id, columns);
    if (event.type === 'question') this.#settle(warningLines({ text: `${this.#titleOf(event.id)} failed: ${event.message}`, hint: event.hint }, columns));
    this.#onChange(event.type === 'question');
  }

  /** A key as `press` understands it; what it asks of the run is handed back. */
  press(key: Key): Wish | null {
    const { view, wish } = press(this.#view, this.#state, key);
    this.#view = this.#canFill ? view : { ...view, full: false };
    this.#onChange(true);
    return wish;
  }

  /** A sentence for the person, until the next key. */
  remark(text: string): void {
    this.#view = { ...this.#view, remark: text };
    this.#onChange(true);
  }

  /** The terminal has another size. */
  resized(): void {
    this.#onChange(true);
  }

  close(): void {
    this.#closed = true;
    this.#onChange(true);
  }

  /** A run and several phones have much to show; what one command does is over before a person has looked. */
  #fillFor(much: boolean): void {
    if (!much || this.#filled || !this.#canFill) return;
    this.#filled = true;
    this.#view = { ...this.#view, full: true };
  }

  #settleStep(id: string, columns: number): void {
    const more = heldBack(this.#state, id);
    if (more > 0) this.#settle([fitLine([span(`  … and ${plural(more, 'warning')} more of the same kind`, 'dim')], columns)]);
    const step = this.#state.steps.find((other) => other.id === id);
    if (step) this.#settle(finishedLines(step, columns));
  }

  #titleOf(id: string): string {
    return this.#state.steps.find((step) => step.id === id)?.title ?? id;
  }

  #settle(lines: readonly Line[]): void {
    this.#settled.push(...lines);
  }
}
