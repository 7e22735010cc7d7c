import type { Comparison, NamedArrays } from '../../models/contracts/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { htpExecutor, type HtpVerification, verifyOnHtp } from '../htp/index.ts';
import { type Candidate, htpOptions, SAME_FACE } from './candidate.ts';
import { facedFeeds, unfacedOutputs } from './faced-feeds.ts';
import type { TuneRequest } from './tune-request.ts';
import type { Variant, VariantBuilder } from './variant-builder.ts';

/** How it is known that a variant is the model. */
export interface Proof {
  /** Float variant against the file, every rewrite and the face, in ONNX Runtime; null for the file as it stands, or where nothing fired. */
  readonly rewritten: Comparison | null;
  /** old(x) against post(new(pre(x))) on calibration inputs in ONNX Runtime, dB of the old output's range. `computed`; null without quantization. */
  readonly quantizedDb: number | null;
  /** The emulator against ONNX Runtime on the variant that is shipped, or on a smaller one where that would take hours. */
  readonly emulated: { readonly db: number; readonly floor: number; readonly small: boolean } | null;
  /** Why it is not taken; null where all holds. */
  readonly failure: string | null;
}

/** Beyond this one emulated run takes minutes: 2 s per billion. */
const MOST_MACS = 40e9;
/** Below this a quantized network is not the same network. */
const LEAST_QUANTIZED_DB = 20;
const COMPARED = 4;

/**
 * Proves the variant of a candidate: made again with each rewrite, the whole and the face run before and after; quantized, it is compared with
 * the file it came from; and what HTP computes is held against ONNX Runtime.
 */
export async function proveVariant(candidate: Candidate, request: TuneRequest, builder: VariantBuilder): Promise<Proof> {
  const [plain, verified] = [await builder.final(candidate), await builder.verified(candidate)];
  const rewritten = verified.log?.whole ?? null;
  const nothing = { rewritten, quantizedDb: null, emulated: null };
  if (plain.sha256 !== verified.sha256) return { ...nothing, failure: 'one of its rewrites does not hold in ONNX Runtime' };
  const quantizedDb = candidate.place === 'float' ? null : await comparedWithOriginal(candidate, request, builder);
  if (quantizedDb !== null && quantizedDb < LEAST_QUANTIZED_DB) return { ...nothing, quantizedDb, failure: `quantized it is ${quantizedDb.toFixed(1)} dB from the model: another function` };
  const small = plain.macs > MOST_MACS;
  const emulation = await emulate(small ? await builder.small(candidate) : plain, candidate, request);
  const [finding] = emulation.findings;
  const worst = [...emulation.outputs.values()].sort((a, b) => a.db - a.floor - (b.db - b.floor))[0];
  return {
    rewritten, quantizedDb, emulated: worst ? { db: worst.db, floor: worst.floor, small } : null,
    failure: finding ? `emulated at ${finding.node}: ${finding.reason}` : null,
  };
}

function emulate(variant: Variant, candidate: Candidate, { toolchain, soc, fixed = {}, source }: TuneRequest): Promise<HtpVerification> {
  const emulator = htpExecutor(toolchain, soc, { ...fixed, ...htpOptions(candidate.compiler) });
  return verifyOnHtp({ modelPath: variant.path, emulator, host: source.executor, seed: source.seed, ...(source.signal ? { signal: source.signal } : {}) });
}

async function comparedWithOriginal(candidate: Candidate, { source }: TuneRequest, builder: VariantBuilder): Promise<number> {
  const original = await builder.small(originalOf(candidate));
  const variant = await builder.small(candidate);
  const feeds = source.calibration.slice(0, COMPARED);
  const run = source.signal ? { signal: source.signal } : {};
  const expected = await source.executor.run(original.path, feeds, run);
  const actual = await source.executor.run(variant.path, facedFeeds(variant.adapter, feeds), run);
  return Math.min(...expected.map((outputs, i) => decibels(outputs, unfacedOutputs(variant.adapter, actual[i] as NamedArrays))));
}

function originalOf(candidate: Candidate): Candidate {
  return { ...candidate, base: 'as-is', also: [], without: [], place: 'float', face: SAME_FACE, rows: null, compiler: {} };
}

/** Worst output: range of the expected one over the root mean square error. */
function decibels(expected: NamedArrays, actual: NamedArrays): number {
  return Math.min(...[...expected].map(([name, array]) => {
    const [a, b] = [array, actual.get(name)].map((side) => (side ? Tensor.fromNdArray(side).numbers() : new Float64Array(0))) as [Float64Array, Float64Array];
    if (a.length !== b.length) return Number.NEGATIVE_INFINITY;
    let [low, high, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    a.forEach((value, i) => {
      low = Math.min(low, value);
      high = Math.max(high, value);
      squares += (value - (b[i] as number)) ** 2;
    });
    return squares === 0 ? Number.POSITIVE_INFINITY : 20 * Math.log10(Math.max(high - low, 1e-6) / Math.sqrt(squares / a.length));
  }));
}
