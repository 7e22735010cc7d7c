import type { Precision } from '../../../converters/rewrites/rewrite.ts';
import { plural } from '../../ui/numbers.ts';
import { type CheckOutcome, checkFor, withOperations } from '../../work/check-model.ts';
import type { ModelRef } from '../../work/model-refs.ts';
import { openModel } from '../../work/open-model.ts';
import type { Step } from '../step.ts';

/** What keeps the model off a target. */
export function checkStep(ref: ModelRef, sha256: string, target: string, precision: Precision, versions: object): Step {
  return {
    id: `check:${ref.id}:${target}`,
    kind: 'check',
    title: `Check ${ref.id} for ${target}`,
    needs: [],
    key: { sha256, target, precision, versions },
    async run() {
      const { model, close } = openModel(ref.path);
      const output: CheckOutcome = withOperations(checkFor(model, target, precision), model);
      close();
      return { output, summary: checkSummary(output) };
    },
  };
}

/** `3 findings from 2 causes, worst: blocks-conversion`. */
function checkSummary({ causes }: CheckOutcome): string {
  if (causes.length === 0) return 'nothing found';
  const findings = causes.reduce((sum, cause) => sum + cause.findings.length, 0);
  return `${plural(findings, 'finding')} from ${plural(causes.length, 'cause')}, worst: ${causes[0]?.severity ?? ''}`;
}
