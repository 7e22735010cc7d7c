import { type Graph, type Model, type Node, Patch, type Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import type { Change, Kept, StepLog } from '../log.ts';
import { Rounding } from '../rounding.ts';
import type { CompressionStep } from '../spec.ts';
import { mayChange, type StepContext } from '../step-context.ts';
import { HalfDraft } from './half-draft.ts';
import { operatorObstacle, staysFloat } from './half-operators.ts';

/**
 * Weights and arithmetic in float16; inputs and outputs stay float32 behind a Cast each, or become float16 with `faces`. A node stays in
 * float32, and the log says why, where its operator has no float16 form, where a constant of it would leave the range, or where a single
 * number, such as an epsilon, would become zero. How large activations become is not looked at.
 */
export function convertHalf(context: StepContext, step: Extract<CompressionStep, { kind: 'fp16' }>): StepLog {
  const rounding = new Rounding('float16');
  const rounded = new Map<Value, Tensor | string>();
  const kept: Kept[] = [];
  const halves = new Set<Node>();
  for (const node of context.model.graph.nodes()) {
    if (node.is('Constant') || !touchesFloat(node) || !mayChange(context, node.label)) continue;
    const reason = operatorObstacle(node) ?? constantObstacle(node, rounded, rounding);
    if (reason !== null) kept.push({ where: node.label, reason });
    else halves.add(node);
  }
  const changes = [...halves].map((node): Change => {
    const weights = node.inputs.reduce((sum, value) => sum + (value && rounded.has(value) ? (value.constant?.size ?? 0) : 0), 0);
    return { where: node.label, changed: weights, of: weights };
  });
  const { graph } = context.model;
  const faces = step.faces ? halfFaces(graph, halves) : [];
  const stay = step.faces ? [...graph.inputs, ...graph.outputs].filter((value) => isFloat(value) && !value.initializer && !faces.includes(value)) : [];
  kept.push(...stay.map(({ name }) => ({ where: name, reason: 'something that stays float32 makes or reads it' })));
  if (halves.size > 0) emit(context.model, halves, rounded, faces);
  return { step, changes, kept, facts: { 'nodes in float16': halves.size, ...rounding.facts } };
}

/** Inputs and outputs that can become float16: an output where what makes and reads it does, an input wherever no subgraph reads it. */
function halfFaces({ inputs, outputs }: Graph, halves: ReadonlySet<Node>): Value[] {
  const made = (value: Value): boolean => value.producer !== null && [value.producer, ...value.consumers].every((node) => halves.has(node));
  return [...inputs.filter((value) => !value.initializer && !value.isGraphOutput), ...outputs.filter(made)].filter((value) => isFloat(value) && !value.isCaptured);
}

function emit({ graph, opset }: Model, halves: ReadonlySet<Node>, rounded: ReadonlyMap<Value, Tensor | string>, faces: readonly Value[]): void {
  const draft = new HalfDraft(new Patch(graph, opset), rounded);
  draft.takeInputs(faces.filter(({ isGraphInput }) => isGraphInput));
  for (const node of [...graph.nodes()]) {
    if (halves.has(node)) draft.convert(node);
    else draft.keep(node);
  }
  draft.finish(new Set(faces.filter(({ isGraphOutput }) => isGraphOutput)));
}

function touchesFloat(node: Node): boolean {
  return [...node.inputs, ...node.outputs].some((value) => value !== null && isFloat(value));
}

function isFloat({ type }: Value): boolean {
  return type.dtype === 'float32';
}

/** Rounds what the node takes as float16, each constant once. */
function constantObstacle(node: Node, rounded: Map<Value, Tensor | string>, rounding: Rounding): string | null {
  for (const [slot, value] of node.inputs.entries()) {
    const tensor = value?.constant;
    if (!value || !tensor || tensor.dtype !== 'float32' || staysFloat(node, slot)) continue;
    const known = rounded.get(value) ?? roundOne(tensor, rounding);
    rounded.set(value, known);
    if (typeof known === 'string') return `"${value.name}": ${known}`;
  }
  return null;
}

/** Half the smallest float16 number, 2⁻²⁴, and less is rounded to zero. */
const VANISHES = 2 ** -25;

function roundOne(tensor: Tensor, rounding: Rounding): Tensor | string {
  const only = tensor.size === 1 ? (tensor.numbers()[0] as number) : 0;
  return only !== 0 && Math.abs(only) <= VANISHES ? `${only.toPrecision(3)} would become zero` : rounding.round(tensor);
}
