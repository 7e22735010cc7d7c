import type { AttributeValue, Dim, Node, Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { BINARY_OPS, UNARY_OPS } from './commute.ts';

/**
 * The axes that a node runs over, and how far it tells them apart. Neighbouring axes of one kind can be seen as a single axis: the node
 * then computes the same numbers on tensors of lower rank.
 */
export interface Frame {
  /** Kind of each axis; '' where every tensor has size 1, which goes with any neighbour. */
  readonly kinds: readonly string[];
  /** Inputs that run over the axes (position and sizes, 1 where the input lacks the axis). All other inputs stay as they are. */
  readonly operands: readonly { readonly index: number; readonly dims: readonly Dim[] }[];
  /** Sizes of each output along the axes; undefined where it has lost the axis. */
  readonly results: readonly (readonly (Dim | undefined)[])[];
  /** Attributes and constant inputs that name axes, for the axes as grouped. */
  readonly adapt: (groups: readonly (readonly number[])[]) => Adapted;
}

interface Adapted {
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>;
  readonly inputs?: ReadonlyMap<number, Tensor>;
}

/** Reads the frame of a node; null where the operator is not known here, its axes are not constant, or a size is not known at all. */
export function readFrame(node: Node, opset: number): Frame | null {
  const isOpen = (value: Value | null): boolean => !value?.type.shape || value.type.shape.includes(null);
  if (node.outputs.some(isOpen) || node.inputs.some((value) => value && isOpen(value))) return null;
  return FRAMES.get(node.opType)?.(node, opset) ?? null;
}

type Reader = (node: Node, opset: number) => Frame | null;

const REDUCE = [
  'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp',
  'ReduceSumSquare',
];

const FRAMES: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...[...UNARY_OPS, ...BINARY_OPS, 'Where', 'Sum', 'Mean', 'Clip'].map((op): [string, Reader] => [op, elementwise]),
  ...['QuantizeLinear', 'DequantizeLinear'].map((op): [string, Reader] => [op, quantization]),
  ...['Softmax', 'LogSoftmax', 'Hardmax'].map((op): [string, Reader] => [op, softmax]),
  ...REDUCE.map((op): [string, Reader] => [op, reduction]),
  ...['ArgMax', 'ArgMin'].map((op): [string, Reader] => [op, argument]),
  ['LayerNormalization', layerNorm], ['BatchNormalization', channelNorm], ['InstanceNormalization', channelNorm],
  ['MatMul', matmul], ['Concat', concat], ['Split', split], ['Slice', slice], ['Gather', gather], ['Pad', pad], ['Tile', tile],
]);

export const FRAME_OPS: readonly string[] = [...FRAMES.keys()];

const stay = (): Adapted => ({});

function elementwise(node: Node): Frame | null {
  const out = shapeOf(node.output()?.type.shape);
  const operands = node.inputs.flatMap((value, index) => {
    const shape = value?.type.shape;
    return shape && shape.length > 0 ? [{ index, dims: padTo(shape, out.length) }] : [];
  });
  const kinds = out.map((dim, axis) => {
    const sizes = operands.map((operand) => (operand.dims[axis] === 1 ? '1' : operand.dims[axis] === dim ? 'n' : '?')).join('');
    return dim === 1 && !sizes.includes('?') ? '' : sizes;
  });
  return kinds.some((kind) => kind.includes('?')) ? null : { kinds, operands, results: [out], adapt: stay };
}

function quantization(node: Node): Frame | null {
  const scale = node.input(1)?.type.shape;
  if (node.attributes.int('block_size', 0) !== 0 || !scale) return null;
  const dims = shapeOf(node.input(0)?.type.shape);
  const axis = fromFront(node.attributes.int('axis', 1), dims.length);
  if (scale.length === 0 || (scale.length === 1 && scale[0] === 1 && dims[axis] !== 1)) return sameShape(dims, () => 'n', stay);
  return scale.length === 1 ? { ...alongAxis(dims, axis), results: [dims] } : null;
}

