import ort from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import {
  applyEncodings,
  type EncodingsFile,
  encodingsOf,
  extractEncodings,
  followEncodings,
  type IntEncoding,
  permuteEncoding,
  requireResolved,
} from '../../../converters/encodings/index.ts';
import { crdToDcr } from '../../../converters/rewrites/permute/order.ts';
import { rewriteModel } from '../../../converters/rewrites/engine.ts';
import { resolveTarget } from '../../../converters/rules/resolve-target.ts';
import type { NamedArrays } from '../../../models/contracts/index.ts';
import { inferShapes, type Model } from '../../../models/graph/index.ts';
import { type ModelProto, readModel } from '../../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../../models/run/index.ts';
import { toBytes } from '../../support/build-model.ts';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { graphOf, quantized } from './quantized.ts';
import { quickSrNet15 } from './quicksrnet.ts';

const path = temporaryFolder();
const executor = createHostExecutor();
afterAll(() => executor.close());

const STEPS = ['rank/chain', 'permute/into-weights', 'permute/crd-to-dcr'];

interface Network {
  readonly proto: ModelProto;
  /** Layers before the shuffle, whose output channels move, with the block size. */
  readonly last: readonly string[];
  readonly blocksize: number;
}

const NETWORKS: Record<string, () => Network> = {
  'quicksrnet-small-x2, its trained weights': () => ({
    proto: readModel(`${repoRoot}/models/zoo/weights/quicksrnet-small-x2.onnx`).proto,
    last: ['last.weight'],
    blocksize: 2,
  }),
  '×1.5': () => ({ proto: quickSrNet15({ features: 8, layers: 2, anchor: false }), last: ['conv_last.weight'], blocksize: 3 }),
  '×1.5 with an anchor': () => ({
    proto: quickSrNet15({ features: 8, layers: 3, anchor: true }),
    last: ['conv_last.weight', 'anchor.net.weight'],
    blocksize: 3,
  }),
};

describe.each(Object.entries(NETWORKS))('%s', (_, make) => {
  test('rewritten and permuted with its encodings: the same integers as the QDQ model it was', async () => {
    const { proto, last, blocksize } = make();
    const feeds = feedsOf(graphOf(proto));
    const { model: qdq, encodings } = await quantized(proto, feeds, path('m.onnx'), executor);
    const float = extractEncodings(qdq);

    const [plain] = await outputs(proto, feeds, 'all');
    const direct = (await rewrite(qdq)).model;
    const followed = await rewriteWith(float.model, float.file);
    const applied = applyEncodings(followed.model, followed.file).model;
    for (const model of [direct, applied]) {
      expect(shuffleMode(model)).toBe('DCR');
      expect(
        [...model.graph.nodes()].some((node) => node.is('Gather') || (node.is('Transpose') && node.input(0)?.type.shape?.length === 6)),
      ).toBe(false);
    }
    for (const level of ['disabled', 'all'] as const) {
      const [want, ...got] = await Promise.all([qdq, direct, applied].map((model) => outputs(model.toProto(), feeds, level)));
      expect(want?.[0]).not.toBe(plain);
      for (const each of got) expect(each).toEqual(want);
    }

    const channels = (encodings.parameters.get(last[0] as string)?.scale.length ?? 0) as number;
    const order = crdToDcr(channels, blocksize);
    for (const name of last) {
      const scale = encodings.parameters.get(name)?.scale ?? [];
      expect((followed.file.encodings.get(name) as IntEncoding).scale).toEqual(order.map((from) => scale[from]));
      expect(new Set(scale).size).toBeGreaterThan(channels / 2);
    }
  });

  test("the float model with the quantizer's own encodings: the same codes as quantizing and then rewriting", async () => {
    const { proto } = make();
    const feeds = feedsOf(graphOf(proto));
    const { model: qdq, encodings } = await quantized(proto, feeds, path('m.onnx'), executor);
    const followed = await rewriteWith(graphOf(proto), encodingsOf(encodings));
    const applied = applyEncodings(followed.model, followed.file).model;
    const [want, got] = await Promise.all([qdq, applied].map((model) => outputs(model.toProto(), feeds, 'all')));
    expect(got).toEqual(want);
  });
});

test('the order of sr-models.md for three colours and ×2; other lengths are refused with both counts', () => {
  const order = crdToDcr(12, 2);
  expect(order).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
  const encoding = (channels: number): IntEncoding => ({
    kind: 'int',
    name: 'last.weight',
    section: 'parameter',
    bits: 8,
    signed: true,
    strict: false,
    scale: Array.from({ length: channels }, (_, c) => c + 1),
    zeroPoint: new Array<number>(channels).fill(0),
    grain: { kind: 'channel', axis: null },
    range: null,
    extra: {},
  });
  expect(permuteEncoding(encoding(12), null, order).scale).toEqual(order.map((from) => from + 1));
  expect(() => permuteEncoding(encoding(27), null, order)).toThrow('"last.weight" has 27 encodings for 12 channels');
  expect(() => permuteEncoding(encoding(12), null, [...order.slice(1), 1])).toThrow(/no permutation of 0 to 11/);
});

async function rewrite(model: Model) {
  return rewriteModel(model, { target: resolveTarget('htp:SM8550'), precision: 'w8a8', only: STEPS, verify: 'off' });
}

async function rewriteWith(model: Model, file: EncodingsFile): Promise<{ model: Model; file: EncodingsFile }> {
  const before = requireResolved(file, model.graph);
  const result = await rewrite(model);
  inferShapes(result.model);
  return { model: result.model, file: followEncodings(before, result.model.graph, result.origins).file };
}

function feedsOf({ graph }: Model): NamedArrays[] {
  const inputs = graph.inputs
    .filter((input) => !input.initializer)
    .map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.shape ?? [] }));
  return seededInputs(inputs, { seed: 2, kinds: ['unit', 'ramp'] });
}

function shuffleMode({ graph }: Model): string | undefined {
  return [...graph.nodes()].find((node) => node.is('DepthToSpace'))?.attributes.string('mode', 'DCR');
}

async function outputs(proto: ModelProto, feeds: readonly NamedArrays[], level: 'disabled' | 'all'): Promise<string[]> {
  const session = await ort.InferenceSession.create(toBytes(proto), {
    graphOptimizationLevel: level,
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  const results: string[] = [];
  for (const feed of feeds) {
    const tensors = Object.fromEntries(
      [...feed].map(([name, { data, dims }]) => [name, new ort.Tensor('float32', data as Float32Array, [...dims])]),
    );
    results.push(...Object.values(await session.run(tensors)).map((value) => bits(value.data as Float32Array)));
  }
  await session.release();
  return results;
}

function bits({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
