import { checkProgram } from '../../converters/coreml/rules/check-program.ts';
import { readPackage } from '../../converters/coreml/package/read-package.ts';
import { groupFindings } from '../../converters/rules/check.ts';
import { predictPlacement } from '../../converters/rules/placement.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { macsOf } from '../../models/graph/cost/macs.ts';
import type { CheckOutcome } from './check-model.ts';

/** What the rules predict for one function of a package on one target. */
export interface PackageOutcome extends CheckOutcome {
  /** Null where the package has one function only. */
  readonly function: string | null;
}

/** Checks every function of an ML program on the targets that are Neural Engines. Throws UserError for other models and where there is none. */
export function checkPackage(path: string, targets: readonly string[]): PackageOutcome[] {
  const { program, kind } = readPackage(path);
  if (!program) throw new UserError(`${path} is a ${kind}: rules are known for ML programs.`, ['Convert the model again, for iOS 15 or later.']);
  const profiles = targets.map(resolveTarget).filter((target) => target.kind === 'ane');
  if (profiles.length === 0) throw new UserError('A Core ML package runs on Neural Engines only.', ['Name one: dyno check model.mlpackage --target ane:A15']);
  const functions = [...program.functions.values()];
  return profiles.flatMap((profile) => functions.map((body): PackageOutcome => {
    const { findings, precision, model } = checkProgram(body, profile);
    const macs = [...model.graph.nodes()].map(macsOf);
    return {
      target: profile.label, note: profile.note, precision, causes: groupFindings(findings),
      placement: predictPlacement(model.graph, findings, (node) => macsOf(node) ?? 0), macsKnown: !macs.includes(null),
      function: functions.length > 1 ? body.name : null,
    };
  }));
}
