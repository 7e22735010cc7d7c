import type { Config } from '../../config/config.ts';
import type { CheckOutcome } from '../../work/check-model.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import type { Choices } from '../state/state.ts';
import type { PreviewedModel } from '../state/found.ts';

/** What the process beside the screen is asked: all that takes longer than a key may. */
export type AnalysisRequest =
  /** Rules alone; of a package each function. */
  | { readonly kind: 'check'; readonly ref: ModelRef; readonly target: string; readonly precision: Choices['precision'] }
  /** Rules and Qualcomm's compiler. */
  | { readonly kind: 'compile'; readonly ref: ModelRef; readonly target: string; readonly precision: Choices['precision'] }
  /** The recipe, dry. */
  | { readonly kind: 'preview'; readonly ref: ModelRef; readonly target: string; readonly precision: Choices['precision']; readonly settings: Config['rewrite']; readonly seed: number }
  /** Writes a network of the zoo, unless it is there. */
  | { readonly kind: 'make'; readonly network: string; readonly scale: number; readonly out: string }
  /** The report of one run, or two compared, as lines. */
  | { readonly kind: 'text'; readonly runs: readonly string[]; readonly folder: string; readonly cwd: string; readonly columns: number; readonly color: boolean };

export interface AnalysisReplies {
  readonly check: readonly CheckOutcome[];
  readonly compile: CheckOutcome;
  readonly preview: Pick<PreviewedModel, 'log' | 'notes'>;
  readonly make: null;
  readonly text: readonly string[];
}
