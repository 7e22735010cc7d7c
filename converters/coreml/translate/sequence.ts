import { DTYPE_CODES } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { Emitter } from './emitter.ts';
import { onnxType } from './known.ts';
import { asInt64 } from './movement.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';

/** Shapes, sequences, sorting and filling (coremltools mil/ops/defs/iOS15/tensor_operation.py). */
export const SEQUENCES: Family = {
  shape: (o, out) => out.node('Cast', [out.node('Shape', [o.value('x')])], { to: code(o) }),
  range_1d: (o, out) => out.node('Range', [o.value('start'), o.value('end'), o.value('step')]),
  fill: (o, out) => out.node('ConstantOfShape', [asInt64(o, out, 'shape')], { value: filling(o) }),
  fill_like: (o, out) => out.node('ConstantOfShape', [out.node('Shape', [o.value('ref_tensor')])], { value: filling(o) }),
  one_hot: oneHot,
  topk,
  /** Equal elements keep their order. */
  argsort: (o, out) => {
    const axis = o.axis('axis', o.rank('x'), -1);
    const size = out.node('Slice', [out.node('Shape', [o.value('x')]), out.vector([axis]), out.vector([axis + 1])]);
    const sorted = out.nodeOf(2, 'TopK', [o.value('x'), size], { axis, largest: Number(!o.flag('ascending', false)) });
    return out.node('Cast', [sorted[1] as string], { to: code(o) });
  },
  /** One row for each element that is not zero. */
  non_zero: (o, out) => out.node('Cast', [out.node('Transpose', [out.node('NonZero', [o.value('x')])], { perm: [1, 0] })], { to: code(o) }),
  /** Whatever lies more than `lower` below or `upper` above the diagonal is zero; negative keeps all. */
  band_part: (o, out) => {
    const kept = (value: string, upper: number, diagonal: number): string => out.node('Trilu', [value, out.constant('int64', [], [diagonal])], { upper });
    const [lower, upper] = [o.number('lower', -1), o.number('upper', -1)];
    const above = lower < 0 ? o.value('x') : kept(o.value('x'), 1, -lower);
    return upper < 0 ? above : kept(above, 0, upper);
  },
};

/** Sums along an axis, which compute. */
export const SUMS: Family = {
  cumsum: (o, out) =>
    out.node('CumSum', [o.value('x'), out.constant('int64', [], [o.axis('axis', o.rank('x'), 0)])], {
      exclusive: Number(o.flag('exclusive', false)), reverse: Number(o.flag('reverse', false)),
    }),
};

function code(o: Operands, result = 0): number {
  return DTYPE_CODES[onnxType(o.result(result).dtype)];
}

function filling(o: Operands): Tensor {
  return Tensor.of(onnxType(o.result().dtype), [1], [o.number('value', 0)]);
}

/** Whole numbers in int64, the only ones of which ONNX Runtime has a kernel. */
function oneHot(o: Operands, out: Emitter): string {
  const type = onnxType(o.result().dtype);
  const depth = out.node('Reshape', [asInt64(o, out, 'one_hot_vector_size'), out.vector([1])]);
  const values = out.constant(type === 'float32' ? type : 'int64', [2], [o.number('off_value', 0), o.number('on_value', 1)]);
  const found = out.node('OneHot', [out.node('Cast', [o.value('indices')], { to: DTYPE_CODES.int64 }), depth, values], { axis: o.number('axis', -1) });
  return type === 'float32' ? found : out.node('Cast', [found], { to: code(o) });
}

/** k = −1 takes all. */
function topk(o: Operands, out: Emitter): string[] {
  const axis = o.axis('axis', o.rank('x'), -1);
  const wanted = o.number('k', 1);
  const k = wanted === -1 ? (o.sizes('x')[axis] as number) : wanted;
  const [values, indices] = out.nodeOf(2, 'TopK', [o.value('x'), out.vector([k])], {
    axis, largest: Number(!o.flag('ascending', false)), sorted: Number(o.flag('sort', true)),
  }) as [string, string];
  return o.operation.outputs.length === 1 ? [values] : [values, out.node('Cast', [indices], { to: code(o, 1) })];
}
