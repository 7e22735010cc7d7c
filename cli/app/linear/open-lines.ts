import { createInterface } from 'node:readline';
import type { Interrupts } from '../../interrupts.ts';
import type { Io } from '../../io.ts';
import type { Face } from '../face.ts';
import type { AppStore } from '../store.ts';
import { Dialogue } from './dialogue.ts';

/** The app in lines, for a screen reader or a terminal that cannot draw: what can be chosen is numbered, answers are typed. Nothing is ever redrawn. */
export function openLines(io: Io, interrupts: Interrupts, store: AppStore): Face {
  const reader = createInterface({ input: io.stdin, terminal: false });
  const dialogue = new Dialogue(store, (text) => void io.stderr.write(`${text}\n`));
  const unsubscribe = store.subscribe(() => dialogue.follow());
  let closing = false;
  reader.on('line', (line) => dialogue.answer(line));
  reader.on('close', () => {
    if (!closing) interrupts.interrupt();
  });
  store.dispatch({ type: 'resized', columns: 100, rows: 1000 });
  dialogue.follow();
  return {
    failed: new Promise<never>(() => undefined),
    async close() {
      closing = true;
      unsubscribe();
      reader.close();
    },
  };
}