/** Up to opset 12 all axes from `axis` on are one. */
function softmax(node: Node, opset: number): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const axis = fromFront(node.attributes.int('axis', opset < 13 ? 1 : -1), dims.length);
  const inside = (at: number): boolean => (opset < 13 ? at >= axis : at === axis);
  return sameShape(dims, (at) => (inside(at) ? 'axis' : 'n'), (groups) => ({ attributes: { axis: placeOf(groups, axis) } }));
}

/** Axes are an attribute up to opset 17 (ReduceSum: 12), then an input. */
function reduction(node: Node, opset: number): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const byInput = opset >= (node.opType === 'ReduceSum' ? 13 : 18);
  const stated = byInput ? (node.input(1) ? node.input(1)?.constant?.numbers() : []) : (node.attributes.ints('axes') ?? []);
  if (!stated || (stated.length === 0 && node.attributes.int('noop_with_empty_axes', 0) !== 0)) return null;
  const axes = stated.length === 0 ? dims.map((_, axis) => axis) : Array.from(stated, (axis) => fromFront(axis, dims.length));
  const keep = node.attributes.int('keepdims', 1) !== 0;
  const result = dims.map((dim, axis) => (axes.includes(axis) ? (keep ? 1 : undefined) : dim));
  return {
    kinds: dims.map((_, axis) => (axes.includes(axis) ? 'reduced' : 'kept')), operands: [{ index: 0, dims }], results: [result],
    adapt: (groups) => {
      const places = groups.flatMap((group, at) => (axes.includes(group[0] as number) ? [at] : []));
      if (stated.length === 0) return {};
      return byInput ? { inputs: new Map([[1, ints(places)]]) } : { attributes: { axes: places } };
    },
  };
}

function argument(node: Node): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const axis = fromFront(node.attributes.int('axis', 0), dims.length);
  const keep = node.attributes.int('keepdims', 1) !== 0;
  return {
    ...alongAxis(dims, axis), results: [dims.map((dim, at) => (at === axis ? (keep ? 1 : undefined) : dim))],
  };
}

/** Scale and bias run along one axis; where they have several, these stay apart. */
function layerNorm(node: Node): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const axis = fromFront(node.attributes.int('axis', -1), dims.length);
  if (node.outputs.length > 1) return null;
  return sameShape(dims, (at) => (at >= axis ? `normalized ${at}` : 'n'), (groups) => ({ attributes: { axis: placeOf(groups, axis) } }));
}

function channelNorm(node: Node): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  if (dims.length < 3 || node.outputs.length > 1) return null;
  return sameShape(dims, (at) => (at < 2 ? `axis ${at}` : 'space'), stay);
}

function matmul(node: Node): Frame | null {
  const [a, b, out] = [node.input(0)?.type.shape, node.input(1)?.type.shape, node.output()?.type.shape];
  if (!a || !b || !out || a.length < 2 || b.length < 2) return null;
  const rank = out.length;
  const operands = [{ index: 0, dims: padTo(a, rank) }, ...(b.length > 2 ? [{ index: 1, dims: padTo(b, rank) }] : [])];
  const kinds = out.map((dim, axis) => {
    if (axis >= rank - 2) return axis === rank - 1 ? 'column' : 'row';
    const sizes = operands.map((operand) => (operand.dims[axis] === 1 ? '1' : operand.dims[axis] === dim ? 'n' : '?')).join('');
    return dim === 1 ? '' : sizes;
  });
  return kinds.some((kind) => kind.includes('?')) ? null : { kinds, operands, results: [out], adapt: stay };
}

function concat(node: Node): Frame | null {
  const out = shapeOf(node.output()?.type.shape);
  const axis = fromFront(node.attributes.int('axis', 1), out.length);
  const operands = node.inputs.map((value, index) => ({ index, dims: shapeOf(value?.type.shape) }));
  return { ...alongAxis(out, axis), operands, results: [out] };
}

function split(node: Node): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const axis = fromFront(node.attributes.int('axis', 0), dims.length);
  return { ...alongAxis(dims, axis), results: node.outputs.map((value) => shapeOf(value?.type.shape)) };
}

