import type { Node, Value } from '../../../models/graph/index.ts';
import { readChannelConstant } from '../weights/index.ts';

/** y = scale·x + shift, per channel of axis 1. */
export interface Affine {
  readonly input: Value;
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * Reads a BatchNormalization in inference form, or Add, Sub, Mul, Div with a constant that is per channel by its broadcast axis.
 * BatchNormalization: scale = γ/√(v+ε), shift = β − μ·scale. The reason where the node is none of these.
 */
export function readAffine(node: Node, channels: number): Affine | string {
  if (node.is('BatchNormalization')) return readBatchNorm(node, channels);
  if (!node.is('Add', 'Sub', 'Mul', 'Div')) return `${node.opType} is no per-channel scale or shift`;
  const [a, b] = [node.input(0), node.input(1)];
  const [input, constant] = b?.constant ? [a, b] : [b, a];
  if (!input || !constant?.constant) return `${node.label} has no constant operand`;
  const rank = input.type.shape?.length;
  if (rank === undefined || rank < 2 || (node.output()?.type.shape?.length ?? rank) !== rank) return `the rank of "${input.name}" is not known`;
  const values = readChannelConstant(constant, rank, 1, channels);
  if (typeof values === 'string') return values;
  return affineOf(node, input, values, constant === node.input(0));
}

function affineOf(node: Node, input: Value, values: Float64Array, constantFirst: boolean): Affine | string {
  const [ones, zeros] = [values.map(() => 1), values.map(() => 0)];
  if (node.is('Add')) return { input, scale: ones, shift: values };
  if (node.is('Mul')) return { input, scale: values, shift: zeros };
  if (node.is('Sub')) return constantFirst ? { input, scale: ones.map(() => -1), shift: values } : { input, scale: ones, shift: values.map((v) => -v) };
  if (constantFirst) return `${node.label} divides a constant by data`;
  return values.some((v) => v === 0) ? `${node.label} divides by zero` : { input, scale: values.map((v) => 1 / v), shift: zeros };
}

function readBatchNorm(node: Node, channels: number): Affine | string {
  const input = node.input(0);
  if (node.attributes.int('training_mode', 0) !== 0) return `${node.label} is in training mode`;
  if (node.attributes.int('is_test', 1) === 0) return `${node.label} is in training mode`;
  if (node.attributes.int('spatial', 1) === 0) return `${node.label} normalises every position on its own (spatial = 0)`;
  if (!input || node.outputs.slice(1).some((v) => v && (v.uses.size > 0 || v.isGraphOutput))) return `${node.label} has further outputs in use`;
  const parameters = [1, 2, 3, 4].map((i) => node.input(i)?.constant?.numbers());
  if (parameters.some((p) => p?.length !== channels)) return `the parameters of ${node.label} are not constant, or not ${channels}`;
  const [gamma, beta, mean, variance] = parameters as Float64Array[] as [Float64Array, Float64Array, Float64Array, Float64Array];
  const epsilon = node.attributes.float('epsilon', 1e-5);
  if (!variance.every((v) => v + epsilon > 0)) return `${node.label} has a variance that is not positive`;
  const scale = gamma.map((g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
  return { input, scale, shift: beta.map((b, c) => b - (mean[c] as number) * (scale[c] as number)) };
}
