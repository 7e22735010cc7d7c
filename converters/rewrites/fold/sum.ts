import type { Node, Value } from '../../../models/graph/index.ts';

/** A summand of an Add/Sub tree. */
interface Summand {
  readonly value: Value;
  readonly sign: 1 | -1;
}

/** An Add/Sub tree: its summands from left to right and the nodes it is made of. */
export interface Sum {
  readonly root: Node;
  readonly summands: readonly Summand[];
  readonly nodes: readonly Node[];
}

/**
 * The tree of Adds and Subs above `root`; inner sums are followed while nothing else uses them and nothing broadcasts. Null when `root` is
 * itself an inner part of a larger tree, or adds a constant.
 */
export function readSum(root: Node): Sum | null {
  if (!root.is('Add', 'Sub') || isInner(root)) return null;
  const nodes: Node[] = [];
  const summands: Summand[] = [];
  const visit = (node: Node, sign: 1 | -1): void => {
    nodes.push(node);
    node.inputs.forEach((value, index) => {
      if (!value) return;
      const own = index === 1 && node.is('Sub') ? (-sign as 1 | -1) : sign;
      const inner = value.producer;
      if (inner?.is('Add', 'Sub') && isInner(inner)) visit(inner, own);
      else summands.push({ value, sign: own });
    });
  };
  visit(root, 1);
  return { root, summands, nodes };
}

/** True when both shapes are known and equal, symbols included. */
export function sameShape(a: Value, b: Value): boolean {
  const [s, t] = [a.type.shape, b.type.shape];
  return s !== null && t !== null && s.length === t.length && s.every((d, i) => d !== null && d === t[i]);
}

function isInner(node: Node): boolean {
  const output = node.output();
  const next = output?.soleConsumer;
  return output !== null && next?.is('Add', 'Sub') === true && next.output() !== null && sameShape(output, next.output() as Value);
}
