import { coveredOperators, type Node } from '../../models/graph/index.ts';

let known: ReadonlySet<string> | null = null;

/** True for operators of ai.onnx that this version can follow; nothing is said of the others. */
export function isKnownOperator(node: Node): boolean {
  known ??= new Set(coveredOperators());
  return known.has(node.opType);
}
