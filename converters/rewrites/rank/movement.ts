import { divDims, mulDims, productOf } from '../../../models/graph/dims/dim.ts';
import type { Dim, Node, Value } from '../../../models/graph/index.ts';
import { knownData } from '../../../models/graph/infer/elements.ts';

/** Data movement in the words of a layout. */
export type Movement =
  | { readonly kind: 'reshape'; readonly dims: readonly Dim[] }
  | { readonly kind: 'transpose'; readonly perm: readonly number[] }
  | { readonly kind: 'expand'; readonly dims: readonly Dim[] };

/** Op types that may be pure data movement of their first input. */
export const MOVEMENT_OPS: readonly string[] = [
  'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'DepthToSpace', 'SpaceToDepth', 'Einsum', 'Expand', 'Tile',
];

/** Before opset 7 shapes were attributes and broadcasting was another: models that old are left alone. */
export const OLDEST_OPSET = 7;

/** Movement ops that touch no data. */
export const FREE_OPS: ReadonlySet<string> = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity']);

const isMovementOp = new Set(MOVEMENT_OPS);

/** The value that a movement node moves; null for other nodes and for constants, which are folded elsewhere. */
export function movedValue(node: Node): Value | null {
  if (!node.isOnnx || !isMovementOp.has(node.opType) || node.outputs.length !== 1 || !node.outputs[0]) return null;
  if (node.opType === 'Einsum' && node.inputs.length !== 1) return null;
  const value = node.input(0);
  return value && !value.initializer && value.producer?.opType !== 'Constant' ? value : null;
}

/** What a movement node does to a tensor of shape `dims`; null where that is not known before running or is no pure movement. */
export function readMovement(node: Node, dims: readonly Dim[], opset: number): readonly Movement[] | null {
  return READERS[node.opType]?.(node, dims, opset) ?? null;
}

type Reader = (node: Node, dims: readonly Dim[], opset: number) => readonly Movement[] | null;

const READERS: Readonly<Record<string, Reader>> = {
  Identity: () => [],
  Reshape: (node, dims) => reshapeTo(readReshape(node, dims)),
  Flatten: (node, dims) => reshapeTo(readFlatten(node, dims)),
  Squeeze: (node, dims, opset) => reshapeTo(readSqueeze(node, dims, opset)),
  Unsqueeze: (node, dims, opset) => reshapeTo(readUnsqueeze(node, dims, opset)),
  Transpose: (node, dims) => transposeBy(node.attributes.ints('perm') ?? dims.map((_, axis) => dims.length - 1 - axis), dims),
  Einsum: (node, dims) => transposeBy(readEinsum(node.attributes.string('equation', '')), dims),
  DepthToSpace: (node, dims) => depthToSpace(dims, node.attributes.int('blocksize', 0), node.attributes.string('mode', 'DCR')),
  SpaceToDepth: (node, dims) => spaceToDepth(dims, node.attributes.int('blocksize', 0)),
  Expand: (node, dims) => expandTo(readExpand(node, dims)),
  Tile: (node, dims) => expandTo(readTile(node, dims)),
};

/** ONNX DepthToSpace; DCR takes the block from the outer part of the channels, CRD (pixel_shuffle) from the inner. */
export function depthToSpace(dims: readonly Dim[], block: number, mode: string): readonly Movement[] | null {
  const [n, c, h, w] = dims as [Dim, Dim, Dim, Dim];
  const channels = dims.length === 4 && block > 0 ? part(c, block * block) : null;
  if (channels === null) return null;
  const [split, perm] = mode === 'CRD'
    ? [[n, channels, block, block, h, w], [0, 1, 4, 2, 5, 3]]
    : [[n, block, block, channels, h, w], [0, 3, 4, 1, 5, 2]];
  const out = [n, channels, mulDims(h, block), mulDims(w, block)];
  return [{ kind: 'reshape', dims: split }, { kind: 'transpose', perm }, { kind: 'reshape', dims: out }];
}

/** ONNX SpaceToDepth (the block becomes the outer part of the channels), or pixel_unshuffle (the inner part). */
export function spaceToDepth(dims: readonly Dim[], block: number, blockInner = false): readonly Movement[] | null {
  const [n, c, h, w] = dims as [Dim, Dim, Dim, Dim];
  if (dims.length !== 4 || !(block > 0)) return null;
  const [rows, columns] = [part(h, block), part(w, block)];
  if (rows === null || columns === null) return null;
  const out = [n, mulDims(c, block * block), rows, columns];
  const perm = blockInner ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  return [{ kind: 'reshape', dims: [n, c, rows, block, columns, block] }, { kind: 'transpose', perm }, { kind: 'reshape', dims: out }];
}

