import type { Action } from './state/actions.ts';
import { reduce } from './state/reduce.ts';
import type { AppState } from './state/state.ts';

/** Holds the state of the app and tells whoever asked that it changed. */
export class AppStore {
  #state: AppState;
  readonly #listeners = new Set<() => void>();

  constructor(state: AppState) {
    this.#state = state;
  }

  get state(): AppState {
    return this.#state;
  }

  readonly dispatch = (action: Action): void => {
    const next = reduce(this.#state, action);
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of [...this.#listeners]) listener();
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
}
