import { BugError } from '../../models/contracts/index.ts';
import { capturedNames, type Graph, type Model, type Node, Patch, Value, type ValueType } from '../../models/graph/index.ts';

/** What an edit took out. */
export interface Removed {
  readonly nodes: readonly Node[];
  /** Inputs that nothing needs any more. */
  readonly inputs: readonly string[];
}

/** Makes an inner value an input, in the place of the inputs that nothing needs after that; what computed it goes. */
export function promoteToInput({ graph }: Model, value: Value): Removed {
  const producer = value.producer as Node;
  const used = usedInputs(graph);
  const slot = new Value(graph.freshName(`${value.name}_cut`));
  slot.producer = producer;
  producer.outputs = producer.outputs.map((output) => (output === value ? slot : output));
  graph.values.set(slot.name, slot);
  value.producer = null;
  value.isGraphInput = true;
  value.stated = value.type;
  const nodes = sweep(graph, [producer]);
  const unused = used.filter((input) => !isNeeded(input));
  const place = unused[0] ? graph.inputs.indexOf(unused[0]) : graph.inputs.length;
  graph.inputs.splice(place, 0, value);
  for (const input of unused) dropInput(graph, input);
  return { nodes, inputs: unused.map((input) => input.name) };
}

/** Makes an inner value an output, in the place of the outputs that depend on it; what computed those goes. */
export function promoteToOutput({ graph }: Model, value: Value, replaced: ReadonlySet<Value>): Removed {
  const used = usedInputs(graph);
  const place = graph.outputs.findIndex((output) => replaced.has(output));
  graph.outputs.splice(place, 0, ...(value.isGraphOutput ? [] : [value]));
  value.isGraphOutput = true;
  value.stated = value.type;
  for (const output of replaced) {
    output.isGraphOutput = false;
    graph.outputs.splice(graph.outputs.indexOf(output), 1);
  }
  const nodes = sweep(
    graph,
    [...replaced].flatMap((output) => (output.producer ? [output.producer] : [])),
  );
  const unused = used.filter((input) => !isNeeded(input));
  for (const input of unused) dropInput(graph, input);
  return { nodes, inputs: unused.map((input) => input.name) };
}

/** Puts nodes between an input and all that uses it. The new input has the name and place of the old one. */
export function insertAtInput(model: Model, old: Value, type: ValueType, build: (patch: Patch, input: Value) => Value): void {
  const { graph } = model;
  const input = new Value(graph.freshName(`${old.name}_face`));
  input.isGraphInput = true;
  input.type = input.stated = type;
  graph.values.set(input.name, input);
  graph.inputs.splice(graph.inputs.indexOf(old), 0, input);
  const patch = new Patch(graph, model.opset);
  patch.replace(old, build(patch, input)).apply();
  const { name } = old;
  dropInput(graph, old);
  graph.rename(input, name);
}

/** Puts nodes behind an output. The new output has the name and place of the old one; inner uses of the old value stay. */
export function insertAtOutput(model: Model, old: Value, build: (patch: Patch, value: Value) => Value): void {
  const { graph } = model;
  if (old.isCaptured) throw new BugError(`The output "${old.name}" is captured by a subgraph.`);
  const patch = new Patch(graph, model.opset);
  const output = build(patch, old);
  patch.apply();
  const { name } = old;
  graph.outputs[graph.outputs.indexOf(old)] = output;
  old.isGraphOutput = false;
  output.isGraphOutput = true;
  output.stated = output.type;
  graph.rename(old, graph.freshName(`${name}_inner`));
  graph.rename(output, name);
}

/** Values that follow from one, itself left out. */
export function downstream(value: Value): Set<Value> {
  const found = new Set<Value>();
  const open = [value];
  for (let at = open.pop(); at; at = open.pop()) {
    for (const node of at.consumers)
      for (const output of node.outputs) {
        if (!output || found.has(output)) continue;
        found.add(output);
        open.push(output);
      }
  }
  return found;
}

/** Takes out nodes that nothing needs, from `start` towards the inputs, with the constants that only they used. */
function sweep(graph: Graph, start: readonly Node[]): Node[] {
  const removed: Node[] = [];
  const open = [...start];
  for (let node = open.pop(); node; node = open.pop()) {
    if (!node.attached || node.outputs.some((value) => value && isNeeded(value))) continue;
    const captured = [...capturedNames(node)].flatMap((name) => graph.values.get(name) ?? []);
    graph.detach(node);
    removed.push(node);
    for (const value of new Set([...node.inputs, ...captured])) {
      if (value?.producer) open.push(value.producer);
      else if (value?.initializer && !isNeeded(value) && !value.overridable) graph.dropInitializer(value);
    }
  }
  return removed.reverse();
}

function usedInputs(graph: Graph): Value[] {
  return graph.inputs.filter((input) => isNeeded(input) && !input.initializer);
}

function isNeeded(value: Value): boolean {
  return value.uses.size > 0 || value.isGraphOutput;
}

function dropInput(graph: Graph, input: Value): void {
  graph.inputs.splice(graph.inputs.indexOf(input), 1);
  if (graph.values.get(input.name) === input) graph.values.delete(input.name);
}
