import type { GraphPicture } from '../../models/contracts/index.ts';
import { formatShape, type Node, type Patch, type Value } from '../../models/graph/index.ts';
import { constantText, nodeDetail } from './node-detail.ts';

/** Nodes of one picture. */
const MOST_NODES = 24;
/** Uses of one value that are looked at: a mask or a shape may be used thousands of times. */
const MOST_USES = 6;
/** Edges that come to one node: a Concat may join thousands. */
const MOST_EDGES = 12;

/** One side of a rewritten place. `nodes`: all that is drawn, changed ones too, so that the other side can keep the same neighbours. */
export interface Scene {
  readonly picture: GraphPicture;
  readonly nodes: readonly Node[];
}

/** What a patch will take out, and the neighbours one step away. Call before it is applied. */
export function sceneBefore(patch: Patch): Scene {
  return draw([...patch.removed], []);
}

/** What a patch has put in, and the neighbours of both sides. Call after it was applied; costs the size of the picture, not of the graph. */
export function sceneAfter(patch: Patch, before: Scene): Scene {
  const constants = [...new Set(patch.replaced.values())].filter((value) => value.initializer !== null);
  return draw(patch.added, before.nodes.filter((node) => node.attached), constants);
}

/** `constants`: initializers that stand where nodes were; they are drawn as nodes of their own. */
function draw(all: readonly Node[], kept: readonly Node[], constants: readonly Value[] = []): Scene {
  const computing = all.filter((node) => !node.is('Constant'));
  const changed = computing.length > 0 ? computing : all;
  const shown = changed.slice(0, MOST_NODES);
  const around = neighbours(shown, new Set(changed), kept);
  const near = around.nodes.slice(0, MOST_NODES - shown.length);
  const nodes = inOrder([...new Set([...near, ...shown])]);
  const values = constants.slice(0, MOST_NODES - nodes.length);
  const ids = new Map<Node | Value, string>([
    ...nodes.map((node) => [node, `n${node.serial}`] as const), ...values.map((value, i) => [value, `c${i}`] as const),
  ]);
  const isChanged = new Set(shown);
  const picture = {
    nodes: [
      ...values.map((value) => ({ id: ids.get(value) as string, opType: 'Constant', name: value.name, detail: constantText(value), changed: true })),
      ...nodes.map((node) => ({
        id: ids.get(node) as string, opType: node.opType, name: node.name, detail: nodeDetail(node), changed: isChanged.has(node),
      })),
    ],
    edges: nodes.flatMap((node) => [...incoming(node, ids, isChanged.has(node)), ...outgoing(node, ids, isChanged.has(node))]),
    omitted: changed.length + constants.length + around.nodes.length + around.unseen - nodes.length - values.length,
  };
  return { picture, nodes };
}

/** One step up and down; constants are told with the node that takes them. `unseen`: uses beyond those looked at. */
function neighbours(shown: readonly Node[], changed: ReadonlySet<Node>, kept: readonly Node[]): { nodes: Node[]; unseen: number } {
  const found = new Set(kept);
  let unseen = 0;
  for (const node of shown) {
    for (const value of node.inputs) if (value?.producer && value.constant === null) found.add(value.producer);
    for (const value of node.outputs) {
      const { nodes, rest } = firstConsumers(value);
      for (const consumer of nodes) found.add(consumer);
      unseen += rest;
    }
  }
  return { nodes: [...found].filter((node) => !changed.has(node)), unseen };
}

function firstConsumers(value: Value | null): { nodes: Node[]; rest: number } {
  const nodes: Node[] = [];
  let seen = 0;
  for (const use of value?.uses ?? []) {
    if (seen === MOST_USES) break;
    nodes.push(use.node);
    seen++;
  }
  return { nodes, rest: (value?.uses.size ?? 0) - seen };
}

/** Producers first; where the edges leave it open, as they came. */
function inOrder(nodes: readonly Node[]): Node[] {
  const left = new Set(nodes);
  const order: Node[] = [];
  while (left.size > 0) {
    const next = [...left].find((node) => !node.inputs.some((value) => value?.producer && left.has(value.producer))) ?? ([...left][0] as Node);
    left.delete(next);
    order.push(next);
  }
  return order;
}

type Edge = GraphPicture['edges'][number];

function incoming(node: Node, ids: ReadonlyMap<Node | Value, string>, changed: boolean): Edge[] {
  const to = ids.get(node) as string;
  const edges = node.inputs.flatMap((value): Edge[] => {
    const from = value && ids.get(value.producer ?? value);
    if (!value || (!from && value.constant !== null)) return [];
    if (from) return [{ from, to, label: typeText(value) }];
    return changed || value.isGraphInput ? [{ from: null, to, label: outsideText(value) }] : [];
  });
  return [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()].slice(0, MOST_EDGES);
}

/** Edges that leave the picture; those within it are told by the node that they lead to. */
function outgoing(node: Node, ids: ReadonlyMap<Node | Value, string>, changed: boolean): Edge[] {
  const from = ids.get(node) as string;
  return node.outputs.flatMap((value): Edge[] => {
    if (!value) return [];
    const ends = value.isGraphOutput || (changed && value.uses.size > 0 && ![...firstConsumers(value).nodes].some((to) => ids.has(to)));
    return ends ? [{ from, to: null, label: outsideText(value) }] : [];
  });
}

/** Inputs and outputs of the model are told by name. */
function outsideText(value: Value): string {
  return value.isGraphInput || value.isGraphOutput ? `${value.name}: ${typeText(value)}` : typeText(value);
}

function typeText({ type: { dtype, shape } }: Value): string {
  return shape === null && dtype === null ? '' : `${dtype ?? '?'} ${formatShape(shape)}`;
}
