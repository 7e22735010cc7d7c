import type { Dim, Node, Patch, Value, ValueType } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { RewriteContext } from '../rewrite.ts';
import type { Form } from './better-form.ts';
import type { Link } from './chain.ts';
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
  const options = { like, name, types: [{ kind: 'tensor', dtype: input.type.dtype, shape: step.dims }] as const };
  if (step.op === 'Reshape') return patch.node('Reshape', [input, shapeInput(patch, step.shape, `${name}_shape`)], options);
  if (step.op === 'Expand' || step.op === 'Tile') return patch.node(step.op, [input, shapeInput(patch, step.shape, `${name}_shape`)], options);
  if (step.op === 'Identity') return patch.node('Identity', [input], options);
  if (step.op === 'Transpose') return patch.node('Transpose', [input], { ...options, attributes: { perm: step.perm } });
  if (step.op === 'Gather') return patch.node('Gather', [input, shapeInput(patch, step.indices, `${name}_indices`)], { ...options, attributes: { axis: 1 } });
  const mode = step.op === 'DepthToSpace' && opset >= 11 ? step.mode : undefined;
  return patch.node(step.op, [input], { ...options, attributes: { blocksize: step.block, mode } });
}

/** A Reshape next to `like`, by constant numbers. */
export function addReshape(patch: Patch, input: Value, dims: readonly Dim[], shape: readonly number[], like: Node): Value {
  return addStep(patch, { op: 'Reshape', dims, shape }, input, like, `${like.name === '' ? like.opType : like.name}/reshape`, patch.opset);
}

function shapeInput(patch: Patch, shape: readonly number[] | Value | undefined, hint: string): Value {
  return shape && 'type' in shape ? shape : patch.constant(Tensor.of('int64', [shape?.length ?? 0], shape ?? []), hint);
}

/** The step that moves data keeps the name of the node it stands for; the others are numbered. */
function stepNames(like: Node, steps: readonly Step[]): string[] {
  const stem = like.name === '' ? 'layout' : like.name;
  const main = steps.findIndex((step) => step.op !== 'Reshape');
  return steps.map((step, i) => (i === main ? like.name : `${stem}/${step.op.toLowerCase()}${i}`));
}

function passStep(patch: Patch, link: Link, input: Value, constant: Tensor | null, shape: ValueType['shape']): Value {
  const { node, elementwise } = link;
  const inputs = [...node.inputs];
  inputs[elementwise?.data ?? 0] = input;
  if (constant && elementwise?.constant) {
    const old = inputs[elementwise.constant.index] as Value;
    inputs[elementwise.constant.index] = patch.constant(constant, `${old.name}_moved`);
  }
  const output = patch.copy(node, inputs)[0] as Value;
  output.type = { ...output.type, shape };
  return output;
}
