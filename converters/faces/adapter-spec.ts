import type { Dim } from '../../models/graph/index.ts';

export const ADAPTER_VERSION = 1;

export type PortDType = 'float32' | 'float16' | 'uint8';
export type Layout = 'NCHW' | 'NHWC';

/** Element types that steps work on. */
export function isPortDType(dtype: string | null | undefined): dtype is PortDType {
  return isFloatPort(dtype) || dtype === 'uint8';
}

export function isFloatPort(dtype: string | null | undefined): dtype is 'float32' | 'float16' {
  return dtype === 'float32' || dtype === 'float16';
}

/** Where a block of pixels goes among the channels: `CRD` innermost (PyTorch's pixel_unshuffle), `DCR` outermost (ONNX SpaceToDepth). */
export type BlockOrder = 'CRD' | 'DCR';

/**
 * One step from an old tensor to a new one. Images are [N, C, H, W], rows first, whatever the layout in memory; numbers are float32 and
 * every operation is rounded once (IEEE 754, ties to even), so that a step has one right answer, bit for bit.
 *
 * - `unshuffle`: b×b pixels become channels. CRD: out[c·b² + i·b + j, y, x] = in[c, y·b + i, x·b + j]; DCR: out[(i·b + j)·C + c, y, x].
 *   Height and width must be multiples of b.
 * - `shuffle`: its inverse (pixel_shuffle, DepthToSpace).
 * - `layout`: the order in memory from here on; the image stays the same.
 * - `gatherChannels`: out[k] = in[indices[k]].
 * - `arithmetic`: x ∘ values[c], or x ∘ values[0] where there is one value for all channels.
 * - `clip`: below `min` becomes `min`, above `max` becomes `max`; null is no bound; NaN stays.
 * - `round`: to the nearest whole number, ties to even.
 * - `cast`: `float16` rounds to the nearest half-precision number; `uint8` cuts the fraction off and saturates at 0 and 255 (NaN becomes
 *   0); `float32` changes nothing.
 * - `repeat`: nearest-neighbour enlargement, out[c, y, x] = in[c, ⌊y / factor⌋, ⌊x / factor⌋].
 */
export type AdapterStep =
  | { readonly kind: 'unshuffle'; readonly block: number; readonly order: BlockOrder }
  | { readonly kind: 'shuffle'; readonly block: number; readonly order: BlockOrder }
  | { readonly kind: 'layout'; readonly to: Layout }
  | { readonly kind: 'gatherChannels'; readonly indices: readonly number[] }
  | { readonly kind: 'arithmetic'; readonly op: ArithmeticOp; readonly values: readonly number[] }
  | { readonly kind: 'clip'; readonly min: number | null; readonly max: number | null }
  | { readonly kind: 'round' }
  | { readonly kind: 'cast'; readonly to: PortDType }
  | { readonly kind: 'repeat'; readonly factor: number };

export type ArithmeticOp = 'multiply' | 'divide' | 'add' | 'subtract';

/** One side of a port. `dims` in memory order; text stands for sizes that are open. */
export interface PortTensor {
  readonly name: string;
  readonly dtype: string;
  readonly layout: Layout;
  readonly dims: readonly Dim[];
}

/** How one tensor of one face becomes one of the other. */
export interface AdapterPort {
  readonly from: PortTensor;
  readonly to: PortTensor;
  readonly steps: readonly AdapterStep[];
  /** Layers that were cut away between the two and have no form as steps: nothing is generated for them. Null where `steps` say all. */
  readonly removed: RemovedLayers | null;
  /** Where the new face holds fewer values than the old one: what the two have in common. Null where nothing is lost. */
  readonly lossy: Lossy | null;
}

export interface RemovedLayers {
  /** Value of the old model at which it was cut. */
  readonly tensor: string;
  readonly nodes: readonly string[];
  readonly reason: string;
}

/**
 * 8-bit levels: pixels `low` + k · (`high` − `low`) / 255. The models agree where an old input holds such pixels (in the units of its
 * contract's range, before mean and std); an old output is met within half a level where it lies between `low` and `high`.
 */
export interface Lossy {
  readonly low: number;
  readonly high: number;
}

/**
 * What a caller of the old model does to call the new one: old(x) = post(new(pre(x))). `inputs`: one port for each input of the new model,
 * from an input of the old one; `outputs`: one for each output of the old model, from an output of the new one.
 */
export interface AdapterSpec {
  readonly version: typeof ADAPTER_VERSION;
  readonly inputs: readonly AdapterPort[];
  readonly outputs: readonly AdapterPort[];
}

/** One step for people: logs, comments in generated code. */
export function describeStep(step: AdapterStep): string {
  switch (step.kind) {
    case 'unshuffle':
      return `pixel unshuffle by ${step.block}, ${step.order} order`;
    case 'shuffle':
      return `pixel shuffle by ${step.block}, ${step.order} order`;
    case 'layout':
      return `${step.to} order in memory`;
    case 'gatherChannels':
      return `channels ${shorten(step.indices)}`;
    case 'arithmetic':
      return `${step.op} ${shorten(step.values)}`;
    case 'clip':
      return `clip to [${step.min ?? '−∞'}, ${step.max ?? '∞'}]`;
    case 'round':
      return 'round to nearest, ties to even';
    case 'cast':
      return `cast to ${step.to}`;
    case 'repeat':
      return `repeat every pixel ${step.factor}×${step.factor}`;
  }
}

function shorten(values: readonly number[]): string {
  const shown = values
    .slice(0, 4)
    .map((value) => Number(value.toPrecision(7)))
    .join(', ');
  return values.length > 4 ? `${shown}, … (${values.length} values)` : shown;
}
