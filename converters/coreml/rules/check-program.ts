import type { Finding } from '../../../models/contracts/index.ts';
import type { Model } from '../../../models/graph/index.ts';
import { checkModel, type TargetProfile } from '../../rules/index.ts';
import type { MilFunction } from '../package/mil.ts';
import { summariseFunction } from '../package/summary.ts';
import { programGraph } from './program-graph.ts';

export interface CheckedProgram {
  /** Nodes are named after the first result of their operation. */
  readonly findings: readonly Finding[];
  readonly precision: 'fp16' | 'fp32';
  /** The graph that rules looked at, for placement. */
  readonly model: Model;
}

/**
 * What the rules predict for a function of an ML program, by the operations, shapes and element types that it has: nothing is converted
 * any more. Findings speak of MIL's operations.
 */
export function checkProgram(body: MilFunction, target: TargetProfile): CheckedProgram {
  const { model, operations } = programGraph(body);
  const precision = summariseFunction(body).precision === 'fp32' ? 'fp32' : 'fp16';
  const findings = checkModel(model, target, { precision, program: true }).map((finding): Finding => {
    const type = operations.get(finding.node);
    return type === undefined ? finding : { ...finding, opType: type, reason: finding.reason.replace(new RegExp(`\\b${finding.opType}\\b`), type) };
  });
  return { findings, precision, model };
}
