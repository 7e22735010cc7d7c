import type { Node, Patch, Value } from '../../models/graph/index.ts';

const RADIUS = 4;
const MOST = 96;

/** Nodes whose surroundings an applied patch changed: what it added, and a few steps up and down from there. */
export function neighbourhood(patch: Patch): Set<Node> {
  const found = new Set<Node>(patch.added);
  spread(
    found,
    [...patch.replaced.values()],
    (value) => value.consumers,
    (node) => node.outputs,
  );
  const left = [...patch.removed].flatMap((node) => node.inputs);
  const needed = patch.added.flatMap((node) => node.inputs);
  spread(
    found,
    [...left, ...needed],
    (value) => (value.producer?.attached ? [value.producer] : []),
    (node) => node.inputs,
  );
  for (const value of [...left, ...needed]) for (const node of value && value.uses.size < MOST ? value.consumers : []) found.add(node);
  return found;
}

function spread(
  found: Set<Node>,
  start: readonly (Value | null)[],
  next: (value: Value) => readonly Node[],
  onward: (node: Node) => readonly (Value | null)[],
): void {
  const most = found.size + MOST;
  let values = start;
  for (let step = 0; step < RADIUS && values.length > 0; step++) {
    const reached: Node[] = [];
    for (const value of values)
      for (const node of value ? next(value) : []) {
        if (found.has(node) && step > 0) continue;
        found.add(node);
        reached.push(node);
        if (found.size > most) return;
      }
    values = reached.flatMap(onward);
  }
}
