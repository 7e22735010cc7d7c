import { type AttributeValue, float, type Patch, type Value } from '../../../models/graph/index.ts';
import type { Tensor } from '../../../models/onnx/index.ts';
import { type ConvView, swapChannels } from './conv-view.ts';
import type { Pads } from './pads.ts';
import { roundTo } from './round.ts';

/** What changes in a layer; the rest stays. Arrays are canonical as in ConvView. */
export interface ConvChange {
  /** `[O, I/g, ...kernel]` of the new geometry. */
  readonly weights: Float64Array;
  /** `[O]`; null: no bias; absent: the bias as it is. */
  readonly bias?: Float64Array | null;
  readonly outChannels?: number;
  readonly inChannels?: number;
  readonly group?: number;
  readonly kernel?: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: Pads;
  /** Data input, where it is another one. */
  readonly input?: Value;
}

/**
 * Adds a patched copy of the layer and returns its output; the caller replaces and removes. Values are rounded once to the layer's type;
 * the reason is returned instead where one is not finite. `auto_pad` becomes the numbers it stood for. New initializers
 * take the old names where nothing else uses the old ones.
 */
export function writeConv(view: ConvView, patch: Patch, change: ConvChange): Value | string {
  if (view.kind === 'MatMul' && change.bias) return `${view.node.label} is a MatMul, which takes no bias`;
  const attributes = view.kernel.length > 0 ? convAttributes(view, change) : matrixAttributes(view, change);
  if (typeof attributes === 'string') return attributes;
  const weights = storedWeights(view, change);
  if (typeof weights === 'string') return weights;
  const outChannels = change.outChannels ?? view.outChannels;
  const bias = change.bias ? roundTo(view.dtype, [outChannels], change.bias, `the bias of ${view.node.label}`) : null;
  if (typeof bias === 'string') return bias;
  const weightValue = constantFor(patch, weights, view.weight, view.weightShared, view.node.label);
  let biasValue = change.bias === undefined ? view.bias : null;
  if (bias) biasValue = constantFor(patch, bias, view.bias, view.biasShared, view.node.label);
  const inputs = [change.input ?? view.input, weightValue, ...(biasValue ? [biasValue] : [])];
  return patch.node(view.kind, inputs, { like: view.node, attributes });
}

function storedWeights(view: ConvView, change: ConvChange): Tensor | string {
  const { outChannels, inChannels, group, kernel } = { ...view, ...change };
  const what = `the weights of ${view.node.label}`;
  if (view.kind === 'Conv') return roundTo(view.dtype, [outChannels, inChannels / group, ...kernel], change.weights, what);
  if (view.kind === 'ConvTranspose') {
    const stored = swapChannels(change.weights, outChannels, inChannels / group, group);
    return roundTo(view.dtype, [inChannels, outChannels / group, ...kernel], stored, what);
  }
  if (view.node.attributes.int('transB', 0) !== 0) return roundTo(view.dtype, [outChannels, inChannels], change.weights, what);
  return roundTo(view.dtype, [inChannels, outChannels], swapChannels(change.weights, outChannels, inChannels, 1), what);
}

function convAttributes(view: ConvView, change: ConvChange): Record<string, AttributeValue> | string {
  const pads = change.pads ?? view.pads;
  if (!pads) return `the padding of ${view.node.label} depends on a size that is not known`;
  const { dilations, group, kernel, strides } = { ...view, ...change };
  const outputPadding = view.kind === 'ConvTranspose' ? { output_padding: [...view.outputPadding] } : {};
  return {
    dilations: [...dilations],
    group,
    kernel_shape: [...kernel],
    ...outputPadding,
    pads: [...pads.begin, ...pads.end],
    strides: [...strides],
  };
}

/** Alpha is in the canonical weights already; beta stays with a bias that stays. */
function matrixAttributes(view: ConvView, change: ConvChange): Record<string, AttributeValue> {
  if (view.kind === 'MatMul') return {};
  const { attributes } = view.node;
  const beta = change.bias === undefined ? attributes.float('beta', 1) : 1;
  return { transB: attributes.int('transB', 0), ...(beta === 1 ? {} : { beta: float(beta) }) };
}

function constantFor(patch: Patch, tensor: Tensor, old: Value | null, shared: boolean, stem: string): Value {
  const value = patch.constant(tensor, old?.name ?? `${stem}.bias`);
  if (old && !shared) patch.inherit(old, value);
  return value;
}
