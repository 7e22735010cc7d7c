import { arithmeticOf, contextExecutor, floorDb, type HtpArithmetic, judge, openHtpToolchain, roundingDepths } from '../../converters/htp/index.ts';
import type { HtpSoc } from '../../converters/rules/index.ts';
import type { Variant } from '../../device-harness/index.ts';
import { feedHash } from '../../device-harness/pack/feed-hash.ts';
import { ExternalError } from '../../models/contracts/errors.ts';
import type { Executor, NamedArrays } from '../../models/contracts/executor.ts';
import type { NdArray } from '../../models/contracts/ndarray.ts';
import type { OutputComparison } from '../../models/contracts/records.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { openModel } from './open-model.ts';

/** What gave the outputs: their unit, and whether it was hardware. */
export interface OutputOrigin {
  readonly unit: string;
  /** Chip of the phone; null where it is none that can be emulated. */
  readonly soc: HtpSoc | null;
  /** A phone of ours. */
  readonly virtual: boolean;
  /** This machine's own processor, through another runtime. */
  readonly here?: boolean;
}

/** Compares outputs of phones with references of this machine. Each reference is computed once for each variant; closed with `close`. */
export interface OutputVerifier {
  /**
   * `outputs` in the model's words, for the variant's own feed: against ONNX Runtime, and of `htp` against the emulator of the same chip where
   * it is installed. The output that agrees least stands for all. Throws ExternalError for outputs that are missing.
   */
  verify(variant: Variant, origin: OutputOrigin, outputs: NamedArrays): Promise<OutputComparison[]>;
  close(): Promise<void>;
}

export function openVerifier(env: NodeJS.ProcessEnv, signal: AbortSignal): OutputVerifier {
  const host = createHostExecutor();
  const found = openHtpToolchain(env);
  const toolchain = found instanceof Error ? null : found;
  const known = new Map<string, Promise<NamedArrays>>();
  const reference = (executor: Executor, { modelPath, sha256, feed }: Variant): Promise<NamedArrays> => {
    const key = `${executor.id} ${sha256} ${feedHash(feed)}`;
    const before = known.get(key) ?? executor.run(modelPath, [feed], { optimization: 'off', signal }).then(([outputs]) => outputs as NamedArrays);
    known.set(key, before);
    return before;
  };
  return {
    verify: async (variant, origin, outputs) => {
      const evidence = origin.here ? 'verified(host)' : origin.virtual ? 'verified(simulated)' : 'verified(device)';
      const judgement = rulesFor(variant, origin.unit);
      const compare = async (executor: Executor): Promise<OutputComparison> => ({ evidence, against: executor.id, ...compareOutputs(await reference(executor, variant), outputs, judgement) });
      const emulator = origin.unit === 'htp' && toolchain && origin.soc ? contextExecutor(toolchain, origin.soc) : null;
      return [await compare(host), ...(emulator ? [await compare(emulator)] : [])];
    },
    close: async () => {
      await host.close();
      await toolchain?.close();
    },
  };
}

/** How far an output may be from the reference, by output. */
interface Rules {
  readonly arithmetic: HtpArithmetic;
  /** Least dB that counts as explained, by the operators before an output. */
  readonly floor: (depth: number) => number;
  readonly depths: ReadonlyMap<string, number>;
}

/**
 * float32 rounds to 2⁻²⁴ of a value, 144 dB below it; sums of some thousand products in another order cost 40 dB of that. A GPU keeps sums in fp16
 * as well: with K of them the error grows by √K, 24 dB for 256.
 */
const FLOAT32 = { one: 104, least: 70 };
const GPU_SUMS = 24;
const GPU_LEAST = 25;
/** bfloat16 keeps 8 bits of a value where fp16 keeps 11. */
const BFLOAT16 = 18;

function rulesFor({ modelPath }: Variant, unit: string): Rules {
  const { model, close } = openModel(modelPath);
  try {
    const depths = roundingDepths(model.graph);
    const arithmetic = arithmeticOf(model);
    return { arithmetic, floor: floorFor(unit, arithmetic), depths: new Map(model.graph.outputs.map(({ name, producer }) => [name, producer ? (depths.get(producer) ?? 1) : 1])) };
  } finally {
    close();
  }
}

function floorFor(unit: string, arithmetic: HtpArithmetic): Rules['floor'] {
  if (unit.endsWith(':bf16')) return (depth) => Math.max(GPU_LEAST, floorDb(arithmetic, depth) - BFLOAT16);
  if (unit === 'gpu') return (depth) => Math.max(GPU_LEAST, floorDb(arithmetic, depth) - GPU_SUMS);
  if (/^cpu(?::|$)/.test(unit) && arithmetic === 'fp16') return (depth) => Math.max(FLOAT32.least, FLOAT32.one - 10 * Math.log10(Math.max(1, depth)));
  return (depth) => floorDb(arithmetic, depth);
}

/** The output that agrees least. What has nothing in common with its reference, such as NaN for a number, is 0 dB. */
function compareOutputs(expected: NamedArrays, actual: NamedArrays, { arithmetic, floor, depths }: Rules): Omit<OutputComparison, 'evidence' | 'against'> {
  const compared = [...expected].map(([output, reference]) => {
    const array = actual.get(output);
    if (!array) throw new ExternalError(`The device gave no output "${output}".`, 'qnn-net-run', `It gave: ${[...actual.keys()].join(', ') || 'none'}.`);
    const depth = depths.get(output) ?? 1;
    const judged = judge(reference, array, arithmetic, depth);
    const least = floor(depth);
    const explained = least > judged.floor ? judged.db >= least : judged.verdict === 'explained' || judged.db >= least;
    const db = judged.db === Number.POSITIVE_INFINITY ? null : Math.max(0, judged.db);
    return { output, bitEqual: sameBits(reference, array), maxAbs: Math.min(judged.maxAbs, Number.MAX_VALUE), db, explained, margin: judged.db - least };
  });
  const [{ margin: _margin, ...worst }] = compared.sort((a, b) => a.margin - b.margin) as [(typeof compared)[number]];
  return worst;
}

function sameBits(a: NdArray, b: NdArray): boolean {
  return a.dtype === b.dtype && a.dims.join() === b.dims.join() && Buffer.compare(Tensor.fromNdArray(a).bytes(), Tensor.fromNdArray(b).bytes()) === 0;
}
