import type { FoundDevice, FoundFiles, FoundModel, PastRun, CheckedModel, PreviewedModel } from '../state/found.ts';
import type { AppState, Choices, RunOutcome } from '../state/state.ts';

/** Tells what is known so far; the last value stands once the promise resolves. */
export type Tell<T> = (value: T, note?: string) => void;

/** All that the app needs of the world. Tests hand in their own. Each of these throws, and rejects with the signal's reason when it is given up. */
export interface Services {
  findFiles(tell: Tell<FoundFiles>, signal: AbortSignal): Promise<FoundFiles>;
  /** Looks again every few seconds; resolves only when given up. */
  watchDevices(targets: readonly string[], tell: Tell<readonly FoundDevice[]>, signal: AbortSignal): Promise<void>;
  check(models: readonly FoundModel[], choices: Choices, tell: Tell<readonly CheckedModel[]>, signal: AbortSignal): Promise<readonly CheckedModel[]>;
  preview(models: readonly FoundModel[], choices: Choices, tell: Tell<readonly PreviewedModel[]>, signal: AbortSignal): Promise<readonly PreviewedModel[]>;
  listRuns(signal: AbortSignal): Promise<readonly PastRun[]>;
  /** Lines of a report, or of two runs side by side, no wider than `columns`. */
  reportText(run: string, columns: number): Promise<readonly string[]>;
  comparisonText(runs: readonly string[], columns: number): Promise<readonly string[]>;
  /** Folders and models that a path may go on with. */
  complete(typed: string): Promise<readonly string[]>;
  /** The model at a path. Throws UserError where there is none. */
  modelAt(path: string): FoundModel;
  /** What `dyno run` does, on the main screen. Never throws but where the person interrupted it. */
  run(state: AppState): Promise<RunOutcome>;
  /** Writes the config; its name as a person here would type it. */
  save(state: AppState): string;
  /** Opens the page of a run in a browser. */
  openReport(run: string): Promise<void>;
  close(): Promise<void>;
}