function slice(node: Node, opset: number): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const starts = opset < 10 ? node.attributes.ints('starts') : node.input(1)?.constant?.numbers();
  const stated = opset < 10 ? node.attributes.ints('axes') : node.input(3) ? node.input(3)?.constant?.numbers() : undefined;
  if (!starts || (node.input(3) && !stated)) return null;
  const axes = Array.from(stated ?? Array.from(starts, (_, i) => i), (axis) => fromFront(axis, dims.length));
  return {
    kinds: dims.map((_, axis) => (axes.includes(axis) ? `cut ${axis}` : 'n')),
    operands: [{ index: 0, dims }], results: [shapeOf(node.output()?.type.shape)],
    adapt: (groups) => {
      const places = axes.map((axis) => placeOf(groups, axis));
      if (opset < 10) return { attributes: { axes: places } };
      return { inputs: new Map([[3, Tensor.of(node.input(1)?.type.dtype === 'int32' ? 'int32' : 'int64', [places.length], places)]]) };
    },
  };
}

function gather(node: Node): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const indices = node.input(1)?.type.shape;
  if (!indices || indices.length > 1) return null;
  const axis = fromFront(node.attributes.int('axis', 0), dims.length);
  return { ...alongAxis(dims, axis), results: [dims.map((dim, at) => (at === axis ? indices[0] : dim))] };
}

function pad(node: Node, opset: number): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const pads = opset < 11 ? node.attributes.ints('pads') : node.input(1)?.constant?.numbers();
  if (!pads || node.input(3) || pads.length !== 2 * dims.length) return null;
  const rank = dims.length;
  return {
    kinds: dims.map((_, axis) => (pads[axis] === 0 && pads[axis + rank] === 0 ? 'n' : `padded ${axis}`)),
    operands: [{ index: 0, dims }], results: [shapeOf(node.output()?.type.shape)],
    adapt: (groups) => {
      const both = [0, rank].flatMap((side) => groups.map((group) => pads[(group[0] as number) + side] as number));
      return opset < 11 ? { attributes: { pads: both } } : { inputs: new Map([[1, ints(both)]]) };
    },
  };
}

function tile(node: Node): Frame | null {
  const dims = shapeOf(node.input(0)?.type.shape);
  const repeats = node.input(1)?.constant?.numbers();
  if (!repeats) return null;
  return {
    kinds: dims.map((_, axis) => (repeats[axis] === 1 ? 'n' : `repeated ${axis}`)),
    operands: [{ index: 0, dims }], results: [shapeOf(node.output()?.type.shape)],
    adapt: (groups) => ({ inputs: new Map([[1, ints(groups.map((group) => repeats[group[0] as number] as number))]]) }),
  };
}

/** One input and output of the same shape. */
function sameShape(dims: readonly Dim[], kind: (axis: number) => string, adapt: Frame['adapt']): Frame {
  const kinds = dims.map((dim, axis) => (dim === 1 && kind(axis) === 'n' ? '' : kind(axis)));
  return { kinds, operands: [{ index: 0, dims }], results: [dims], adapt };
}

function alongAxis(dims: readonly Dim[], axis: number): Frame {
  return {
    kinds: dims.map((_, at) => (at === axis ? 'axis' : 'n')), operands: [{ index: 0, dims }], results: [],
    adapt: (groups) => ({ attributes: { axis: placeOf(groups, axis) } }),
  };
}

function placeOf(groups: readonly (readonly number[])[], axis: number): number {
  return groups.findIndex((group) => group.includes(axis));
}

function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function padTo(dims: readonly Dim[], rank: number): readonly Dim[] {
  return [...Array.from({ length: rank - dims.length }, () => 1), ...dims];
}

function shapeOf(shape: readonly Dim[] | null | undefined): readonly Dim[] {
  return shape ?? [];
}

function ints(values: readonly number[]): Tensor {
  return Tensor.of('int64', [values.length], values);
}
