import type { Dim, Node, Patch, Value, ValueType } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { RewriteContext } from '../rewrite.ts';
import type { Form } from './better-form.ts';
import { type Link, OPEN } from './chain.ts';
import { FREE_OPS } from './movement.ts';
import type { Segment } from './segment.ts';
import type { Step } from './step.ts';

/** Adds the new form of a segment to a patch and takes the old one out. */
export function emitForm(patch: Patch, { links }: Segment, { plan, place, constants }: Form, context: RewriteContext): void {
  const [first, last] = [links[0] as Link, links.at(-1) as Link];
  const steps = links.filter((link) => link.elementwise);
  const like = (links.find((link) => link.own && !link.elementwise && !FREE_OPS.has(link.node.opType)) ?? last).node;
  const names = stepNames(like, plan.steps);
  let value = first.input;
  for (let i = 0; i <= plan.steps.length; i++) {
    if (i === place.at) for (const link of steps) value = passStep(patch, link, value, constants.get(link) ?? null, place.dims);
    const step = plan.steps[i];
    if (step) value = addStep(patch, step, value, like, names[i] as string, context.opset);
  }
  patch.replace(last.output, value);
  patch.remove(...links.filter((link) => link.own).map((link) => link.node));
}

/** One node of a plan, with its constants. */
export function addStep(patch: Patch, step: Step, input: Value, like: Node, name: string, opset: number): Value {
  const options = { like, name, types: [typeOf(input, step.dims)] };
  const ints = (values: readonly number[], what: string): Value => (
    patch.constant(Tensor.of('int64', [values.length], values), `${name}_${what}`)
  );
  switch (step.op) {
    case 'Reshape':
      return patch.node('Reshape', [input, step.shape && 'type' in step.shape ? step.shape : ints(step.shape ?? [], 'shape')], options);
    case 'Expand': case 'Tile':
      return patch.node(step.op, [input, ints(step.shape, 'shape')], options);
    case 'Identity':
      return patch.node('Identity', [input], options);
    case 'Transpose':
      return patch.node('Transpose', [input], { ...options, attributes: { perm: step.perm } });
    case 'Gather':
      return patch.node('Gather', [input, ints(step.indices, 'indices')], { ...options, attributes: { axis: 1 } });
    case 'SpaceToDepth':
      return patch.node('SpaceToDepth', [input], { ...options, attributes: { blocksize: step.block } });
    case 'DepthToSpace': {
      const mode = opset >= 11 ? step.mode : undefined;
      return patch.node('DepthToSpace', [input], { ...options, attributes: { blocksize: step.block, mode } });
    }
  }
}

/** A Reshape next to `like`, by constant numbers. */
export function addReshape(patch: Patch, input: Value, dims: readonly Dim[], shape: readonly number[], like: Node): Value {
  return addStep(patch, { op: 'Reshape', dims, shape }, input, like, `${like.name === '' ? like.opType : like.name}/reshape`, patch.opset);
}

/** The element type of `input`, another shape; symbols that only stood for an open size are open again. */
export function typeOf(input: Value, dims: readonly Dim[]): ValueType {
  const shape = dims.map((dim) => (typeof dim === 'string' && dim.includes(OPEN) ? null : dim));
  return { kind: 'tensor', dtype: input.type.dtype, shape };
}

/** The step that moves data keeps the name of the node it stands for; the others are numbered. */
function stepNames(like: Node, steps: readonly Step[]): string[] {
  const stem = like.name === '' ? 'layout' : like.name;
  const main = steps.findIndex((step) => step.op !== 'Reshape');
  return steps.map((step, i) => (i === main ? like.name : `${stem}/${step.op.toLowerCase()}${i}`));
}

function passStep(patch: Patch, link: Link, input: Value, constant: Tensor | null, dims: readonly Dim[]): Value {
  const { node, elementwise } = link;
  const inputs = [...node.inputs];
  inputs[elementwise?.data ?? 0] = input;
  if (constant && elementwise?.constant) {
    const old = inputs[elementwise.constant.index] as Value;
    inputs[elementwise.constant.index] = patch.constant(constant, `${old.name}_moved`);
  }
  const output = patch.copy(node, inputs)[0] as Value;
  output.type = output.stated = { ...typeOf(input, dims), dtype: output.type.dtype };
  return output;
}
