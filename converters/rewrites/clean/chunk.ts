import { knownData, type Node, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Proposal, Rewrite, RewriteContext } from '../rewrite.ts';
import { newPatch, propose, removeWithProducers } from './edit.ts';

interface Range {
  readonly node: Node;
  readonly output: Value;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

export const chunkToSplit: Rewrite = {
  id: 'clean/chunk-to-split',
  title: 'Slices that cut a tensor into parts made one Split',
  doc: `Slices of one value along one axis of static size, step 1, whose ranges [start, end) (negative ones counted from the end, all
clamped) cover the axis without gap or overlap, are Split with their sizes. This is how exporters spell torch.chunk.`,
  opTypes: ['Slice'],
  exactness: 'bit',
  face: 'same',
  match: (node, context) => {
    const source = node.input(0);
    const first = readRange(node, context);
    if (!source || first?.start !== 0 || source.uses.size < 2) return null;
    const slices = source.consumers.filter((other) => other.is('Slice') && other.input(0) === source);
    const parts = cover(
      slices.flatMap((slice) => readRange(slice, context) ?? []).filter(({ axis }) => axis === first.axis),
      source.type.shape?.[first.axis],
    );
    return parts && split(parts, source, context);
  },
};

function split(parts: readonly Range[], source: Value, context: RewriteContext): Proposal {
  const [{ axis, node: like }] = parts as [Range];
  const sizes = parts.map(({ start, end }) => end - start);
  const patch = newPatch(context);
  const given = context.opset < 13 ? [] : [patch.constant(Tensor.of('int64', [sizes.length], sizes), `${source.name}_split`)];
  const attributes = context.opset < 13 ? { axis, split: sizes } : { axis };
  const types = parts.map(({ output }) => output.type);
  const outputs = patch.nodeWithOutputs('Split', [source, ...given], parts.length, { like, attributes, types });
  for (const [i, { output }] of parts.entries()) patch.replace(output, outputs[i] as Value);
  const nodes = parts.map((part) => part.node);
  return propose(removeWithProducers(patch, ...nodes), nodes, `together they are all of axis ${axis}: ${sizes.join(' + ')}`);
}

/** Ranges that follow one another from 0 to `size`; null where they leave a gap, overlap, or are fewer than two. */
function cover(ranges: readonly Range[], size: unknown): Range[] | null {
  const parts = ranges.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const { start, end } of parts) {
    if (start !== at || end <= start) return null;
    at = end;
  }
  return parts.length > 1 && at === size ? parts : null;
}

function readRange(node: Node, { opset }: RewriteContext): Range | null {
  const shape = node.input(0)?.type.shape;
  const output = node.output();
  const attributes = opset < 10;
  const read = (name: string, input: number): unknown => {
    const data = attributes ? node.attributes.ints(name) : inputData(node, input);
    return data?.length === 1 ? data[0] : undefined;
  };
  const isGiven = (name: string, input: number): boolean => (attributes ? node.attributes.has(name) : node.input(input) !== null);
  const [start, end] = [read('starts', 1), read('ends', 2)];
  const given = isGiven('axes', 3) ? read('axes', 3) : 0;
  const step = isGiven('steps', 4) ? read('steps', 4) : 1;
  if (!shape || !output || typeof start !== 'number' || typeof end !== 'number' || typeof given !== 'number' || step !== 1) return null;
  const axis = given < 0 ? given + shape.length : given;
  const size = shape[axis];
  if (typeof size !== 'number') return null;
  const clamp = (index: number): number => Math.min(Math.max(index < 0 ? index + size : index, 0), size);
  return { node, output, axis, start: clamp(start), end: clamp(end) };
}

/** Elements of an input, INT64_MAX and its like rounded. */
function inputData(node: Node, index: number): readonly unknown[] | null {
  const value = node.input(index);
  return value && (value.constant ? [...value.constant.numbers()] : knownData(value));
}
