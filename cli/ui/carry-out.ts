import type { Interrupts } from '../interrupts.ts';
import type { RunControl } from '../pipeline/run-control.ts';
import type { Wish } from './keys.ts';

/** Asks the run for what a person wants. Says why where it is not taken up; null where it is. */
export function carryOut(wish: Wish, control: RunControl, interrupts: Interrupts): string | null {
  switch (wish.type) {
    case 'interrupt':
      interrupts.interrupt();
      return null;
    case 'skip':
      return control.skip(wish.step) ? null : 'This step cannot be left out: the run has no result without it.';
    case 'retry':
      return control.retry(wish.step) ? null : 'Not now: what depends on it is at work, or it was left out because another step was.';
    case 'answer':
      return control.answer(wish.step, wish.answer) ? null : 'Nobody asks that any more.';
    case 'stop-device':
      return control.stopDevice(wish.device) ? null : `${wish.device} cannot be taken out now.`;
  }
}
