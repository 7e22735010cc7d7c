import type { Node } from '../../models/graph/index.ts';
import type { Tensor } from '../../models/onnx/index.ts';
import { readConv, swapChannels } from '../rewrites/weights/conv-view.ts';
import { type Encoding, quantizeValues, weightEncoding } from './encoding.ts';
import { gridShares } from './grid-share.ts';
import type { LayerStatistics } from './layer-statistics.ts';
import type { WeightCare } from './scheme.ts';
import { fittedWeights, roundingShift, roundRows, rowRounder } from './second-order.ts';

/** Weights of a layer in two orders: as the file stores them, and `[O, K]` as windows multiply them. */
export interface LayerWeights {
  readonly stored: Float64Array;
  readonly dims: readonly number[];
  /** Null where the layer has no such form. */
  readonly rows: { readonly values: Float64Array; readonly outChannels: number; store(values: Float64Array): Float64Array } | null;
}

export interface RoundingContext {
  /** Of the output channels in the stored order; null for one scale. */
  readonly axis: number | null;
  /** Least scales. */
  readonly floor: readonly number[];
  readonly bits: number;
  readonly care: WeightCare;
  readonly statistics: LayerStatistics | null;
}

export interface RoundedWeights {
  /** In the stored order. */
  readonly codes: Float64Array;
  readonly encoding: Encoding;
  /** What the bias gives back to each output; null where nothing is known of the inputs, or nothing is to be corrected. */
  readonly shift: Float64Array | null;
}

/** Reads the weights of a Conv, ConvTranspose, Gemm or MatMul. A Gemm with alpha has no rows: its codes would stand for other weights. */
export function layerWeights(node: Node, tensor: Tensor): LayerWeights {
  const view = readConv(node);
  const stored = tensor.numbers();
  if (typeof view === 'string' || node.attributes.float('alpha', 1) !== 1) return { stored, dims: tensor.dims, rows: null };
  const { outChannels, inChannels, group, kind } = view;
  const swapped = kind === 'ConvTranspose' || kind === 'MatMul' || (kind === 'Gemm' && node.attributes.int('transB', 0) === 0);
  const store = (values: Float64Array): Float64Array => (swapped ? swapChannels(values, outChannels, inChannels / group, group) : values);
  return { stored, dims: tensor.dims, rows: { values: view.weights(), outChannels, store } };
}

/** Puts weights on their grid, as carefully as asked and as the statistics allow. */
export function roundWeights({ stored, dims, rows }: LayerWeights, { axis, floor, bits, care, statistics }: RoundingContext): RoundedWeights {
  const known = rows && statistics ? { ...rows, statistics } : null;
  if (!known || care.rounding === 'nearest') {
    const encoding = weightEncoding(stored, dims, axis, bits, floor);
    const codes = quantizeValues(stored, dims, encoding);
    if (!known || !care.biasCorrection) return { codes, encoding, shift: null };
    const own = quantizeValues(known.values, [known.outChannels, known.statistics.size], byRow(encoding));
    return { codes, encoding, shift: roundingShift(known.values, own, known.outChannels, byRow(encoding), known.statistics) };
  }
  const { values, outChannels, store } = known;
  const fitted = fittedWeights(values, outChannels, known.statistics);
  const round = rowRounder(outChannels, known.statistics);
  const full = weightEncoding(store(fitted), dims, axis, bits, floor);
  const encoding = axis === null ? full : gridShares(fitted, outChannels, full, floor, round);
  const codes = roundRows(fitted, outChannels, encoding, round);
  const shift = care.biasCorrection ? roundingShift(values, codes, outChannels, byRow(encoding), known.statistics) : null;
  return { codes: store(codes), encoding, shift };
}

function byRow(encoding: Encoding): Encoding {
  return encoding.axis === null ? encoding : { ...encoding, axis: 0 };
}
