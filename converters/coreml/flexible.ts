import { UserError } from '../../models/contracts/index.ts';
import { inferShapes, type Model, type Value } from '../../models/graph/index.ts';
import { toDim } from '../../models/graph/dims/dim.ts';
import { bindSomeShapes, checkFractions } from '../../models/graph/static.ts';
import type { FlexibleShape } from './plan.ts';

/** Shapes that inputs may take, by names of the model. */
export type FlexibleShapes = ReadonlyMap<string, FlexibleShape>;

const FORM = 'Write --shapes "NAME=1x3x(64..2048)x(64..2048)", with a default size as (64..2048:512), or list shapes: "NAME=1x3x256x256|1x3x512x512".';

/** Reads `--shapes`. The default of a range is its least size, of listed shapes the first, unless told. Throws UserError naming the form. */
export function parseFlexibleShape(text: string): [name: string, shape: FlexibleShape] {
  const at = text.indexOf('=');
  const [name, ...rest] = [text.slice(0, Math.max(0, at)), ...text.slice(at + 1).split('|')];
  const shapes = rest.map((shape) => shape.trim().split(/x(?![^(]*\))/).map(parseSize));
  const [first] = shapes;
  const isSound = name !== '' && first && shapes.every((sizes) => sizes.length === first.length && sizes.every((size) => size !== null));
  if (!isSound) throw new UserError(`"${text}" says no sizes.`, [FORM]);
  const sizes = shapes as Size[][];
  if (sizes.length === 1) return [name, { kind: 'range', bounds: (sizes[0] as Size[]).map(({ least, most }) => [least, most]), initial: (sizes[0] as Size[]).map(({ initial }) => initial) }];
  if (sizes.some((shape) => shape.some(({ least, most }) => least !== most))) throw new UserError(`"${text}" lists shapes, and one of them is a range.`, [FORM]);
  const listed = sizes.map((shape) => shape.map(({ initial }) => initial));
  if (new Set(listed.map(String)).size < listed.length) throw new UserError(`"${text}" lists a shape twice.`, [FORM]);
  return [name, { kind: 'enumerated', shapes: listed, initial: listed[0] as number[] }];
}

interface Size {
  readonly least: number;
  readonly most: number;
  readonly initial: number;
}

function parseSize(text: string): Size | null {
  const [, fixed, least, most, initial] = /^(?:([1-9]\d*)|\(([1-9]\d*)\.\.([1-9]\d*)(?::([1-9]\d*))?\))$/.exec(text) ?? [];
  if (fixed !== undefined) return { least: Number(fixed), most: Number(fixed), initial: Number(fixed) };
  const size = { least: Number(least), most: Number(most), initial: Number(initial ?? least) };
  return size.least <= size.initial && size.initial <= size.most ? size : null;
}

/**
 * Fixes what shapes fix, names what stays open, and checks that the model can take the sizes. What a reader should know comes back. Throws
 * UserError for inputs that the model does not have, that are fixed in the file, and for sizes that it cannot take.
 */
export function applyFlexibleShapes(model: Model, shapes: FlexibleShapes): string[] {
  const { graph } = model;
  inferShapes(model);
  const inputs = [...shapes].map(([name, shape]) => ({ input: findInput(model, name), shape }));
  for (const { input, shape } of inputs) nameOpenAxes(input, shape);
  inferShapes(model);
  bindSomeShapes(model, new Map(inputs.map(({ input, shape }) => [input.name, fixedAxes(shape)])));
  for (const sizes of extremes(inputs)) checkFractions(model, sizes);
  const ranges = inputs.filter(({ shape }) => shape.kind === 'range' && shape.bounds.some(([least, most]) => least !== most));
  if (ranges.length === 0) return [];
  const whole = graph.integral.length > 0 ? [`Only sizes that make ${graph.integral.map(toDim).join(', ')} whole numbers work; Core ML cannot be told so.`] : [];
  return ['Sizes in a range tend to keep a model off the Neural Engine: listed sizes, or a function for each (--functions), stay there more often.', ...whole];
}

/** Shapes to try, input by input: the default, and the ends as unequal as they may be. */
export function sampleShapes(shape: FlexibleShape): number[][] {
  if (shape.kind === 'enumerated') return [shape.initial, ...shape.shapes.filter((other) => other.join() !== shape.initial.join())].slice(0, MOST_SAMPLES).map((sizes) => [...sizes]);
  const last = shape.bounds.findLastIndex(([least, most]) => least !== most);
  const other = shape.bounds.map(([least, most], axis) => (axis === last ? Math.min(most, 2 * least) : least));
  return other.join() === shape.initial.join() ? [other] : [[...shape.initial], other];
}

const MOST_SAMPLES = 3;

function findInput({ graph }: Model, name: string): Value {
  const input = graph.inputs.find((value) => value.name === name && !value.initializer);
  if (input) return input;
  throw new UserError(`The model has no input "${name}".`, [`Its inputs: ${graph.inputs.filter((value) => !value.initializer).map((value) => value.name).join(', ')}.`]);
}

/** Unnamed axes that stay open need a name, so that what follows from them can be said. */
function nameOpenAxes(input: Value, shape: FlexibleShape): void {
  const stated = input.stated.shape ?? shape.initial.map(() => null);
  if (stated.length !== shape.initial.length) throw new UserError(`Input "${input.name}" has ${stated.length} dimensions, the shape given ${shape.initial.length}.`, [FORM]);
  const fixed = fixedAxes(shape);
  stated.forEach((dim, axis) => {
    if (typeof dim !== 'number' || fixed[axis] === dim) return;
    throw new UserError(`Input "${input.name}" has size ${dim} along axis ${axis} in the file.`, [fixed[axis] === null ? 'Export it with that axis dynamic, or leave --shapes out.' : `Give ${dim} there.`]);
  });
  input.stated = { ...input.stated, shape: stated.map((dim, axis) => dim ?? fixed[axis] ?? `${input.name}_${axis}`) };
}

function fixedAxes(shape: FlexibleShape): (number | null)[] {
  if (shape.kind === 'range') return shape.bounds.map(([least, most]) => (least === most ? least : null));
  return shape.initial.map((size, axis) => (shape.shapes.every((other) => other[axis] === size) ? size : null));
}

/** Sizes of the open axes by their names: of each listed shape, or of both ends. */
function extremes(inputs: readonly { readonly input: Value; readonly shape: FlexibleShape }[]): Map<string, number>[] {
  return inputs.flatMap(({ input, shape }) => {
    const each = shape.kind === 'enumerated' ? shape.shapes : [0, 1].map((end) => shape.bounds.map((bound) => bound[end] as number));
    return each.map((sizes) => new Map((input.type.shape ?? []).flatMap((dim, axis) => (typeof dim === 'string' ? [[dim, sizes[axis] as number] as const] : []))));
  });
}
