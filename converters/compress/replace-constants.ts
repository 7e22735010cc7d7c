import { type Graph, type Model, Patch, type Value } from '../../models/graph/index.ts';
import type { Tensor } from '../../models/onnx/index.ts';

/** Makes what takes a constant's place; its output gets the constant's name and uses. */
export type Replacement = (patch: Patch, constant: Value) => Value;

/** Puts values in place of constants (initializers and Constant nodes), all at once. Names stay; what is an output of the model stays one. */
export function replaceConstants({ graph, opset }: Model, replacements: ReadonlyMap<Value, Replacement>): void {
  const patch = new Patch(graph, opset);
  const made = new Map<Value, Value>();
  for (const [old, replacement] of replacements) {
    const by = replacement(patch, old);
    made.set(old, by);
    patch.replace(old, by);
    if (old.producer) patch.remove(old.producer).inherit(old, by);
  }
  const names = new Map([...made.keys()].map((old) => [old, old.name]));
  patch.apply();
  for (const [old, by] of made) takeOver(graph, old, by, names.get(old) as string);
}

/** The same with new data under the same name. */
export function replaceTensors(model: Model, tensors: ReadonlyMap<Value, Tensor>): void {
  replaceConstants(model, new Map([...tensors].map(([value, tensor]) => [value, (patch: Patch): Value => patch.constant(tensor, value.name)])));
}

function takeOver(graph: Graph, old: Value, by: Value, name: string): void {
  if (graph.initializers.has(old)) graph.dropInitializer(old);
  if (by.name !== name && !graph.values.has(name)) graph.rename(by, name);
}
