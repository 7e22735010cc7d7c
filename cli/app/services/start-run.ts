import { join } from 'node:path';
import type { Report } from '../../../reports/model/report.ts';
import { STATUS_SIGNS } from '../../../reports/render/words.ts';
import type { Interrupts } from '../../interrupts.ts';
import type { Io } from '../../io.ts';
import { Session, type Result } from '../../session.ts';
import { runArguments, runFlags, runnableModels } from '../state/choices.ts';
import type { FoundModel } from '../state/found.ts';
import type { AppState, RunOutcome } from '../state/state.ts';
import { problemOf } from './problem-of.ts';

export interface RunSurroundings {
  readonly io: Io;
  readonly interrupts: Interrupts;
  /** A screen reader reads. */
  readonly spoken: boolean;
  /** Writes a network that is generated, unless it is there. */
  readonly provide: (model: FoundModel) => Promise<void>;
}

/** `dyno run` with what was chosen: the same code, the same live screen; its report goes to the app instead of stdout. Throws only when interrupted. */
export async function startRun(state: AppState, { io, interrupts, spoken, provide }: RunSurroundings): Promise<RunOutcome> {
  const flags = runFlags(state);
  const session = new ReportedSession(io, interrupts, { ...flags, screenReader: spoken });
  try {
    for (const model of runnableModels(state)) await provide(model);
    const { run } = await import('../../commands/run.ts');
    const exitCode = await run(runArguments(state), { ...flags, strict: false }, session);
    const report = session.result?.json as Report;
    const { status, sentence } = report.verdict;
    return { exitCode, verdict: `${STATUS_SIGNS[status]} ${sentence}`, directory: join(state.config.runs, report.run.id), problem: null };
  } catch (error) {
    if (interrupts.signal.aborted) throw error;
    const { message, nextSteps } = problemOf(error);
    return { exitCode: null, verdict: null, directory: null, problem: { message, nextSteps: [...nextSteps, 'Steps that finished are kept: dyno run --resume goes on.'] } };
  }
}

/** A session whose result is kept for the app instead of printed. */
class ReportedSession extends Session {
  result: Result | null = null;

  override async present(result: Result): Promise<void> {
    this.result = result;
  }
}
