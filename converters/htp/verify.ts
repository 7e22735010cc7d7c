import type { Executor, Finding, NamedArrays, NdArray } from '../../models/contracts/index.ts';
import type { Model, Node, StaticShapes } from '../../models/graph/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { type InputSpec, seededInputs } from '../../models/run/index.ts';
import { scopeName } from '../rules/index.ts';
import { roundingDepths } from './depth.ts';
import { firstDivergence } from './first-divergence.ts';
import { FP16_MAX, type HtpArithmetic, type Judgement, judge } from './judge.ts';
import { prepareModel } from './prepare-model.ts';
import { type Reproducer, regionInputs, reproduce } from './reproducer.ts';

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
  /** Evidence `emulated`: one wrong result, or one overflow, or none. */
  readonly findings: readonly Finding[];
  readonly reproducer: Reproducer | null;
}

/**
 * Whether what HTP took computes right: emulated outputs against ONNX Runtime's, on seeded and on given inputs, judged by what fp16 or int8
 * explains; where they differ by more, the first node that does. Throws as executors do.
 */
export async function verifyOnHtp(request: VerifyRequest): Promise<HtpVerification> {
  const prepared = await prepareModel(request.modelPath, request.static ? { static: request.static } : {});
  try {
    const { model, path } = prepared;
    const arithmetic = arithmeticOf(model);
    const feeds = [...(request.feeds ?? []), ...seededInputs(inputSpecs(model, request.ranges), { seed: request.seed ?? 1, kinds: ['unit', 'normal'] })];
    const run = request.signal ? { signal: request.signal } : {};
    const [expected, emulated] = await Promise.all([request.host.run(path, feeds, run), request.emulator.run(path, feeds, run)]);
    const depths = roundingDepths(model.graph);
    const judged = model.graph.outputs.flatMap(({ name, producer }) => feeds.map((_, feed) => {
      const [reference, actual] = [expected[feed]?.get(name), emulated[feed]?.get(name)];
      return { name, feed, judgement: reference && actual ? judge(reference, actual, arithmetic, producer ? (depths.get(producer) ?? 1) : 1) : null };
    }));
    const outputs = new Map<string, Judgement>();
    for (const { name, judgement } of judged) if (judgement && judgement.db - judgement.floor < margin(outputs.get(name))) outputs.set(name, judgement);
    const base = { executor: request.emulator.id, arithmetic, inputs: feeds.length, outputs };
    const wrong = judged.find(({ judgement }) => judgement && judgement.verdict !== 'explained');
    if (wrong?.judgement) return { ...base, ...(await explain({ ...request, modelPath: path }, model, arithmetic, feeds[wrong.feed] as NamedArrays, wrong.name, wrong.judgement)) };
    return { ...base, findings: [], reproducer: null };
  } finally {
    await prepared.release();
  }
}

/** A quantizer that feeds a dequantizer makes a quantized graph; one at the face only converts. */
function arithmeticOf({ graph }: Model): HtpArithmetic {
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

async function explain(
  request: VerifyRequest, model: Model, arithmetic: HtpArithmetic, feed: NamedArrays, output: string, judgement: Judgement,
): Promise<Pick<HtpVerification, 'findings' | 'reproducer'>> {
  const { modelPath, emulator, host, signal } = request;
  const divergence = await firstDivergence({ modelPath, graph: model.graph, feed, emulator, host, arithmetic, ...(signal ? { run: { signal } } : {}) });
  const node = divergence?.node ?? model.graph.values.get(output)?.producer ?? null;
  const place = divergence?.value ?? output;
  if ((divergence?.judgement ?? judgement).verdict === 'overflow') return { findings: [overflowFinding(emulator, node, place)], reproducer: null };
  const alone = node ? { modelPath, model, node, feed, emulator, host, arithmetic } : null;
  const fed = alone ? [...(await regionInputs(alone))].find(([, array]) => largest(array) > FP16_MAX)?.[0] : undefined;
  if (fed !== undefined) return { findings: [overflowFinding(emulator, model.graph.values.get(fed)?.producer ?? null, fed)], reproducer: null };
  const reproducer = alone ? await reproduce(alone) : null;
  const { db, floor } = reproducer?.judgement ?? divergence?.judgement ?? judgement;
  const finding: Finding = {
    rule: 'htp/emulated-result', target: targetOf(emulator), severity: 'wrong-result', evidence: 'emulated',
    confidence: reproducer ? 'very high' : 'high', node: node?.label ?? output, opType: node?.opType ?? '', scope: node ? scopeName(node) : null,
    value: place, shape: null,
    reason: `HTP takes it and computes something else: ${text(db)} against ONNX Runtime, where ${arithmetic} explains ${text(floor)} or more. ${reproducer ? 'A model of this operator alone shows it.' : 'Alone it is right: the graph around it has part in the error.'}`,
    remedy: 'dyno rewrite --target htp mends the forms that are known; else write the operator in another form.', rewrites: [],
    sources: [`${emulator.id}, ${reproducer ? 'one-node reproducer' : 'whole model'}`], cause: `emulated:${node?.label ?? output}`,
  };
  return { findings: [finding], reproducer };
}

function overflowFinding(emulator: Executor, node: Node | null, value: string): Finding {
  return {
    rule: 'htp/emulated-overflow', target: targetOf(emulator), severity: 'overflow', evidence: 'emulated', confidence: 'high',
    node: node?.label ?? value, opType: node?.opType ?? '', scope: node ? scopeName(node) : null, value, shape: null,
    reason: 'Values beyond 65504 come out as something else: floats are computed in fp16.', remedy: 'Rescale or clip before this node, or quantize the model.',
    rewrites: [], sources: [emulator.id], cause: `emulated-overflow:${node?.label ?? value}`,
  };
}

function largest(array: NdArray): number {
  return Tensor.fromNdArray(array).numbers().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function targetOf({ id }: Executor): string {
  return id.replace(/^emulator:/, 'htp:');
}

function text(db: number): string {
  return Number.isFinite(db) ? `${db.toFixed(1)} dB` : 'not a number in common';
}
