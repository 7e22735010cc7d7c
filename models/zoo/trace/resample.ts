import { DTYPE_CODES } from '../../contracts/dtype.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { float } from '../../graph/attributes.ts';
import { concat } from './elementwise.ts';
import { insertAxes, slice } from './layout.ts';
import type { Trace, Traced } from './trace.ts';

/** F.interpolate(x, scale_factor=scale), nearest pixels. */
export function enlargeNearest(t: Trace, x: Traced, scale: number): Traced {
  const shape = x.shape.map((side, axis) => (axis < 2 || side === null ? side : side * scale));
  const scales = t.constant(Tensor.of('float32', [4], [1, 1, scale, scale]));
  if (t.opset < 11) return t.op('Resize', [x, scales], shape, { mode: 'nearest' });
  return t.op('Resize', [x, ...noRegions(t, 1), scales], shape, {
    coordinate_transformation_mode: 'asymmetric', cubic_coeff_a: float(-0.75), mode: 'nearest', nearest_mode: 'floor',
  });
}

/**
 * F.interpolate(x, size of `like`), bilinear, without aligned corners. The exporter joins the size in the graph, and computes it there too
 * where it does not know it: for open sizes, and behind another such node, past which it sees no shapes (`known` false). Needs opset 11.
 */
export function resizeLike(t: Trace, x: Traced, like: Traced, known: boolean): Traced {
  const sides = like.shape.slice(2);
  const computed = known && sides.every((side) => side !== null) ? null : sizeOf(t, like);
  const kept = slice(t, shapeOf(t, x), 0, 0, 2);
  const size = computed ? t.op('Cast', [computed], [2], { to: DTYPE_CODES.int64 }) : t.integers(sides as number[]);
  const target = concat(t, [kept, size], 0);
  return t.op('Resize', [x, ...noRegions(t, 2), target], [...x.shape.slice(0, 2), ...sides], {
    coordinate_transformation_mode: 'half_pixel', cubic_coeff_a: float(-0.75), mode: 'linear', nearest_mode: 'floor',
  });
}

function sizeOf(t: Trace, x: Traced): Traced {
  const [height, width] = [2, 3].map((axis) => t.op('Gather', [shapeOf(t, x), t.constant(Tensor.of('int64', [], [BigInt(axis)]))], [], { axis: 0 })) as [Traced, Traced];
  return concat(t, [insertAxes(t, height, [0], [1]), insertAxes(t, width, [0], [1])], 0);
}

function shapeOf(t: Trace, x: Traced): Traced {
  return t.op('Shape', [x], [x.shape.length], {}, 'int64');
}

/** Inputs of Resize that are left out: empty constants in opsets 11 and 12, nothing since. */
function noRegions(t: Trace, count: number): Traced[] {
  const none = (): Traced => (t.opset < 13 ? t.constant(Tensor.of('float32', [0], [])) : { name: '', dtype: 'float32', shape: [0] });
  return Array.from({ length: count }, none);
}
