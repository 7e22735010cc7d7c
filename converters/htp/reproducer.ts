import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor, NamedArrays, NdArray } from '../../models/contracts/index.ts';
import type { Model, Node, Value } from '../../models/graph/index.ts';
import { writeType } from '../../models/graph/type-proto.ts';
import { encodeModel, type ModelProto } from '../../models/onnx/index.ts';
import { nothing } from './first-divergence.ts';
import { type HtpArithmetic, type Judgement, judge } from './judge.ts';

/** A model of one operator that shows a wrong result by itself. */
export interface Reproducer {
  /** Label of the node in the user's model. */
  readonly node: string;
  readonly opType: string;
  readonly bytes: Uint8Array;
  readonly inputs: NamedArrays;
  readonly expected: NamedArrays;
  readonly emulated: NamedArrays;
  readonly judgement: Judgement;
}

export interface ReproducerRequest {
  readonly modelPath: string;
  readonly model: Model;
  readonly node: Node;
  readonly feed: NamedArrays;
  readonly emulator: Executor;
  readonly host: Executor;
  readonly arithmetic: HtpArithmetic;
}

/**
 * Cuts the operator out (with the quantization around it), feeds it what ONNX Runtime feeds it inside of the model, and runs it alone on both.
 * Null where it is right alone, or is not taken by HTP alone: then the graph around it has part in the error.
 */
export async function reproduce(request: ReproducerRequest): Promise<Reproducer | null> {
  const region = regionOf(request.node);
  const inputs = await regionInputs(request);
  const bytes = encodeModel(cutOut(request.model, region, inputs));
  const folder = await mkdtemp(join(tmpdir(), 'dyno-reproduce-'));
  try {
    const path = join(folder, 'model.onnx');
    await writeFile(path, bytes);
    const [expected] = await request.host.run(path, [inputs]);
    const [emulated] = await request.emulator.run(path, [inputs]).catch(nothing);
    if (!expected || !emulated) return null;
    const judged = [...expected].map(([name, reference]) => judge(reference, emulated.get(name) as NdArray, request.arithmetic, 1));
    const worst = judged.find(({ verdict }) => verdict === 'wrong');
    return worst ? { node: request.node.label, opType: request.node.opType, bytes, inputs, expected, emulated, judgement: worst } : null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What ONNX Runtime feeds the operator inside of the model. */
export async function regionInputs(request: ReproducerRequest): Promise<NamedArrays> {
  return valuesOf(request, openInputs(regionOf(request.node)));
}

/** The node; where it computes between quantizers, the dequantizers before and the quantizer after it too; a quantizer brings what it quantizes. */
function regionOf(node: Node): Node[] {
  const core = node.is('QuantizeLinear') ? (node.input(0)?.producer ?? node) : node;
  const before = core.inputs.flatMap((value) => (value?.producer?.is('DequantizeLinear') ? [value.producer] : []));
  const after = before.length === 0 ? [] : (core.output()?.consumers ?? []).filter((next) => next.is('QuantizeLinear')).slice(0, 1);
  return [...new Set([...before, core, ...(node === core ? [] : [node]), ...after])];
}

function openInputs(region: readonly Node[]): Value[] {
  const values = region.flatMap((node) => node.inputs.filter((value): value is Value => value !== null));
  return [...new Set(values)].filter((value) => !value.constant && !(value.producer && region.includes(value.producer)));
}

async function valuesOf({ modelPath, feed, host }: ReproducerRequest, values: readonly Value[]): Promise<NamedArrays> {
  const inside = values.filter(({ name }) => !feed.has(name)).map(({ name }) => name);
  const [outputs] = inside.length > 0 ? await host.run(modelPath, [feed], { fetch: inside }) : [new Map<string, NdArray>()];
  return new Map(values.map(({ name }) => [name, (feed.get(name) ?? outputs?.get(name)) as NdArray]));
}

function cutOut(model: Model, region: readonly Node[], inputs: NamedArrays): ModelProto {
  const constants = new Set(region.flatMap((node) => node.inputs.filter((value): value is Value => Boolean(value?.constant))));
  const outputs = region.flatMap((node) => node.outputs.filter((value): value is Value => value !== null)).filter((value) => !value.consumers.some((next) => region.includes(next)));
  return {
    irVersion: model.proto.irVersion ?? 8,
    opsetImport: model.proto.opsetImport ?? [],
    graph: {
      name: 'reproducer',
      node: region.map(({ proto }) => proto),
      initializer: [...constants].flatMap((value) => (value.constant ? [value.constant.toProto(value.name)] : [])),
      input: [...inputs].map(([name, { dtype, dims }]) => ({ name, type: writeType({ kind: 'tensor', dtype, shape: dims }) })),
      output: outputs.map(({ name, type }) => ({ name, ...(type.dtype && type.shape ? { type: writeType(type) } : {}) })),
    },
  };
}
