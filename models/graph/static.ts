import { UserError } from '../contracts/errors.ts';
import { canonicalDim, evaluateDim, symbolsOf, toDim } from './dims/dim.ts';
import { inferShapes } from './infer/infer-shapes.ts';
import type { Model } from './model.ts';
import { type Dim, formatShape, staticShape } from './types.ts';
import type { Value } from './value.ts';

/** Shapes by graph input, as `--static NAME=1x3x256x256` gives them; null leaves a dimension to what the others say. */
export type StaticShapes = ReadonlyMap<string, readonly (number | null)[]>;

/**
 * Makes the graph inputs static, and every output and intermediate value info that follows: the core of `--static`. Throws UserError with
 * the flag that mends it: for an unknown input, a wrong rank, a size that the file states otherwise, a symbol bound to two sizes, sizes
 * that the model cannot take (an odd height before an unshuffle), and for symbols that stay open.
 */
export function bindInputShapes(model: Model, shapes: StaticShapes): void {
  bindSomeShapes(model, shapes);
  for (const input of model.graph.inputs) if (!input.initializer) checkComplete(input);
}

/** The same where dimensions may stay open. */
export function bindSomeShapes(model: Model, shapes: StaticShapes): void {
  const { graph } = model;
  inferShapes(model);
  const symbols = new Map<string, number>();
  for (const [name, sizes] of shapes) {
    const input = graph.inputs.find((value) => value.name === name);
    if (!input) throw new UserError(`The model has no input "${name}".`, [`Its inputs: ${graph.inputs.map(describe).join(', ')}.`]);
    checkInput(input, sizes, symbols);
  }
  checkFractions(model, symbols);
  inferShapes(model, { bind: shapes });
  for (const value of graph.values.values()) settle(value);
  graph.revision++;
}

/** Reads `NAME=1x3x256x256`; `?` leaves a dimension open. Throws UserError naming the form. */
export function parseStaticShape(text: string): [name: string, shape: (number | null)[]] {
  const at = text.lastIndexOf('=');
  const sizes = text.slice(at + 1).split('x');
  if (at < 1 || !sizes.every((size) => /^([1-9]\d*|\?)$/.test(size))) {
    throw new UserError(`"${text}" is not a static shape.`, ['Write --static NAME=1x3x256x256.']);
  }
  return [text.slice(0, at), sizes.map((size) => (size === '?' ? null : Number(size)))];
}

function checkInput(input: Value, sizes: readonly (number | null)[], symbols: Map<string, number>): void {
  const stated = input.stated.shape;
  if (!stated) return;
  if (stated.length !== sizes.length) {
    throw new UserError(`Input ${describe(input)} has ${stated.length} dimensions, the shape given ${sizes.length}.`, [flag(input)]);
  }
  stated.forEach((dim, axis) => {
    const size = sizes[axis] ?? null;
    if (size === null || dim === null) return;
    if (typeof dim === 'number' && dim !== size) {
      throw new UserError(`Input ${describe(input)} has size ${dim} along axis ${axis}, not ${size}.`, [flag(input)]);
    }
    if (typeof dim === 'string') checkSymbol(input, dim, size, symbols);
  });
}

function checkSymbol(input: Value, symbol: string, size: number, symbols: Map<string, number>): void {
  const known = symbols.get(symbol);
  if (known !== undefined && known !== size) {
    throw new UserError(`Input "${input.name}" gives "${symbol}" the size ${size}, but it is ${known} elsewhere.`, [flag(input)]);
  }
  symbols.set(symbol, size);
}

/** Fractions that the model needs whole, such as H/2 before an unshuffle, must be so at these sizes. Throws UserError with the flag that mends it. */
export function checkFractions(model: Model, symbols: ReadonlyMap<string, number>): void {
  for (const fraction of model.graph.integral) {
    const dim = toDim(fraction);
    const value = evaluateDim(dim, symbols);
    if (typeof value !== 'number' || Number.isInteger(value)) continue;
    const names = [...symbolsOf(dim)];
    const sizes = names.map((name) => `${name} = ${symbols.get(name)}`).join(', ');
    const inputs = model.graph.inputs.filter((input) => input.stated.shape?.some((d) => names.includes(String(d))));
    throw new UserError(`The model needs ${dim} to be a whole number; with ${sizes} it is ${value}.`, inputs.map(flag));
  }
}

function checkComplete(input: Value): void {
  if (input.type.kind !== 'tensor' || staticShape(input.type)) return;
  throw new UserError(`Input ${describe(input)} still has open dimensions.`, [flag(input)]);
}

/** From here on the file's statement is the static one. */
function settle(value: Value): void {
  const stated = value.stated.shape;
  if (!stated || stated.every((dim) => typeof dim === 'number')) return;
  value.stated = { ...value.stated, shape: value.type.shape };
}

function describe(input: Value): string {
  return `"${input.name}" ${formatShape(input.stated.shape)}`;
}

function flag(input: Value): string {
  const dims = (input.stated.shape ?? []).map((dim: Dim) => canonicalDim(dim) ?? 'N');
  return `Give its sizes: --static ${input.name}=${dims.length > 0 ? dims.join('x') : 'N'}`;
}
