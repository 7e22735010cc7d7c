import { divDims, mulDims, productOf } from '../../dims/dim.ts';
import type { Dim } from '../../types.ts';
import { fromFront, type OpCall, type OpRule, type OpTable, tensor, unknownDims } from '../op-call.ts';

const transpose: OpRule = (call) => {
  const input = call.shape(0);
  const perm = call.attributes.ints('perm');
  if (!input) return tensor(call.dtype(0), perm ? unknownDims(perm.length) : null);
  return tensor(call.dtype(0), perm ? perm.map((axis) => input[axis] ?? null) : [...input].reverse());
};

/** 0 copies the input's dimension (unless allowzero), −1 takes what is left. */
const reshape: OpRule = (call) => {
  const dtype = call.dtype(0);
  const wanted = call.attributes.ints('shape') ?? call.elements(1);
  if (!wanted) {
    const rank = call.shape(1)?.[0];
    return tensor(dtype, typeof rank === 'number' ? unknownDims(rank) : null);
  }
  const input = call.shape(0);
  const copies = call.attributes.int('allowzero', 0) === 0;
  const out = wanted.map((dim, axis) => (dim === 0 && copies ? (input?.[axis] ?? null) : dim));
  return tensor(dtype, input ? fillRest(call, input, out) : out.map((dim) => (dim === -1 ? null : dim)));
};

/** Solves for −1, or for a single unknown dimension, from the number of elements. */
function fillRest(call: OpCall, input: readonly Dim[], out: readonly Dim[]): Dim[] {
  const open = out.indexOf(-1);
  const at = open >= 0 ? open : out.indexOf(null);
  const rest = out.filter((_, axis) => axis !== at);
  if (at < 0) {
    call.learn(productOf(input), productOf(out));
    return [...out];
  }
  if (rest.includes(null) || rest.includes(-1)) return out.map((dim) => (dim === -1 ? null : dim));
  const size = call.whole(quotientOf(input, rest));
  return out.map((dim, axis) => (axis === at ? size : dim));
}

/** product(a) / product(b), with equal dimensions cancelled first so that unknown ones may meet. */
function quotientOf(a: readonly Dim[], b: readonly Dim[]): Dim {
  const left = [...a];
  const right = b.filter((dim) => {
    const at = dim === null ? -1 : left.indexOf(dim);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  if (a.includes(0) && b.includes(0)) return null;
  return divDims(productOf(left), productOf(right));
}

const flatten: OpRule = (call) => {
  const input = call.shape(0);
  if (!input) return tensor(call.dtype(0), [null, null]);
  const axis = call.attributes.int('axis', 1);
  const at = axis < 0 ? axis + input.length : axis;
  return tensor(call.dtype(0), [productOf(input.slice(0, at)), productOf(input.slice(at))]);
};

const squeeze: OpRule = (call) => {
  const input = call.shape(0);
  const axes = call.axes(1);
  if (!input || axes === 'unknown') return tensor(call.dtype(0), null);
  if (axes === 'absent') {
    return tensor(call.dtype(0), input.every((d) => typeof d === 'number') ? input.filter((d) => d !== 1) : null);
  }
  const gone = new Set(axes.map((axis) => fromFront(axis, input.length)));
  return tensor(call.dtype(0), input.filter((_, axis) => !gone.has(axis)));
};

const unsqueeze: OpRule = (call) => {
  const input = call.shape(0);
  const axes = call.axes(1);
  if (!input || typeof axes === 'string') return tensor(call.dtype(0), null);
  const rank = input.length + axes.length;
  const added = new Set(axes.map((axis) => fromFront(axis, rank)));
  const rest = [...input];
  return tensor(call.dtype(0), Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? null))));
};

/** [N, C, H, W] → [N, C/b², b·H, b·W]. */
const depthToSpace: OpRule = (call) => {
  const [n = null, c = null, h = null, w = null] = call.shape(0) ?? [];
  const block = call.attributes.int('blocksize', 1);
  return tensor(call.dtype(0), [n, call.whole(divDims(c, block * block)), mulDims(h, block), mulDims(w, block)]);
};

/** [N, C, H, W] → [N, b²·C, H/b, W/b]. */
const spaceToDepth: OpRule = (call) => {
  const [n = null, c = null, h = null, w = null] = call.shape(0) ?? [];
  const block = call.attributes.int('blocksize', 1);
  return tensor(call.dtype(0), [n, mulDims(c, block * block), call.whole(divDims(h, block)), call.whole(divDims(w, block))]);
};

/** Operators that move or regroup axes. */
export const LAYOUT = {
  Transpose: transpose,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
} satisfies OpTable;
