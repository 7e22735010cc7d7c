import type { CoreMlModel } from '../../../converters/coreml/package/read-package.ts';
import { programGraph } from '../../../converters/coreml/rules/program-graph.ts';
import { macsOf } from '../../../models/graph/index.ts';

/** Multiply-accumulates of a package's operations by their first output; empty where it is no ML program. Computed from shapes. */
export function macsByOutput({ program, defaultFunction }: CoreMlModel): ReadonlyMap<string, number> {
  const body = program?.functions.get(defaultFunction);
  if (!body) return new Map();
  return new Map([...programGraph(body).model.graph.nodes()].map((node) => [node.label, macsOf(node) ?? 0]));
}
