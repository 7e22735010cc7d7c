import { FLOAT_DTYPES, type NamedArrays, type NdArray } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { type InputKind, type InputSpec, seededInputs } from '../../../models/run/seeded-inputs.ts';

export type VerifyLevel = 'off' | 'quick' | 'full';

export type FeedKind = InputKind | 'border';

/** `border`: normal values with the outermost two rows and columns ten times as large, so that padding shows. */
export function kindsFor(level: VerifyLevel): readonly FeedKind[] {
  return level === 'full' ? ['normal', 'zeros', 'ramp', 'large', 'border'] : ['normal'];
}

/** One seeded feed per kind for inputs of static size. float16 gets no values beyond what it can multiply. */
export function feedsFor(inputs: readonly InputSpec[], kinds: readonly FeedKind[], seed: number): NamedArrays[] {
  return kinds.map((kind) => {
    const base = inputs.some(({ dtype }) => dtype === 'float16') && kind === 'large' ? 'normal' : kind;
    const [feed] = seededInputs(inputs, { seed, kinds: [base === 'border' ? 'normal' : base] });
    if (kind !== 'border') return feed as NamedArrays;
    return new Map(
      [...(feed as NamedArrays)].map(([name, array]) => [name, inputs.find((i) => i.name === name)?.range ? array : withBorder(array)]),
    );
  });
}

function withBorder(array: NdArray): NdArray {
  const { dtype, dims } = array;
  if (dims.length < 3 || !FLOAT_DTYPES.has(dtype)) return array;
  const [height, width] = [dims.at(-2) as number, dims.at(-1) as number];
  const isBorder = (at: number, size: number): boolean => at < 2 || at >= size - 2;
  const values = Tensor.fromNdArray(array).numbers();
  const scaled = values.map((value, i) =>
    isBorder(i % width, width) || isBorder(Math.floor(i / width) % height, height) ? 10 * value : value,
  );
  return Tensor.of(dtype, dims, scaled).toNdArray();
}
