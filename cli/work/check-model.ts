import type { RootCause } from '../../models/contracts/finding.ts';
import { joinRuns, type OperationPlacement } from '../../models/contracts/placement.ts';
import type { Model } from '../../models/graph/model.ts';
import { macsOf } from '../../models/graph/cost/macs.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import { checkModel, groupFindings } from '../../converters/rules/check.ts';
import { type Placement, predictOperations, predictPlacement } from '../../converters/rules/placement.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import type { CompileAnswer, CompiledOutcome } from './compile-for-check.ts';

/** What the rules predict for one model on one target. */
export interface CheckOutcome {
  readonly target: string;
  /** How the hardware was chosen where the selector left it open. */
  readonly note: string | null;
  readonly precision: Precision;
  readonly causes: readonly RootCause[];
  readonly placement: Placement;
  /** The same node by node, where a report will show it. */
  readonly operations?: OperationPlacement;
  /** False where open dimensions leave work uncounted: `macShare` then says nothing. */
  readonly macsKnown: boolean;
  /** What the vendor's compiler says; null where nobody asked it, or it is not here: `compilerNote` says why. */
  readonly compiled?: CompiledOutcome | null;
  readonly compilerNote?: string | null;
  /** True where the compiler is installed and did not answer, or its outputs could not be compared: the check is not complete. */
  readonly compilerFailed?: boolean;
}

/** The outcome with the compiler's answer beside the predictions; what the compiler refutes is no finding any more. */
export function withCompiler(outcome: CheckOutcome, answer: CompileAnswer): CheckOutcome {
  if ('missing' in answer) return { ...outcome, compiled: null, compilerNote: answer.missing, compilerFailed: answer.asked };
  const refuted = new Set(answer.compiled.refuted);
  const predicted = outcome.causes.flatMap(({ findings }) => findings).filter((finding) => !refuted.has(finding));
  return { ...outcome, causes: groupFindings([...predicted, ...answer.findings]), compiled: answer.compiled, compilerNote: answer.compiled.note, compilerFailed: answer.incomplete };
}

/** Checks a model whose shapes are inferred. Throws UserError for hardware that is not known. */
export function checkFor(model: Model, target: string, precision: Precision): CheckOutcome {
  const profile = resolveTarget(target);
  const findings = checkModel(model, profile, { precision });
  const macs = [...model.graph.nodes()].map(macsOf);
  return {
    target: profile.label,
    note: profile.note,
    precision,
    causes: groupFindings(findings),
    placement: predictPlacement(model.graph, findings, (node) => macsOf(node) ?? 0),
    macsKnown: !macs.includes(null),
  };
}

/** The outcome with the place of each node as the rules predict it; for targets that have no unit of their own as it was. */
export function withOperations(outcome: CheckOutcome, { graph }: Model): CheckOutcome {
  const { kind } = resolveTarget(outcome.target);
  if (kind === 'host') return outcome;
  const findings = outcome.causes.flatMap((cause) => cause.findings);
  return { ...outcome, operations: { by: 'macs', operations: joinRuns(predictOperations(graph, findings, (node) => macsOf(node) ?? 0, kind)) } };
}
