import type { Finding, PlacedOperation, Severity } from '../../models/contracts/index.ts';
import type { Graph, Node } from '../../models/graph/index.ts';
import { shapeOnlyNodes } from './shape-only.ts';

const LEAVES_UNIT: ReadonlySet<Severity> = new Set(['blocks-conversion', 'blocks-unit', 'splits-graph']);

/** Where the rules predict the nodes to run. */
export interface Placement {
  readonly nodes: number;
  readonly onUnit: number;
  /** Share of multiply-accumulates on the unit, 0 to 1; 1 where the graph has none. */
  readonly macShare: number;
  /** Pieces the graph falls into, both kinds counted: 1 is whole. */
  readonly segments: number;
}

/**
 * Predicted placement from findings. A finding about the model as a whole takes everything off the unit. Segments are counted by unit
 * switches along the longest path, the coarsest partition that keeps every piece free of cycles.
 */
export function predictPlacement(graph: Graph, findings: readonly Finding[], macsOf: (node: Node) => number): Placement {
  const isOn = stayingOn(findings);
  const switches = new Map<Node, number>();
  const segments = new Set<string>();
  const count = { nodes: 0, onUnit: 0, macs: 0, macsOn: 0 };
  for (const node of computing(graph)) {
    const on = isOn(node);
    const macs = macsOf(node);
    count.nodes++;
    count.macs += macs;
    if (on) { count.onUnit++; count.macsOn += macs; }
    const depth = node.inputs.reduce((most, v) => Math.max(most, v?.producer ? stepsTo(v.producer, on, switches) : startOf(on)), startOf(on));
    switches.set(node, depth);
    segments.add(String(depth));
  }
  return { nodes: count.nodes, onUnit: count.onUnit, macShare: count.macs === 0 ? 1 : count.macsOn / count.macs, segments: segments.size };
}

/** The same node by node, in execution order: on the unit, or `other`. `macsOf` in the same way as above. */
export function predictOperations(graph: Graph, findings: readonly Finding[], macsOf: (node: Node) => number, unit: 'ane' | 'htp'): PlacedOperation[] {
  const isOn = stayingOn(findings);
  return computing(graph).map((node) => ({ name: node.label, opType: node.opType, place: isOn(node) ? unit : 'other', work: macsOf(node) }));
}

/** Nodes that compute something when the model runs. */
function computing(graph: Graph): Node[] {
  const skipped = shapeOnlyNodes(graph);
  return [...graph.nodes()].filter((node) => !skipped.has(node) && !node.is('Constant'));
}

function stayingOn(findings: readonly Finding[]): (node: Node) => boolean {
  const leaving = findings.filter((f) => LEAVES_UNIT.has(f.severity));
  const wholeModel = leaving.some((f) => f.opType === '');
  const offLabels = new Set(leaving.map((f) => f.node));
  return (node) => !wholeModel && !offLabels.has(node.label);
}

/** Even depths are on the unit, odd ones off it. */
function startOf(on: boolean): number {
  return on ? 0 : 1;
}

function stepsTo(producer: Node, on: boolean, switches: ReadonlyMap<Node, number>): number {
  const depth = switches.get(producer);
  if (depth === undefined) return startOf(on);
  return (depth % 2 === 0) === on ? depth : depth + 1;
}
