import type { DType } from '../contracts/dtype.ts';
import { UserError } from '../contracts/errors.ts';
import type { NamedArrays } from '../contracts/executor.ts';
import type { NdArray } from '../contracts/ndarray.ts';
import { Tensor } from '../onnx/tensor.ts';
import { Prng, seedOf } from './prng.ts';

export interface InputSpec {
  readonly name: string;
  /** Null, as `describe` has it for what is no tensor, is refused. */
  readonly dtype: DType | null;
  /** Numbers, names of symbolic dimensions, or null for unnamed ones. */
  readonly dims: readonly (number | string | null)[];
  /** Overrides the kind's range for this input, e.g. [0, 255] or the indices that a Gather allows. Both ends are included. */
  readonly range?: readonly [number, number];
}

/**
 * How values are drawn. `normal`: mean 0, variance 1 (integers: uniform over ±128 as far as the type goes); `unit`: uniform in [0, 1];
 * `zeros`; `ramp`: evenly spaced from −1 to 1, each element another value; `large`: normal × 1000. Inputs with a `range` get values
 * in it: uniform ones, for `zeros` the value nearest to zero, for `ramp` even steps from end to end, for `large` its two ends.
 */
export type InputKind = 'normal' | 'unit' | 'zeros' | 'ramp' | 'large';

export interface SeededInputsOptions {
  readonly seed: number;
  /** One feed for each, in this order; default `['normal', 'unit']`. */
  readonly kinds?: readonly InputKind[];
  /** Sizes of symbolic dimensions by name. */
  readonly bindings?: Readonly<Record<string, number>>;
  /** Size of a dimension that nothing else binds. Left out, such a dimension is a UserError. */
  readonly defaultDim?: number;
}

/**
 * Feeds that depend on nothing but `specs` and `options`: one per kind. Every input draws from a generator of its own, seeded by
 * `seed`, its name and the kind, so that adding an input does not change the others.
 */
export function seededInputs(specs: readonly InputSpec[], options: SeededInputsOptions): NamedArrays[] {
  const kinds = options.kinds ?? ['normal', 'unit'];
  const shapes = specs.map((spec) => bindDims(spec, options));
  return kinds.map((kind) => new Map(specs.map((spec, index) => {
    const prng = new Prng(seedOf(`${options.seed}/${kind}/${spec.name}`));
    return [spec.name, seededArray(spec, shapes[index] as number[], kind, prng)];
  })));
}

function bindDims({ name, dims }: InputSpec, { bindings, defaultDim }: SeededInputsOptions): number[] {
  return dims.map((dim, axis) => {
    const size = typeof dim === 'number' ? dim : ((dim === null ? undefined : bindings?.[dim]) ?? defaultDim);
    if (size !== undefined) return size;
    const shape = dims.map((d) => d ?? '?').join(', ');
    const example = dims.map((d) => (typeof d === 'number' ? d : 'N')).join('x');
    const advice = `Give a static shape: --static ${name}=${example}.`;
    throw new UserError(`Dimension ${axis} of input "${name}" [${shape}] has no size.`, [advice]);
  });
}

function seededArray(spec: InputSpec, dims: readonly number[], kind: InputKind, prng: Prng): NdArray {
  const size = dims.reduce((a, b) => a * b, 1);
  const { dtype } = spec;
  const fit = dtype === null ? undefined : FITS[dtype];
  if (dtype === null || !fit) throw new UserError(`Values for input "${spec.name}" of type ${dtype ?? 'unknown'} cannot be made up.`);
  const draw = spec.range ? inRange(spec.range, kind, size, prng) : free(dtype, kind, size, prng);
  return Tensor.of(dtype, dims, Float64Array.from({ length: size }, (_, i) => fit(draw(i)))).toNdArray();
}

function inRange([low, high]: readonly [number, number], kind: InputKind, size: number, prng: Prng): (index: number) => number {
  switch (kind) {
    case 'zeros': return () => Math.min(Math.max(0, low), high);
    case 'ramp': return (i) => low + (size > 1 ? (i / (size - 1)) * (high - low) : 0);
    case 'large': return () => (prng.uint32() & 1 ? high : low);
    default: return () => low + prng.uniform() * (high - low);
  }
}

function free(dtype: DType, kind: InputKind, size: number, prng: Prng): (index: number) => number {
  const whole = !['float16', 'bfloat16', 'float32', 'float64'].includes(dtype);
  switch (kind) {
    case 'zeros': return () => 0;
    case 'ramp': return (i) => (whole ? i % 251 : size > 1 ? (2 * i) / (size - 1) - 1 : 0);
    case 'unit': return () => (whole ? prng.below(2) : prng.uniform());
    case 'normal': return () => (whole ? prng.below(257) - 128 : prng.normal());
    case 'large': return () => prng.normal() * 1000;
  }
}

const FITS: Partial<Record<DType, (value: number) => number>> = {
  float16: Number, bfloat16: Number, float32: Number, float64: Number,
  bool: (value) => (Math.round(value) & 1),
  uint8: whole(0, 255), int8: whole(-128, 127), uint16: whole(0, 65535), int16: whole(-32768, 32767),
  uint32: whole(0, 2 ** 32 - 1), int32: whole(-(2 ** 31), 2 ** 31 - 1), int64: whole(-(2 ** 53), 2 ** 53), uint64: whole(0, 2 ** 53),
};

function whole(min: number, max: number): (value: number) => number {
  return (value) => Math.min(Math.max(Math.round(value), min), max);
}
