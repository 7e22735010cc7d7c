import type { CompiledRecord, PackageRecord, QualityRecord, RewriteLog } from '../../models/contracts/records.ts';
import type { Report, ReportCrop, ReportModel, ReportQuantization, ReportVariant } from '../../reports/model/report.ts';
import type { CheckOutcome } from '../work/check-model.ts';
import type { BenchResult } from '../work/bench-models.ts';
import type { Artifact } from './artifacts.ts';
import type { Omission } from './step.ts';

/** What the steps of a run leave for each other, as JSON. */

export interface VariantOutput {
  readonly variant: ReportVariant;
  /** Where the model lies: absolute, or inside the run directory. */
  readonly file: string;
  /** Files of the run that it consists of. */
  readonly artifacts: readonly Artifact[];
}

export interface InspectOutput extends VariantOutput {
  readonly model: ReportModel;
}

export interface RewriteOutput extends VariantOutput {
  readonly log: RewriteLog;
  readonly notes: readonly string[];
  /** What the rules say of the rewritten model. */
  readonly after: CheckOutcome;
}

export interface QuantizeOutput extends VariantOutput {
  readonly quantization: ReportQuantization;
}

export interface CompileOutput {
  readonly records: readonly CompiledRecord[];
  /** What is found of each subject, the compiler's words included. */
  readonly checks: readonly { readonly subject: string; readonly outcome: CheckOutcome }[];
  readonly artifacts: readonly Artifact[];
  /** Why nothing was compiled; null where it was. */
  readonly missing: string | null;
}

export interface ConvertOutput {
  readonly records: readonly PackageRecord[];
  readonly artifacts: readonly Artifact[];
  /** Why nothing was converted; null where it was. */
  readonly missing: string | null;
}

export interface BenchOutput extends Omit<BenchResult, 'stopped' | 'takenOut'> {
  /** Devices that a person took out. */
  readonly omissions?: readonly Omission[];
}

export interface QualityOutput {
  readonly records: readonly QualityRecord[];
  readonly crops: readonly ReportCrop[];
}

export interface GateOutput {
  readonly report: Report;
}
