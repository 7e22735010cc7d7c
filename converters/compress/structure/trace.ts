import type { Graph, Node, Value } from '../../../models/graph/index.ts';
import { rootsOf } from './parameter.ts';
import type { Narrowing } from './rule.ts';
import { RULES } from './rules/index.ts';
import type { Track } from './track.ts';

/** A layer that makes units: its weights lose them, and its output has them. */
export interface Seed {
  readonly node: Node;
  readonly narrowing: Narrowing;
}

/** A layer in which units end: a parameter loses what it multiplied them by. */
export interface End {
  readonly node: Node;
  readonly slot: number;
  readonly parameter: Track;
}

/** Every node between the layers that make units and those that take them, producers first, and what it does without some of them. */
export interface Trace {
  readonly steps: ReadonlyMap<Node, Narrowing>;
  readonly ends: readonly End[];
}

/** Follows units from the layers that make them through the graph; the reason where they reach something that needs them all. */
export function traceUnits(graph: Graph, opset: number, seeds: readonly Seed[]): Trace | string {
  const starts = new Map(seeds.map(({ node, narrowing }) => [node, narrowing]));
  const tracks = new Map<Value, Track>();
  const steps = new Map<Node, Narrowing>();
  for (const node of graph.nodes()) {
    const reached = new Map(node.inputs.flatMap((value, slot): [number, Track][] => (value && tracks.has(value) ? [[slot, tracks.get(value) as Track]] : [])));
    const start = starts.get(node);
    if (start && reached.size > 0) return `${node.label} takes its own kind of units`;
    if (!start && reached.size === 0) continue;
    const rule = node.isOnnx && !node.hasSubgraph ? RULES.get(node.opType) : undefined;
    const narrowing = start ?? rule?.({ node, opset, tracks: reached }) ?? `${node.label}: no rule takes units out of ${node.opType}`;
    if (typeof narrowing === 'string') return narrowing;
    const reason = parametersFollow(node, narrowing) ?? facesAllow(node, narrowing);
    if (reason !== null) return reason;
    steps.set(node, narrowing);
    for (const [slot, track] of narrowing.outputs) tracks.set(node.outputs[slot] as Value, track);
  }
  const ends = [...steps].flatMap(([node, { outputs, parameters }]) => (outputs.size > 0 ? [] : [...(parameters ?? [])].map(([slot, parameter]): End => ({ node, slot, parameter }))));
  if (ends.length === 0) return 'nothing takes them';
  return sharedOutside(steps) ?? { steps, ends };
}

function parametersFollow(node: Node, { parameters }: Narrowing): string | null {
  for (const [slot, track] of parameters ?? []) {
    const value = node.input(slot);
    const roots = value ? rootsOf(value, track) : 'it lacks an input';
    if (typeof roots !== 'string') continue;
    const isResidual = value !== null && value.producer !== null && !node.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul');
    return isResidual ? `${node.label} (${node.opType}) joins them with "${value.name}", which keeps its own` : `${node.label} (${node.opType}) needs them all: ${roots}`;
  }
  return null;
}

function facesAllow(node: Node, { outputs }: Narrowing): string | null {
  for (const slot of outputs.keys()) {
    const value = node.outputs[slot];
    if (value?.isGraphOutput) return `"${value.name}" is an output of the model`;
    if (value?.isCaptured) return `a subgraph uses "${value.name}"`;
  }
  return null;
}

/** Weights that a layer outside uses too would have to be kept beside the narrowed ones. */
function sharedOutside(steps: Trace['steps']): string | null {
  for (const [node, { parameters }] of steps) {
    if (!node.is('Conv', 'ConvTranspose', 'MatMul', 'Gemm')) continue;
    for (const [slot, track] of parameters ?? []) {
      const roots = rootsOf(node.input(slot) as Value, track);
      for (const { value, tensor } of typeof roots === 'string' ? [] : roots.slice(0, 1)) {
        const other = [...value.uses].find((use) => use.node.is(node.opType) && !steps.has(use.node));
        if (tensor.dims.length > 1 && other) return `${node.label} shares its weights with ${other.node.label}`;
        if (value.isGraphOutput) return `the weights of ${node.label} are an output of the model`;
      }
    }
  }
  return null;
}
