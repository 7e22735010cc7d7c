import type { Emitter } from './emitter.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/** Operations that only arrange elements (coremltools mil/ops/defs/iOS15/tensor_transformation.py and tensor_operation.py). */
export const MOVEMENT: Family = {
  identity: (o) => o.value('x'),
  transpose: (o, out) => {
    const rank = o.rank('x');
    return out.node('Transpose', [o.value('x')], { perm: o.numbers('perm').map((axis) => (axis < 0 ? axis + rank : axis)) });
  },
  reshape,
  expand_dims: (o, out) => out.node('Unsqueeze', [o.value('x'), out.vector(o.numbers('axes'))]),
  squeeze,
  flatten2d: (o, out) => out.node('Flatten', [o.value('x')], { axis: o.number('axis', 1) }),
  concat,
  stack: (o, out) => {
    const axis = o.axis('axis', (o.types('values')[0]?.shape?.length ?? 0) + 1);
    return out.node('Concat', o.values('values').map((value) => out.node('Unsqueeze', [value, out.vector([axis])])), { axis });
  },
  split,
  tile: (o, out) => out.node('Tile', [o.value('x'), asInt64(o, out, 'reps')]),
  reverse: (o, out) => {
    const axes = o.numbers('axes', Array.from({ length: o.rank('x') }, (_, i) => i));
    const all = (value: number): string => out.vector(axes.map(() => value));
    return out.node('Slice', [o.value('x'), all(-1), all(BEFORE_ALL), out.vector(axes), all(-1)]);
  },
  reverse_sequence: (o, out) =>
    out.node('ReverseSequence', [o.value('x'), asInt64(o, out, 'lengths')], { time_axis: o.number('seq_axis', 0), batch_axis: o.number('batch_axis', 0) }),
};

/** An end that lies before every element, for slices that run backwards. */
const BEFORE_ALL = -(2 ** 31);
const INT64 = 7;

/** An argument of whole numbers as ONNX wants shapes and axes. */
export function asInt64(o: Operands, out: Emitter, parameter: string): string {
  const known = o.known(parameter);
  return known ? out.vector([...known.numbers()]) : out.node('Cast', [o.value(parameter)], { to: INT64 });
}

/** Zeros stand for sizes of x, counted from the end since iOS 17 and from the front before; there both have the same rank. */
function reshape(o: Operands, out: Emitter): string {
  const known = o.known('shape');
  if (!known) return out.node('Reshape', [o.value('x'), asInt64(o, out, 'shape')]);
  const shape = [...known.numbers()];
  const sizes = o.shape('x');
  const wanted = shape.map((size, i) => {
    if (size !== 0) return size;
    const from = sizes.length - shape.length + i;
    const inherited = from < 0 ? 1 : sizes[from];
    if (inherited === null || inherited === undefined) return from === i ? 0 : untranslatable('shape takes over an open size of x');
    return inherited;
  });
  return out.node('Reshape', [o.value('x'), out.vector(wanted)]);
}

function untranslatable(why: string): never {
  throw new Untranslatable(why);
}

/** Axes whose size is not 1 stay. */
function squeeze(o: Operands, out: Emitter): string {
  const sizes = o.shape('x');
  const axes = o.numbers('axes', sizes.map((_, i) => i)).map((axis) => (axis < 0 ? axis + sizes.length : axis));
  const single = axes.filter((axis) => sizes[axis] === 1);
  return single.length === 0 ? o.value('x') : out.node('Squeeze', [o.value('x'), out.vector(single)]);
}

function concat(o: Operands, out: Emitter): string {
  const rank = o.types('values')[0]?.shape?.length ?? 0;
  const axis = o.axis('axis', rank);
  const values = rank === 0 ? o.values('values').map((value) => out.node('Unsqueeze', [value, out.vector([0])])) : o.values('values');
  if (!o.flag('interleave', false)) return out.node('Concat', values, { axis });
  const sizes = o.resultSizes() ?? untranslatable('interleave with open sizes');
  const stacked = out.node('Concat', values.map((value) => out.node('Unsqueeze', [value, out.vector([axis + 1])])), { axis: axis + 1 });
  return out.node('Reshape', [stacked, out.vector(sizes)]);
}

function split(o: Operands, out: Emitter): string[] {
  const axis = o.axis('axis', o.rank('x'));
  const count = o.operation.outputs.length;
  if (o.has('split_sizes')) return out.nodeOf(count, 'Split', [o.value('x'), out.vector(o.numbers('split_sizes'))], { axis });
  return out.nodeOf(count, 'Split', [o.value('x')], { axis, num_outputs: count });
}
