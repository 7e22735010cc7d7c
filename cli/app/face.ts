import type { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import type { AppStore } from './store.ts';

/** How the app is shown: on the screen, or in lines for a screen reader. */
export interface Face {
  /** Rejects when showing fails; never resolves. */
  readonly failed: Promise<never>;
  /** Gives the terminal back as it was. */
  close(): Promise<void>;
}

export type OpenFace = (io: Io, interrupts: Interrupts, store: AppStore) => Face;
