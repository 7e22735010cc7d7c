import { type Node, Patch, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { htpResize, nearestIndices, readResize, type Resize, type ResizedAxis, weightRows } from '../../resampling/index.ts';
import type { Proposal, Rewrite, RewriteContext } from '../rewrite.ts';

/** Forms of nearest that HTP computes as ONNX does; which of them samples the same grid depends on the sizes. */
const FORMS = [{ coordinates: 'asymmetric', nearest: 'floor' }, { coordinates: 'half_pixel', nearest: 'round_prefer_ceil' }, { coordinates: 'align_corners', nearest: 'round_prefer_ceil' }] as const;

/** Resize on a grid that the HTP compiler refuses or replaces by another. */
export const resizeGrid: Rewrite = {
  id: 'form/resize-grid', title: 'Resize on the grid that it states', exactness: 'exact', face: 'same', opTypes: ['Resize', 'Upsample'],
  doc: `Nearest: y[i] = x[index(i)]; where another statement of nearest gives the same indices at these sizes and HTP computes it, that one; else
a Gather with the indices along each axis: the same elements, bit for bit. Linear and cubic are a weighted sum along each axis, W · x · Vᵀ over the
last two: two matrix products with constant weights. Only where HTP refuses the form or samples another grid (the rule htp/resize-grid says which).
Refused: sizes that are not known, antialiasing, cubic or linear along other axes than the last two.`,
  match: (node, context) => {
    const resize = readResize(node);
    const [input, output] = [node.input(0), node.output()];
    if (!resize || !input || !output) return null;
    const verdict = htpResize(resize);
    if (verdict === 'right') return null;
    const dtype = input.type.dtype;
    if (resize.mode === 'nearest') return restated(node, resize, input, output, context) ?? gathered(node, resize, input, output, context);
    if (resize.antialias) return { kind: 'refusal', nodes: [node], reason: 'antialiasing widens the kernel' };
    if (dtype !== 'float32' && dtype !== 'float16') return { kind: 'refusal', nodes: [node], reason: 'its element type is no float' };
    const rank = resize.axes.length;
    if (changed(resize).some((axis) => axis < rank - 2)) return { kind: 'refusal', nodes: [node], reason: 'it resizes other axes than the last two' };
    return multiplied(node, resize, input, output, context);
  },
};

function changed({ axes }: Resize): number[] {
  return axes.flatMap(({ from, to, scale }, axis) => (from !== to || scale !== 1 ? [axis] : []));
}

function restated(node: Node, resize: Resize, input: Value, output: Value, context: RewriteContext): Proposal | null {
  if (context.opset < 11 || node.is('Upsample') || node.inputs.length <= 2) return null;
  const axes = resize.axes.map(({ from, to }): ResizedAxis => ({ from, to, scale: Math.fround(to / from) }));
  const form = FORMS.find((candidate) => {
    const same = axes.every((axis, i) => nearestIndices(axis, candidate).join() === nearestIndices(resize.axes[i] as ResizedAxis, resize).join());
    return same && htpResize({ ...resize, ...candidate, axes }) === 'right';
  });
  if (!form) return null;
  const patch = new Patch(context.graph, context.opset);
  const sizes = patch.constant(Tensor.of('int64', [axes.length], axes.map(({ to }) => BigInt(to))), `${output.name}_sizes`);
  // Up to opset 12 the region of interest is no optional input.
  const roi = context.opset >= 13 ? null : patch.constant(Tensor.of('float32', [0], []), `${output.name}_roi`);
  const scales = context.opset >= 13 ? null : patch.constant(Tensor.of('float32', [0], []), `${output.name}_scales`);
  const attributes = { coordinate_transformation_mode: form.coordinates, nearest_mode: form.nearest, axes: undefined, keep_aspect_ratio_policy: undefined };
  const [value] = patch.copy(node, [input, roi, scales, sizes], attributes);
  patch.replace(output, value as Value).remove(node);
  return { kind: 'proposal', patch, nodes: [node], exactness: 'bit', reason: `at these sizes ${form.coordinates} with ${form.nearest} takes the same elements` };
}

function gathered(node: Node, resize: Resize, input: Value, output: Value, context: RewriteContext): Proposal {
  const patch = new Patch(context.graph, context.opset);
  const value = changed(resize).reduce<Value>((at, axis) => {
    const indices = nearestIndices(resize.axes[axis] as ResizedAxis, resize);
    const constant = patch.constant(Tensor.of('int64', [indices.length], indices.map(BigInt)), `${output.name}_indices${axis}`);
    return patch.node('Gather', [at, constant], { name: `${node.name || 'Resize'}_axis${axis}`, attributes: { axis } });
  }, input);
  patch.replace(output, value).remove(node);
  return { kind: 'proposal', patch, nodes: [node], exactness: 'bit', reason: 'the elements that it takes, gathered by index' };
}

function multiplied(node: Node, resize: Resize, input: Value, output: Value, context: RewriteContext): Proposal {
  const patch = new Patch(context.graph, context.opset);
  const rank = resize.axes.length;
  const value = changed(resize).reduce<Value>((at, axis) => {
    const rows = weightRows(resize.axes[axis] as ResizedAxis, resize);
    const last = axis === rank - 1;
    const [height, width] = last ? [rows[0]?.length ?? 0, rows.length] : [rows.length, rows[0]?.length ?? 0];
    const weights = Array.from({ length: height * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      return (last ? rows[column]?.[row] : rows[row]?.[column]) as number;
    });
    const constant = patch.constant(Tensor.of(input.type.dtype as 'float32', [height, width], weights), `${output.name}_weights${axis}`);
    return patch.node('MatMul', last ? [at, constant] : [constant, at], { name: `${node.name || 'Resize'}_axis${axis}` });
  }, input);
  patch.replace(output, value).remove(node);
  return { kind: 'proposal', patch, nodes: [node], reason: `${resize.mode} weights as matrix products along ${changed(resize).length === 1 ? 'one axis' : 'two axes'}` };
}
