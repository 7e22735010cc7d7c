import { energy, expandGroups, quantizationNoise, snrDb } from '../weights/index.ts';
import type { Branch } from './branch.ts';
import { embedTaps, tapCount } from './taps.ts';

/** Branches as one kernel: `[O, I/g, ...kernel]`, bias `[O]` or null. */
export interface MergedKernel {
  readonly weights: Float64Array;
  readonly bias: Float64Array | null;
  readonly group: number;
  /** The sum of the convolutions alone: what carries quantization noise when the skip is kept. */
  readonly convWeights: Float64Array;
}

/** A branch with its sign in the sum. */
export interface Term {
  readonly branch: Branch;
  readonly sign: 1 | -1;
}

/**
 * The sum of branches of one source in the geometry of `host`, the largest convolution among them: each kernel is laid into the host's at
 * offset (P − p)/d (onnx-tools §5.1, §5.3). The reason where one does not fit.
 */
export function mergeBranches(terms: readonly Term[], host: Branch): MergedKernel | string {
  const view = host.conv as NonNullable<Branch['conv']>;
  const group = commonGroup(terms, view.inChannels, view.outChannels);
  const perGroup = view.inChannels / group;
  const size = view.outChannels * perGroup * tapCount(view.kernel);
  const weights = new Float64Array(size);
  const convWeights = new Float64Array(size);
  let bias: Float64Array | null = null;
  for (const { branch, sign } of terms) {
    const offset = offsetIn(branch, host);
    if (typeof offset === 'string') return offset;
    const laid = embedTaps(kernelOf(branch, group, perGroup, view.outChannels), branch.kernel.length ? branch.kernel : view.kernel.map(() => 1), view.kernel, offset);
    for (let i = 0; i < size; i++) weights[i] = (weights[i] as number) + sign * (laid[i] as number);
    if (branch.conv) for (let i = 0; i < size; i++) convWeights[i] = (convWeights[i] as number) + sign * (laid[i] as number);
    const shift = branch.conv ? branch.conv.biases() : branch.shift;
    if (shift) bias = (bias ?? new Float64Array(view.outChannels)).map((b, o) => b + sign * (shift[o] as number));
  }
  return { weights, bias: bias?.some((b) => b !== 0) || view.bias ? bias : null, group, convWeights };
}

/** Int8 weight precision with the skip kept and with it folded, dB (per-channel symmetric; activation noise not included). */
export function skipPrecision(merged: MergedKernel, outChannels: number): { readonly kept: number; readonly folded: number } {
  const signal = energy(merged.weights);
  return {
    kept: round(snrDb(signal, quantizationNoise(merged.convWeights, outChannels))), folded: round(snrDb(signal, quantizationNoise(merged.weights, outChannels))),
  };
}

/** The groups that all convolutions share; 1 (dense) where they differ, or where the identity would cross groups. */
function commonGroup(terms: readonly Term[], inChannels: number, outChannels: number): number {
  const groups = new Set(terms.flatMap(({ branch }) => (branch.conv ? [branch.conv.group] : [])));
  const [group] = groups;
  const diagonal = terms.some(({ branch }) => !branch.conv);
  return groups.size === 1 && group && (!diagonal || inChannels === outChannels) ? group : 1;
}

function offsetIn(branch: Branch, host: Branch): number[] | string {
  const view = host.conv as NonNullable<Branch['conv']>;
  const kernel = branch.kernel.length ? branch.kernel : view.kernel.map(() => 1);
  const offset: number[] = [];
  for (const [axis, size] of kernel.entries()) {
    const dilation = view.dilations[axis] as number;
    const shift = (host.padsBegin[axis] as number) - (branch.padsBegin[axis] ?? 0);
    const at = shift / dilation;
    if (!Number.isInteger(at) || at < 0 || at + size > (view.kernel[axis] as number)) {
      return `${branch.kind === 'conv' ? `the kernel of ${branch.nodes[0]?.label}` : 'the skip'} does not fall on a tap of ${host.nodes[0]?.label}`;
    }
    offset.push(at);
  }
  return offset;
}

/** `[O, I/g, ...kernel]` of one branch. */
function kernelOf(branch: Branch, group: number, perGroup: number, outChannels: number): Float64Array {
  if (branch.conv) return group === branch.conv.group ? branch.conv.weights() : expandGroups(branch.conv.weights(), outChannels, branch.conv.inChannels, branch.conv.group);
  const taps = tapCount(branch.kernel);
  const out = new Float64Array(outChannels * perGroup * taps);
  for (let o = 0; o < outChannels; o++) {
    const value = branch.kind === 'pool' ? 1 / taps : (branch.scale?.[o] ?? 1);
    out.fill(value, (o * perGroup + (o % perGroup)) * taps, (o * perGroup + (o % perGroup) + 1) * taps);
  }
  return out;
}

function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : value;
}
