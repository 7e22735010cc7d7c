import { isOlder, TRIED_SDK } from '../rules/sdk-version.ts';
import type { TargetProfile } from '../rules/target-profile.ts';
import type { Precision } from './rewrite.ts';

/** One rewrite of a recipe, with the reason a person reads. */
export interface RecipeStep {
  readonly id: string;
  readonly why: string;
}

/** Which rewrites run unasked for a target and precision, in order, and which are left out for a reason worth stating. */
export interface Recipe {
  readonly steps: readonly RecipeStep[];
  readonly omitted: readonly RecipeStep[];
}

/** The recipe for a target (kind and family) and a precision. Figures: `onnx-tools.md` §5.9 for int8 weights, `qnn-ep.md` §4 for CRD on HTP. */
export function recipeFor(target: TargetProfile, precision: Precision): Recipe {
  const steps: RecipeStep[] = [];
  const omitted: RecipeStep[] = [];
  for (const { id, why, unless } of ENTRIES) {
    const reason = unless?.(target, precision) ?? null;
    if (reason === null) steps.push({ id, why });
    else omitted.push({ id, why: reason });
  }
  return { steps, omitted };
}

interface Entry extends RecipeStep {
  /** Why the rewrite stays out of this target's recipe; null where it belongs in. */
  readonly unless?: (target: TargetProfile, precision: Precision) => string | null;
}

type Unless = NonNullable<Entry['unless']>;

const SMALL_WEIGHTS: ReadonlySet<Precision> = new Set(['w8a8', 'w8a16', 'w4a8', 'w4a16']);

/** Weight SNR of 8-bit weights after an identity is added to them: 56 → 32 dB for weights of σ = 0.02 (onnx-tools §5.9). */
const notForSmallWeights: Unless = (_, precision) => {
  return SMALL_WEIGHTS.has(precision)
    ? 'an identity among the weights costs 8-bit weights their precision; build both variants and compare'
    : null;
};

const onlyOnUnits: Unless = ({ kind }) => (kind === 'host' ? 'a CPU runs any rank, and what this adds may be slower there' : null);

const notOnHost: Unless = ({ kind }) => (kind === 'host' ? 'a CPU gains nothing by it' : null);

const onlyOnHtp: Unless = ({ kind }) => (kind === 'htp' ? null : 'every other runtime computes this form right');

/** Emulated with QAIRT 2.51: Split, Concat in another order, along height and then along width (7.8 dB); with Slices 79.5 dB. */
const slicesOnHtp: Unless = ({ kind }) => (kind === 'htp' ? 'the HTP compiler computes a shift along height and then width wrong when it is written with Split; the graph is one with Slices too' : null);

/** What an SDK older than the one here does with CRD is not known; those of 2022 decompose it. */
const nativeShuffle: Unless = ({ kind, sdk }) => {
  if (kind === 'ane') return 'pixel_shuffle of Core ML is CRD';
  if (kind === 'htp' && sdk !== null && isOlder(sdk, TRIED_SDK)) return null;
  return kind === 'htp'
    ? 'the HTP compilers of 2026 have a CRD kernel, and DCR moves more memory in places; with static shapes the compiler decides'
    : 'a CPU runs both orders alike';
};

const firstBoth: Unless = (target, precision) => notOnHost(target, precision) ?? notForSmallWeights(target, precision);

const ENTRIES: readonly Entry[] = [
  { id: 'clean/dead', why: 'nothing depends on them' },
  { id: 'clean/identity', why: 'compilers copy for some of them' },
  { id: 'clean/dropout', why: 'inference only' },
  { id: 'clean/no-op-movement', why: 'compilers copy for some of them' },
  { id: 'clean/no-op-cast', why: 'compilers copy for some of them' },
  { id: 'clean/no-op-arithmetic', why: 'one pass over the tensor less' },
  { id: 'clean/no-op-resize', why: 'one pass over the tensor less' },
  { id: 'clean/shape-leftovers', why: 'phone compilers want shapes that stand in the file' },
  { id: 'clean/constants', why: 'computed once here instead of on every load' },
  { id: 'clean/cast-chain', why: 'one pass over the tensor less' },
  { id: 'clean/common-subexpressions', why: 'computed once' },
  { id: 'clean/reshape-target', why: 'phone compilers want shapes that stand in the file' },
  { id: 'clean/transpose-chain', why: 'data moved once' },
  { id: 'clean/reshape-chain', why: 'data moved once' },
  { id: 'clean/repeats', why: 'no five or six axes for a repetition' },
  { id: 'clean/chunk-to-split', why: 'one node, read once', unless: slicesOnHtp },
  { id: 'clean/float64-islands', why: 'no NPU computes in float64' },
  { id: 'clean/layer-norm', why: 'both NPUs have it as one operator' },
  { id: 'clean/gelu', why: 'both NPUs have it as one operator' },
  { id: 'fold/batch-norm', why: 'free in the weights' },
  { id: 'fold/affine', why: 'free in the weights' },
  { id: 'fold/affine-forward', why: 'free in the weights' },
  { id: 'fold/serial', why: 'one convolution, where multiply-accumulates do not rise' },
  { id: 'fold/parallel', why: 'one convolution instead of the branches' },
  { id: 'fold/skip', why: 'the addition costs nothing in the weights', unless: notForSmallWeights },
  { id: 'fold/residual-before-shuffle', why: 'added at low resolution' },
  { id: 'fold/carry-residual', why: 'the input need not be kept until the end', unless: firstBoth },
  { id: 'rank/split', why: 'no axis for queries, keys and values', unless: onlyOnUnits },
  { id: 'rank/join', why: 'moved once instead of twice' },
  { id: 'rank/chain', why: 'ranks above the limit leave the unit; fewest steps, named operators' },
  { id: 'rank/collapse', why: 'ranks above the limit leave the unit', unless: onlyOnUnits },
  { id: 'permute/into-weights', why: 'a channel order costs nothing in the weights' },
  { id: 'permute/crd-to-dcr', why: 'the shuffle the target has', unless: nativeShuffle },
  { id: 'form/clip-bounds', why: 'the HTP compiler ignores bounds that are attributes', unless: onlyOnHtp },
  { id: 'form/uint8-transpose', why: 'the HTP compiler leaves a Transpose of bytes on the CPU', unless: onlyOnHtp },
  { id: 'form/cast-uint8', why: 'the HTP compiler reads the Cast as a boolean', unless: onlyOnHtp },
  { id: 'form/cast-to-uint8', why: 'the HTP compiler leaves transposes of plain bytes on the CPU', unless: onlyOnHtp },
  { id: 'form/non-negative-indices', why: 'the HTP compiler picks other elements for negative ones', unless: onlyOnHtp },
  { id: 'form/explicit-pool-padding', why: 'the HTP compiler divides by other counts', unless: onlyOnHtp },
  { id: 'form/hard-swish', why: 'the HTP compiler multiplies by x twice', unless: onlyOnHtp },
  { id: 'form/resize-grid', why: 'the HTP compiler samples other grids', unless: onlyOnHtp },
  { id: 'form/shuffle-scale', why: 'the HTP compiler moves levels without converting them', unless: onlyOnHtp },
  { id: 'form/wide-activation', why: 'the HTP compiler ignores the scale behind them', unless: onlyOnHtp },
  { id: 'form/reciprocal', why: 'NPUs divide slowly', unless: notOnHost },
];
