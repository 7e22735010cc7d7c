import type { Emitter } from './emitter.ts';
import { asInt64 } from './movement.ts';
import type { Operands } from './operands.ts';
import type { Family } from './rule.ts';
import { Untranslatable } from './untranslatable.ts';

/** Gathers and scatters (coremltools mil/ops/defs/iOS15 to iOS17/scatter_gather.py). Negative indices count from the end in both worlds. */
export const INDEXING: Family = {
  crop: (o, out) => {
    const [rows, columns] = [o.numbers('crop_height'), o.numbers('crop_width')] as [[number, number], [number, number]];
    const ends = [rows[1], columns[1]].map((cut) => (cut === 0 ? AFTER_ALL : -cut));
    return out.node('Slice', [o.value('x'), out.vector([rows[0], columns[0]]), out.vector(ends), out.vector([-2, -1])]);
  },
  slice_by_size: sliceBySize,
  gather,
  gather_nd: (o, out) => out.node('GatherND', [o.value('x'), indices(o, out)], { batch_dims: o.number('batch_dims', 0) }),
  gather_along_axis: (o, out) => out.node('GatherElements', [o.value('x'), indices(o, out)], { axis: o.number('axis', 0) }),
  scatter_nd: (o, out) => out.node('ScatterND', [o.value('data'), indices(o, out), o.value('updates')], { reduction: reduction(o) }),
  scatter_along_axis: (o, out) =>
    out.node('ScatterElements', [o.value('data'), indices(o, out), o.value('updates')], { axis: o.number('axis', 0), reduction: reduction(o) }),
};

/** Bounds beyond every element; ONNX cuts them to the size. */
export const AFTER_ALL = 2 ** 31 - 1;
export const BEFORE_ALL = -(2 ** 31);
const INT64 = 7;

function indices(o: Operands, out: Emitter): string {
  return out.node('Cast', [o.value('indices')], { to: INT64 });
}

function gather(o: Operands, out: Emitter): string {
  const batch = o.number('batch_dims', 0);
  const axis = o.axis('axis', o.rank('x'), 0);
  if (batch === 0) return out.node('Gather', [o.value('x'), indices(o, out)], { axis });
  if (axis !== batch) throw new Untranslatable(`batch_dims is ${batch} and axis ${axis}`);
  return out.node('GatherND', [o.value('x'), out.node('Unsqueeze', [indices(o, out), out.vector([-1])])], { batch_dims: batch });
}

const REDUCTIONS: Readonly<Record<string, string>> = { update: 'none', add: 'add', mul: 'mul', max: 'max', min: 'min' };

function reduction(o: Operands): string {
  const mode = o.text('mode');
  const known = REDUCTIONS[mode];
  if (!known) throw new Untranslatable(`mode is ${mode}`);
  return known;
}

/** A size of −1 takes all that follows. */
function sliceBySize(o: Operands, out: Emitter): string {
  const axes = out.vector(o.shape('x').map((_, axis) => axis));
  const [begin, size] = [o.known('begin'), o.known('size')];
  if (begin && size) {
    const [starts, sizes] = [[...begin.numbers()], size.numbers()];
    const ends = starts.map((start, i) => ((sizes[i] as number) < 0 || start + (sizes[i] as number) === 0 ? AFTER_ALL : start + (sizes[i] as number)));
    return out.node('Slice', [o.value('x'), out.vector(starts), out.vector(ends), axes]);
  }
  const [starts, sizes] = [asInt64(o, out, 'begin'), asInt64(o, out, 'size')];
  const ends = out.node('Where', [out.node('Less', [sizes, out.vector([0])]), out.vector([AFTER_ALL]), out.node('Add', [starts, sizes])]);
  return out.node('Slice', [o.value('x'), starts, ends, axes]);
}
