import { expect } from 'vitest';
import { runToFixpoint } from '../../../../converters/rewrites/fixpoint.ts';
import { rankRewrites } from '../../../../converters/rewrites/rank/index.ts';
import type { RewriteContext } from '../../../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import type { TargetProfile } from '../../../../converters/rules/target-profile.ts';
import type { NdArray, RewriteRecord } from '../../../../models/contracts/index.ts';
import { type Dim, inferShapes, Model } from '../../../../models/graph/index.ts';
import { decodeModel, type ModelProto, Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type GraphSpec, type ModelSpec, type NodeSpec, toBytes } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';

export interface Reduced {
  readonly model: Model;
  readonly proto: ModelProto;
  readonly records: readonly RewriteRecord[];
  readonly opTypes: readonly string[];
  readonly highestRank: number;
  /** Node, input and output shapes that are left, as `Transpose[3, 128, 2]→[2, 3, 128]`. */
  readonly moves: readonly { readonly opType: string; readonly from: readonly Dim[]; readonly to: readonly Dim[]; readonly perm: readonly number[] | undefined }[];
}

/** A target with the given ranks, all shuffles native unless told. */
export function targetOfRank(limit: number, preferred = limit, nativeOps: readonly string[] = ['DepthToSpace:DCR', 'DepthToSpace:CRD', 'SpaceToDepth']): TargetProfile {
  return { ...resolveTarget('ane'), label: `rank ${limit}`, rankLimit: limit, preferredRank: preferred, nativeOps: new Set(nativeOps) };
}

/** Runs this folder's rewrites, and nothing else, until none fires; holds that a second run changes no byte. */
export function reduceRanks(source: ModelProto, target: TargetProfile | string = 'ane'): Reduced {
  const profile = typeof target === 'string' ? resolveTarget(target) : target;
  const first = rewriteOnce(source, profile);
  const again = rewriteOnce(decodeModel(toBytes(first.proto)).proto, profile);
  expect(again.records.filter(({ outcome }) => outcome === 'fired')).toEqual([]);
  expect(Buffer.compare(toBytes(first.proto), toBytes(again.proto))).toBe(0);
  return first;
}

/** Outputs before and after are the same bits on the same feeds. */
export async function expectSameBits(source: ModelProto, reduced: Reduced, feeds: Readonly<Record<string, NdArray>>): Promise<void> {
  const [before, after] = [await runOrt(source, feeds), await runOrt(reduced.proto, feeds)];
  expect([...after.keys()]).toEqual([...before.keys()]);
  for (const [name, expected] of before) {
    const actual = after.get(name) as NdArray;
    expect(actual.dims, name).toEqual(expected.dims);
    expect(Buffer.compare(bytesOf(actual), bytesOf(expected)), name).toBe(0);
  }
}

/** Whole numbers 0, 1, 2, … : a permuted element cannot hide. */
export function ramp(dims: readonly number[], dtype: 'float32' | 'int64' | 'int32' | 'uint8' = 'float32'): NdArray {
  const size = dims.reduce((a, b) => a * b, 1);
  if (dtype === 'int64') return { dtype, dims, data: BigInt64Array.from({ length: size }, (_, i) => BigInt(i)) };
  return ndarray(dtype, dims, Array.from({ length: size }, (_, i) => i));
}

/** A model of one chain: each node reads the one before; `y` is the output. */
export function chainModel(dims: readonly Dim[], nodes: readonly ChainNode[], more: Partial<ModelSpec> & { readonly dtype?: 'float32' | 'int64' | 'uint8' } = {}): ModelProto {
  const dtype = more.dtype ?? 'float32';
  const initializers: Record<string, Tensor> = { ...more.initializers };
  const specs = nodes.map(([opType, attributes, extra], i): NodeSpec => {
    const inputs = [i === 0 ? 'x' : `v${i}`];
    if (extra && typeof extra[0] === 'string') inputs.push(...(extra as readonly string[]));
    else if (extra) {
      initializers[`c${i}`] = Tensor.of('int64', [extra.length], extra as readonly number[]);
      inputs.push(`c${i}`);
    }
    return [opType, inputs, [i === nodes.length - 1 ? 'y' : `v${i + 1}`], attributes ?? {}, { name: `n${i}` }];
  });
  const spec: GraphSpec = { inputs: { x: [dtype, dims] }, outputs: { y: [dtype, null] }, nodes: specs, initializers };
  return buildModel({ ...spec, ...more, initializers });
}

/** Op type, attributes, and an int64 constant or names as further inputs. */
export type ChainNode = readonly [opType: string, attributes?: NodeSpec[3] | null, extra?: readonly number[] | readonly string[]];

export const reshape = (...shape: number[]): ChainNode => ['Reshape', null, shape];
export const transpose = (...perm: number[]): ChainNode => ['Transpose', { perm }];

function rewriteOnce(source: ModelProto, target: TargetProfile): Reduced {
  const model = new Model(decodeModel(toBytes(source)).proto);
  const context: RewriteContext = {
    model, graph: model.graph, opset: model.opset, target, precision: 'fp32', allow: new Set(), contracts: new Map(),
  };
  const { journal } = runToFixpoint(rankRewrites, context, { bans: new Map(), capture: false });
  inferShapes(model);
  const nodes = [...model.graph.nodes()];
  const values = nodes.flatMap((node) => node.outputs.flatMap((value) => value ?? []));
  return {
    model, proto: model.toProto(), records: journal.records([]), opTypes: nodes.map((node) => node.opType),
    highestRank: Math.max(...values.map((value) => value.type.shape?.length ?? 0)),
    moves: nodes.filter((node) => !['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity'].includes(node.opType)).map((node) => ({
      opType: node.opType, from: node.input(0)?.type.shape ?? [], to: node.output()?.type.shape ?? [], perm: node.attributes.ints('perm'),
    })),
  };
}

function bytesOf({ data }: NdArray): Buffer {
  return Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}
