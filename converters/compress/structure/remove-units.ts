import { type Model, type Node, Patch, PatchRefused, type Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import { removeLeftovers } from '../../rewrites/permute/emit.ts';
import { NarrowedParameters } from './parameter.ts';
import type { Trace } from './trace.ts';
import { narrowedType, type Removed } from './track.ts';

/** Takes units out of a model: every node of the trace anew with narrower weights and shapes, names kept. The reason where that cannot be. */
export function removeUnits(model: Model, { steps }: Trace, removed: Removed): string | null {
  const patch = new Patch(model.graph, model.opset);
  const parameters = new NarrowedParameters(patch, removed);
  const made = new Map<Value, Value>();
  for (const [node, { outputs, attributes, ...narrowing }] of steps) {
    const inputs = node.inputs.map((value) => (value ? (made.get(value) ?? value) : null));
    for (const [slot, track] of narrowing.parameters ?? []) inputs[slot] = parameters.narrowed(node.input(slot) as Value, track);
    for (const [slot, tensor] of narrowing.constants?.(removed) ?? []) putConstant(patch, node, inputs, slot, tensor);
    const copies = patch.copy(node, inputs, attributes?.(removed));
    for (const [slot, old] of node.outputs.entries()) {
      const copy = copies[slot];
      if (!old || !copy) continue;
      const track = outputs.get(slot);
      if (!track) {
        patch.replace(old, copy);
        continue;
      }
      copy.type = copy.stated = narrowedType(old.type, track, removed);
      made.set(old, copy);
      patch.inherit(old, copy);
    }
    patch.remove(node);
  }
  removeLeftovers([...steps.keys()], patch);
  try {
    patch.apply();
    model.graph.sort();
    return null;
  } catch (error) {
    if (error instanceof PatchRefused) return error.message;
    throw error;
  }
}

function putConstant(patch: Patch, node: Node, inputs: (Value | null)[], slot: number, tensor: Tensor): void {
  while (inputs.length < slot) inputs.push(null);
  const old = node.input(slot);
  inputs[slot] = patch.constant(tensor, old?.name ?? `${node.name || node.opType}_input_${slot}`);
}
