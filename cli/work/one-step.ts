import type { Emit } from '../../models/contracts/events.ts';
import { listenToLog } from '../../models/contracts/tool-log.ts';
import type { Session } from '../session.ts';

export interface StepTools {
  readonly id: string;
  readonly emit: Emit;
  /** Says how far the step is; `total` null where nobody knows. */
  progress(note: string | null, done?: number, total?: number | null): void;
}

/** Runs a command that is a single step under the front end that fits. `work` returns its value and a sentence for the log. */
export async function oneStep<T>(
  session: Session,
  kind: string,
  title: string,
  work: (tools: StepTools) => Promise<{ value: T; summary: string }>,
): Promise<T> {
  return session.show(title, async ({ emit }) => {
    const at = (): string => new Date().toISOString();
    const started = Date.now();
    const finish = (outcome: 'done' | 'failed' | 'interrupted', summary: string): void =>
      emit({ type: 'step-finished', at: at(), id: kind, outcome, summary, ms: Date.now() - started });
    emit({ type: 'run-started', at: at(), directory: null, steps: [{ id: kind, kind, title }] });
    emit({ type: 'step-started', at: at(), id: kind });
    const progress: StepTools['progress'] = (note, done = 0, total = null) =>
      emit({ type: 'step-progress', at: at(), id: kind, done, total, note });
    const silence = listenToLog((line) => emit({ type: 'log', at: at(), id: kind, line }));
    try {
      const { value, summary } = await work({ id: kind, emit, progress });
      finish('done', summary);
      return value;
    } catch (error) {
      finish(session.signal.aborted ? 'interrupted' : 'failed', '');
      throw error;
    } finally {
      silence();
    }
  });
}
