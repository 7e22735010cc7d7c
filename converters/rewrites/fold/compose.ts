import { type ConvView, expandGroups, type Pads } from '../weights/index.ts';
import { tapCount, tapIndex, tapPositions } from './taps.ts';

/** Two linear layers as one: its geometry, and the arithmetic for when it is wanted. */
export interface Composite {
  readonly group: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: Pads;
  readonly exactness: 'exact' | 'border';
  /** One of the layers adds a bias, so the composite does too. */
  readonly biased: boolean;
  /** K and c. Costs the product of both layers' weights. */
  compute(): { readonly weights: Float64Array; readonly bias: Float64Array | null };
}

/**
 * B∘A (onnx-tools §5.2): K[o, i, j·s₁ + r] = Σ_m B[o, m, j]·A[m, i, r], size k₁ + (k₂ − 1)·s₁, stride s₁·s₂,
 * bias c_o = b_o + Σ_m (Σ_j B[o, m, j])·a_m. Exact where B pads nothing, or where A is 1×1 without bias (padding with zeros is then what A
 * makes of zeros); otherwise right in the interior only: `border`. The reason where no single layer computes it.
 */
export function compose(a: ConvView, b: ConvView): Composite | string {
  if (!a.pads || !b.pads) return 'the padding depends on a size that is not known';
  const [aPoint, bPoint] = [tapCount(a.kernel) === 1, tapCount(b.kernel) === 1];
  const transposed = a.kind === 'ConvTranspose' || b.kind === 'ConvTranspose';
  if (transposed && !fitsTransposed(a, b, aPoint, bPoint)) return 'a transposed convolution folds with a 1×1 convolution only (groups 1, no padding of that one)';
  if (!aPoint && !bPoint && (a.dilations.some((d) => d !== 1) || b.dilations.some((d) => d !== 1))) return 'dilated kernels in series do not make one kernel';
  if (aPoint && !bPoint && a.strides.some((s) => s !== 1)) return 'a strided 1×1 convolution makes a dilated kernel';
  const sameGroups = a.group === b.group;
  const group = sameGroups ? a.group : 1;
  const padsB = [...b.pads.begin, ...b.pads.end].some((p) => p !== 0);
  const aBias = a.biases();
  const aPads = [...a.pads.begin, ...a.pads.end].some((p) => p !== 0);
  const exact = !padsB || transposed || (aPoint && !aPads && (aBias === null || aBias.every((v) => v === 0)));
  if (transposed && aBias?.some((v) => v !== 0) && b.kind === 'ConvTranspose') return 'the first layer\'s bias would reach the border unevenly';
  const geometry = transposed ? transposedGeometry(a, b) : seriesGeometry(a, b);
  return { ...geometry, group, exactness: exact ? 'exact' : 'border', biased: a.bias !== null || b.bias !== null, compute: () => kernelAndBias(a, b, group, geometry) };
}

type Geometry = Pick<Composite, 'kernel' | 'strides' | 'dilations' | 'pads'>;

function fitsTransposed(a: ConvView, b: ConvView, aPoint: boolean, bPoint: boolean): boolean {
  const point = a.kind === 'ConvTranspose' ? b : a;
  const isPoint = point === a ? aPoint : bPoint;
  const still = point.strides.every((s) => s === 1) && [...(point.pads?.begin ?? [1]), ...(point.pads?.end ?? [1])].every((p) => p === 0);
  return a.group === 1 && b.group === 1 && isPoint && still && a.kind !== b.kind;
}

function transposedGeometry(a: ConvView, b: ConvView): Geometry {
  const wide = a.kind === 'ConvTranspose' ? a : b;
  return { kernel: wide.kernel, strides: wide.strides, dilations: wide.dilations, pads: wide.pads as Pads };
}

function seriesGeometry(a: ConvView, b: ConvView): Geometry {
  const [pa, pb] = [a.pads as Pads, b.pads as Pads];
  const stride = (axis: number): number => a.strides[axis] as number;
  const wide = tapCount(a.kernel) === 1 ? b : a;
  return {
    kernel: a.kernel.map((k, axis) => k + ((b.kernel[axis] as number) - 1) * stride(axis)),
    strides: a.strides.map((s, axis) => s * (b.strides[axis] as number)), dilations: wide.dilations,
    pads: { begin: pa.begin.map((p, axis) => p + (pb.begin[axis] as number) * stride(axis)), end: pa.end.map((p, axis) => p + (pb.end[axis] as number) * stride(axis)) },
  };
}

function kernelAndBias(a: ConvView, b: ConvView, group: number, { kernel }: Geometry): { weights: Float64Array; bias: Float64Array | null } {
  const dense = (view: ConvView): Float64Array => (view.group === group ? view.weights() : expandGroups(view.weights(), view.outChannels, view.inChannels, view.group));
  const [wa, wb] = [dense(a), dense(b)];
  const [inner, middle, outer] = [a.inChannels / group, a.outChannels / group, b.outChannels / group];
  const stride = a.kind === 'ConvTranspose' || b.kind === 'ConvTranspose' ? a.kernel.map(() => 1) : a.strides;
  const [tapsA, tapsB, taps] = [tapCount(a.kernel), tapCount(b.kernel), tapCount(kernel)];
  const place = tapPositions(b.kernel).map((j) => tapPositions(a.kernel).map((r) => tapIndex(r.map((x, axis) => x + (j[axis] as number) * (stride[axis] as number)), kernel)));
  const weights = new Float64Array(b.outChannels * inner * taps);
  const bias = new Float64Array(b.outChannels);
  const aBias = a.biases();
  const bBias = b.biases();
  for (let o = 0; o < b.outChannels; o++) {
    const g = Math.floor(o / outer);
    let carried = bBias?.[o] ?? 0;
    for (let m = 0; m < middle; m++) {
      for (let j = 0; j < tapsB; j++) {
        const factor = wb[(o * middle + m) * tapsB + j] as number;
        carried += factor * (aBias?.[g * middle + m] ?? 0);
        if (factor === 0) continue;
        for (let i = 0; i < inner; i++) {
          for (let r = 0; r < tapsA; r++) {
            const at = (o * inner + i) * taps + (place[j]?.[r] as number);
            weights[at] = (weights[at] as number) + factor * (wa[((g * middle + m) * inner + i) * tapsA + r] as number);
          }
        }
      }
    }
    bias[o] = carried;
  }
  return { weights, bias: aBias || bBias ? bias : null };
}
