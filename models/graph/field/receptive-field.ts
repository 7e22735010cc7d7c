import type { Graph } from '../graph.ts';
import type { Node } from '../node.ts';
import { staticShape } from '../types.ts';
import type { Value } from '../value.ts';
import { stepOf } from './step.ts';
import { type Axis, type Digit, type FarReach, joined, NotLocal, plain, settled, TINY, type View } from './view.ts';

/** How far a network sees, and on which grid, along one axis of the picture. */
export interface FieldAxis {
  /** Input pixels before and after an output's own that it depends on at most. */
  readonly before: number;
  readonly after: number;
  /** The picture may be moved by multiples of this many pixels, and the output moves along. */
  readonly period: number;
  /** Output pixels for one of the input. */
  readonly scale: number;
}

/**
 * `local`: exact for convolutions (`computed` from the graph, no weight is looked at). `global`: sees the whole picture. `placed`: the picture's size, or the place
 * in it, decides. `unknown`: could not be followed.
 */
export type ReceptiveField =
  | { readonly kind: 'local'; readonly y: FieldAxis; readonly x: FieldAxis }
  | { readonly kind: FarReach; readonly node: string; readonly opType: string; readonly why: string };

/**
 * Follows rows and columns of a picture input through a graph, from kernels, strides, dilations and padding: what each pixel of `output`
 * depends on. The shapes must be static (`bindInputShapes`), at a size that is no likely size of anything else. Places inside of a window that
 * a network cuts out count as seen as a whole, so that attention in windows is local and over the picture is global.
 */
export function receptiveField(graph: Graph, input: Value, layout: 'NCHW' | 'NHWC', output: Value = graph.outputs[0] as Value): ReceptiveField {
  const views = new Map<Value, View>([[input, pictureView(input, layout)]]);
  const periods: Record<Axis, number[]> = { y: [], x: [] };
  for (const node of graph.nodes()) {
    const inputs = node.inputs.map((value) => (value && views.get(value)) ?? null);
    if (inputs.every((view) => view === null) || node.is('Shape', 'Size')) continue;
    try {
      checkConstants(node, inputs);
      for (const [value, view] of stepOf(node, inputs)) {
        views.set(value, view);
        notePeriods(view, periods);
      }
    } catch (error) {
      if (!(error instanceof NotLocal)) throw error;
      return { kind: error.kind, node: node.label, opType: node.opType, why: error.message };
    }
  }
  const view = views.get(output);
  if (!view) return { kind: 'unknown', node: output.name, opType: '', why: 'the output does not depend on the picture' };
  return fieldOf(view, layout, periods, output);
}

function pictureView(input: Value, layout: 'NCHW' | 'NHWC'): View {
  const shape = staticShape(input.type) ?? [];
  const [height, width] = layout === 'NHWC' ? [shape.length - 3, shape.length - 2] : [shape.length - 2, shape.length - 1];
  const open = (axis: Axis, extent: number): Digit[] => [{ axis, pitch: 1, extent, open: true }];
  const none = { low: 0, high: 0 };
  return { dims: shape.map((size, i) => (i === height ? open('y', size) : i === width ? open('x', size) : plain(size))), reach: { y: none, x: none } };
}

/** A constant that differs from place to place, such as an embedding of positions, makes the same pixels mean something else in another tile. */
function checkConstants(node: Node, inputs: readonly (View | null)[]): void {
  if (!ELEMENTWISE.has(node.opType)) return;
  const view = inputs.filter((one) => one !== null).reduce(joined);
  for (const [i, value] of node.inputs.entries()) {
    if (!value || inputs[i]) continue;
    const shape = staticShape(value.type);
    if (!shape) throw new NotLocal('unknown', 'the shape of what it takes besides the picture is not known');
    const varies = shape.some((size, axis) => size > 1 && view.dims.at(axis - shape.length)?.some(({ open }) => open));
    if (varies) throw new NotLocal('placed', 'it takes a constant that differs from place to place of the picture');
  }
}

const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Min', 'Max', 'Sum', 'Mean', 'PRelu', 'Where']);

function notePeriods(view: View, periods: Record<Axis, number[]>): void {
  for (const { axis, pitch, extent, open } of view.dims.flat()) if (axis) periods[axis].push(open ? pitch : pitch * extent);
}

function fieldOf(view: View, layout: 'NCHW' | 'NHWC', periods: Record<Axis, number[]>, output: Value): ReceptiveField {
  const [h, w] = layout === 'NHWC' ? [-3, -2] : [-2, -1];
  const unlike = (why: string): ReceptiveField => ({ kind: 'unknown', node: output.name, opType: '', why });
  try {
    const whole = [h, w].reduce((result, index) => settled(result, index + result.dims.length), view);
    const [row, column] = [whole.dims.at(h)?.[0], whole.dims.at(w)?.[0]];
    if (row?.axis !== 'y' || column?.axis !== 'x') return unlike('the output is no picture');
    const along = (axis: Axis, { pitch }: Digit): FieldAxis => {
      const { low, high } = whole.reach[axis];
      return { before: Math.max(0, Math.floor(TINY - low)), after: Math.max(0, Math.floor(high + 1 - pitch + TINY)), period: leastCommon(periods[axis]), scale: 1 / pitch };
    };
    return { kind: 'local', y: along('y', row), x: along('x', column) };
  } catch (error) {
    if (error instanceof NotLocal) return unlike(error.message);
    throw error;
  }
}

/** The least whole number of pixels that is a multiple of all pitches. Throws NotLocal where none up to the longest sensible one is. */
function leastCommon(pitches: readonly number[]): number {
  for (let period = 1; period <= LONGEST_PERIOD; period++) {
    if (pitches.every((pitch) => Math.abs(period / pitch - Math.round(period / pitch)) < TINY)) return period;
  }
  throw new NotLocal('unknown', 'its grids have no common period');
}

const LONGEST_PERIOD = 1024;
