import type { Executor, Finding, NamedArrays } from '../../models/contracts/index.ts';
import type { Model, StaticShapes } from '../../models/graph/index.ts';
import { type InputSpec, seededInputs } from '../../models/run/index.ts';
import { roundingDepths } from './depth.ts';
import { explainDivergences } from './explain-divergences.ts';
import { type HtpArithmetic, type Judgement, judge } from './judge.ts';
import { prepareModel } from './prepare-model.ts';
import { emulationLimitMs } from './time-limit.ts';
import type { Reproducer } from './reproducer.ts';

export interface VerifyRequest {
  readonly modelPath: string;
  /** `emulator:CHIP`. */
  readonly emulator: Executor;
  /** ONNX Runtime, as the reference. */
  readonly host: Executor;
  /** The user's own inputs; seeded ones are run besides. */
  readonly feeds?: readonly NamedArrays[];
  readonly seed?: number;
  /** Ranges of inputs by name, both ends included. */
  readonly ranges?: ReadonlyMap<string, readonly [number, number]>;
  /** Sizes of inputs that the file leaves open. */
  readonly static?: StaticShapes;
  readonly signal?: AbortSignal;
}

export interface HtpVerification {
  readonly executor: string;
  readonly arithmetic: HtpArithmetic;
  readonly inputs: number;
  /** Worst judgement of each output over all inputs. */
  readonly outputs: ReadonlyMap<string, Judgement>;
  /** Evidence `emulated`: every operator found that computes something else, in graph order; none where the outputs agree. */
  readonly findings: readonly Finding[];
  /** One for each wrong operator that is wrong alone, too. */
  readonly reproducers: readonly Reproducer[];
}

/**
 * Whether what HTP took computes right: emulated outputs against ONNX Runtime's, on seeded and on given inputs, judged by what fp16 or int8
 * explains; where they differ by more, the operators that do it. Throws as executors do.
 */
export async function verifyOnHtp(request: VerifyRequest): Promise<HtpVerification> {
  const prepared = await prepareModel(request.modelPath, request.static ? { static: request.static } : {});
  try {
    const { model, path: modelPath } = prepared;
    const { emulator, host } = request;
    const arithmetic = arithmeticOf(model);
    const feeds = [...(request.feeds ?? []), ...seededInputs(inputSpecs(model, request.ranges), { seed: request.seed ?? 1, kinds: ['unit', 'normal'] })];
    const run = { timeoutMs: emulationLimitMs(prepared.names.length, prepared.macs, feeds.length), ...(request.signal ? { signal: request.signal } : {}) };
    const [expected, emulated] = await Promise.all([host.run(modelPath, feeds, run), emulator.run(modelPath, feeds, run)]);
    const depths = roundingDepths(model.graph);
    const judged = model.graph.outputs.flatMap(({ name, producer }) => feeds.flatMap((feed, index) => {
      const [reference, actual] = [expected[index]?.get(name), emulated[index]?.get(name)];
      return reference && actual ? [{ name, feed, judgement: judge(reference, actual, arithmetic, producer ? (depths.get(producer) ?? 1) : 1) }] : [];
    }));
    const outputs = new Map<string, Judgement>();
    for (const { name, judgement } of judged) if (judgement.db - judgement.floor < margin(outputs.get(name))) outputs.set(name, judgement);
    const wrong = judged.find(({ judgement }) => judgement.verdict !== 'explained');
    const explained = wrong ? await explainDivergences({ modelPath, model, emulator, host, arithmetic, feed: wrong.feed, run }, wrong.name, wrong.judgement) : { findings: [], reproducers: [] };
    return { executor: emulator.id, arithmetic, inputs: feeds.length, outputs, ...explained };
  } finally {
    await prepared.release();
  }
}

/** A quantizer that feeds a dequantizer makes a quantized graph; one at the face only converts. */
export function arithmeticOf({ graph }: Model): HtpArithmetic {
  const pairs = [...graph.nodes()].some((node) => node.is('QuantizeLinear') && node.output()?.consumers.some((next) => next.is('DequantizeLinear')));
  return pairs ? 'int8' : 'fp16';
}

function margin(judgement: Judgement | undefined): number {
  return judgement ? judgement.db - judgement.floor : Number.POSITIVE_INFINITY;
}

function inputSpecs({ graph }: Model, ranges: VerifyRequest['ranges']): InputSpec[] {
  return graph.inputs.filter(({ initializer }) => !initializer).map(({ name, type }) => {
    const range = ranges?.get(name) ?? (type.dtype === 'uint8' ? ([0, 255] as const) : undefined);
    return { name, dtype: type.dtype, dims: type.shape ?? [], ...(range ? { range } : {}) };
  });
}
