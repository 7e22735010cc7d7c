import { parseTarget } from '../../../models/contracts/selectors.ts';
import { macsOf } from '../../../models/graph/cost/macs.ts';
import { checkModel } from '../../../converters/rules/check.ts';
import { predictPlacement } from '../../../converters/rules/placement.ts';
import { resolveTarget } from '../../../converters/rules/resolve-target.ts';
import type { Step } from '../../pipeline/step.ts';
import { computedPrecision, type PrecisionRequest } from '../precision.ts';
import type { CompileAnswer } from '../../work/compile-for-check.ts';
import type { SweepTools } from '../tools.ts';
import { type Built, orFailed, passedOn, withModel } from './built.ts';

/** Where a model runs, and what it moves. */
export interface Placed {
  /** Nodes that stay off the unit, conversions at the face not counted where the rest is one graph; null where nobody could say. */
  readonly off: number | null;
  readonly segments: number | null;
  readonly evidence: 'predicted' | 'compiled';
  /** DDR bytes of one inference, by the compiler. */
  readonly traffic: number | null;
  /** Why the compiler said nothing, or what it refused. */
  readonly missing: string | null;
  readonly failed: string | null;
}

export interface PlaceStepOptions {
  readonly id: string;
  readonly variant: string;
  /** Step that gave the model its size. */
  readonly from: string;
  readonly target: string;
  readonly precision: PrecisionRequest;
  readonly tools: SweepTools;
  readonly versions: object;
}

/** What Qualcomm's compiler makes of a model, where it is here; for other targets, and without it, what the rules predict. */
export function placeStep({ id, variant, from, target, precision, tools, versions }: PlaceStepOptions): Step {
  return {
    id, kind: 'compile', title: `Place ${variant} on ${target}`, needs: [from], key: { target, precision, versions },
    run: (context) => orFailed(context, async () => {
      const { file, failed } = context.input<Built>(from);
      if (file === null) return passedOn({ failed });
      const path = context.artifacts.at(file);
      return withModel(path, async ({ model }) => {
        const findings = checkModel(model, resolveTarget(target), { precision: computedPrecision(precision, target) });
        const { nodes, onUnit, segments } = predictPlacement(model.graph, findings, (node) => macsOf(node) ?? 0);
        const predicted: Placed = { off: nodes - onUnit, segments, evidence: 'predicted', traffic: null, missing: null, failed: null };
        const question = { path, model, target, shapes: [], predicted: [], verify: false, feeds: [], reproducer: null, signal: context.signal };
        const output = parseTarget(target).kind === 'htp' ? placedBy(await tools.compiler.ask(question), predicted) : predicted;
        return { output, summary: output.missing ?? `${output.off} nodes off the unit` };
      });
    }),
  };
}

/** The compiler's answer, or what the rules predict and why it gave none. */
function placedBy(answer: CompileAnswer, predicted: Placed): Placed {
  if ('missing' in answer) return { ...predicted, missing: answer.missing };
  const { cpuNodes, htpGraphs, traffic, failed, whole } = answer.compiled;
  const refused = failed ? `refused: ${answer.report.failure?.message ?? 'no graph came out'}` : null;
  return { off: failed ? null : whole ? 0 : cpuNodes, segments: htpGraphs, evidence: 'compiled', traffic: traffic?.all ?? null, missing: refused, failed: null };
}