/** The whole number, or expression, that is `size` over `count`. */
function part(size: Dim, count: number): Dim {
  const quotient = divDims(size, count);
  return typeof quotient === 'number' && !Number.isInteger(quotient) ? null : quotient;
}

function reshapeTo(dims: readonly Dim[] | null): readonly Movement[] | null {
  return dims && [{ kind: 'reshape', dims }];
}

function transposeBy(perm: readonly number[] | null, dims: readonly Dim[]): readonly Movement[] | null {
  const sound = perm && perm.length === dims.length && perm.every((axis, i) => axis >= 0 && axis < dims.length && perm.indexOf(axis) === i);
  return sound ? [{ kind: 'transpose', perm }] : null;
}

function expandTo(dims: readonly Dim[] | null): readonly Movement[] | null {
  return dims && [{ kind: 'expand', dims }];
}

/** Target shape: 0 copies a size (unless allowzero), −1 takes what is left; the inferred shape where the input is computed. */
function readReshape(node: Node, dims: readonly Dim[]): readonly Dim[] | null {
  const shape = stated(node.input(1));
  const inferred = node.output()?.type.shape;
  if (!shape) return inferred?.every((dim) => dim !== null) ? inferred : null;
  const copies = node.attributes.int('allowzero', 0) === 0;
  const target: Dim[] = shape.map((dim, i) => (dim === 0 && copies ? (dims[i] ?? null) : dim));
  const open = target.indexOf(-1);
  if (open >= 0) target[open] = divDims(productOf(dims), productOf(target.filter((_, i) => i !== open)));
  return target.every((dim) => dim !== null) ? target : null;
}

function readFlatten(node: Node, dims: readonly Dim[]): readonly Dim[] {
  const axis = node.attributes.int('axis', 1);
  const at = axis < 0 ? axis + dims.length : axis;
  return [productOf(dims.slice(0, at)), productOf(dims.slice(at))];
}

function readSqueeze(node: Node, dims: readonly Dim[], opset: number): readonly Dim[] | null {
  const absent = opset < 13 ? !node.attributes.has('axes') : !node.input(1);
  if (absent) return dims.every((dim) => typeof dim === 'number') ? dims.filter((dim) => dim !== 1) : null;
  const axes = readAxes(node, dims.length, opset);
  return axes?.every((axis) => dims[axis] === 1) ? dims.filter((_, axis) => !axes.includes(axis)) : null;
}

function readUnsqueeze(node: Node, dims: readonly Dim[], opset: number): readonly Dim[] | null {
  const count = opset < 13 ? node.attributes.ints('axes')?.length : node.input(1)?.constant?.size;
  const axes = count === undefined ? null : readAxes(node, dims.length + count, opset);
  if (!axes) return null;
  const rest = [...dims];
  return Array.from({ length: dims.length + axes.length }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() as Dim)));
}

/** Axes from the attribute (up to opset 12) or the second input, counted from the front. */
function readAxes(node: Node, rank: number, opset: number): number[] | null {
  const axes = opset < 13 ? node.attributes.ints('axes') : node.input(1)?.constant?.numbers();
  return axes ? Array.from(axes, (axis) => (axis < 0 ? axis + rank : axis)) : null;
}

/** `bhwc->bchw`: a permutation when both sides name the same single letters. */
function readEinsum(equation: string): readonly number[] | null {
  const [from, to, ...more] = equation.replace(/\s+/g, '').split('->');
  if (from === undefined || to === undefined || more.length > 0 || !/^[A-Za-z]+$/.test(from)) return null;
  return new Set(from).size === from.length && from.length === to.length ? [...to].map((letter) => from.indexOf(letter)) : null;
}

function readExpand(node: Node, dims: readonly Dim[]): readonly Dim[] | null {
  const target = stated(node.input(1));
  if (!target || target.length > dims.length) return null;
  return dims.map((dim, axis) => {
    const wanted = target[axis - dims.length + target.length] ?? 1;
    return wanted === 1 ? dim : wanted;
  });
}

function readTile(node: Node, dims: readonly Dim[]): readonly Dim[] | null {
  const repeats = stated(node.input(1));
  return repeats?.length === dims.length ? dims.map((dim, axis) => mulDims(dim, repeats[axis] as Dim)) : null;
}

/** Elements of a small shape-like tensor when all are known, as numbers or expressions. */
function stated(value: Value | null): Dim[] | null {
  const data = value && knownData(value);
  return data?.every((dim) => dim !== null) ? data : null;
}
