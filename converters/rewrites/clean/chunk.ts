import { knownData, type Node } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Rewrite, RewriteContext } from '../rewrite.ts';
import { newPatch, propose, removeWithProducers } from './edit.ts';

interface Range {
  readonly node: Node;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

export const chunkToSplit: Rewrite = {
  id: 'clean/chunk-to-split',
  title: 'Slices that cut a tensor into parts made one Split',
  doc: [
    'Slices of one value along one axis of static size, step 1, whose ranges [start, end) (negative ones counted from the end, all clamped) cover the axis without gap or',
    'overlap, are Split with their sizes. This is how exporters spell torch.chunk.',
  ].join(' '),
  opTypes: ['Slice'], exactness: 'bit', face: 'same',
  match: (node, context) => {
    const source = node.input(0);
    const first = readRange(node, context);
    if (!source || !first || first.start !== 0 || source.uses.size < 2) return null;
    const parts = cover(first, source.consumers.flatMap((other) => (other.is('Slice') && other.input(0) === source ? (readRange(other, context) ?? []) : [])), source.type.shape?.[first.axis]);
    if (!parts) return null;
    const sizes = parts.map(({ start, end }) => end - start);
    const patch = newPatch(context);
    const { inputs, attributes } = splitForm(sizes, first.axis, context);
    const tensors = inputs.map((tensor) => patch.constant(tensor, `${source.name}_split`));
    const types = parts.map(({ node: part }) => part.output()?.type).filter((type) => type !== undefined);
    const outputs = patch.nodeWithOutputs('Split', [source, ...tensors], parts.length, { like: first.node, attributes, types });
    parts.forEach((part, i) => patch.replace(part.node.output() as never, outputs[i] as never));
    return propose(removeWithProducers(patch, ...parts.map((part) => part.node)), parts.map((part) => part.node), `together they are all of axis ${first.axis}: ${sizes.join(' + ')}`);
  },
};

/** Ranges that follow one another from 0 to `size`; null where they leave a gap, overlap, or are fewer than two. */
function cover(first: Range, all: readonly Range[], size: unknown): Range[] | null {
  const parts = all.filter(({ axis }) => axis === first.axis).sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const { start, end } of parts) {
    if (start !== at || end <= start) return null;
    at = end;
  }
  return parts.length > 1 && at === size ? parts : null;
}

function readRange(node: Node, { opset }: RewriteContext): Range | null {
  const shape = node.input(0)?.type.shape;
  const read = (name: string, input: number): readonly unknown[] | null => (opset < 10 ? node.attributes.ints(name) : inputData(node, input)) ?? null;
  const [starts, ends, axes, steps] = [read('starts', 1), read('ends', 2), read('axes', 3), opset < 10 ? null : inputData(node, 4)];
  if (!shape || starts?.length !== 1 || ends?.length !== 1 || (steps && steps[0] !== 1)) return null;
  const given = axes ? axes[0] : 0;
  if (typeof given !== 'number' || typeof starts[0] !== 'number' || typeof ends[0] !== 'number' || (node.input(4) && !steps)) return null;
  const axis = given < 0 ? given + shape.length : given;
  const size = shape[axis];
  if (typeof size !== 'number') return null;
  const clamp = (index: number): number => Math.min(Math.max(index < 0 ? index + size : index, 0), size);
  return { node, axis, start: clamp(starts[0]), end: clamp(ends[0]) };
}

/** Elements of an input, INT64_MAX and its like rounded. */
function inputData(node: Node, index: number): readonly unknown[] | null {
  const value = node.input(index);
  return value && (value.constant ? [...value.constant.numbers()] : knownData(value));
}

function splitForm(sizes: readonly number[], axis: number, { opset }: RewriteContext): { inputs: Tensor[]; attributes: Record<string, number | readonly number[]> } {
  if (opset < 13) return { inputs: [], attributes: { axis, split: sizes } };
  return { inputs: [Tensor.of('int64', [sizes.length], sizes)], attributes: { axis } };
}
