import { describe, expect, test } from 'vitest';
import { formRewrites } from '../../../../converters/rewrites/form/index.ts';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { applyRewrites } from '../../../support/apply-rewrites.ts';
import { buildModel, type ModelSpec, type NodeSpec, toBytes } from '../../../support/build-model.ts';
import { bitEqual } from '../../../support/compare.ts';
import { runOrt } from '../../../support/ort.ts';

type Levels = 'uint8' | 'uint16';

/** An operator from levels (scale, zero point) to levels of others. */
function between(dtype: Levels, node: NodeSpec, from: readonly [number, number], to: readonly [number, number]): ModelSpec {
  const at = (value: number): Tensor => Tensor.of(dtype, [], [value]);
  const scale = (value: number): Tensor => Tensor.of('float32', [], [value]);
  return {
    opset: 21, inputs: { x: [dtype, [1, 4, 8, 8]] }, outputs: { y: [dtype, null] }, initializers: { s: scale(from[0]), z: at(from[1]), t: scale(to[0]), u: at(to[1]) },
    nodes: [['DequantizeLinear', ['x', 's', 'z'], ['d']], node, ['QuantizeLinear', ['c', 't', 'u'], ['y']]],
  };
}

async function rewritten(spec: ModelSpec, id: string): Promise<{ ops: string[]; before: NdArray; after: NdArray }> {
  const [[, [dtype]]] = Object.entries(spec.inputs) as [[string, [Levels, unknown]]];
  const data = dtype === 'uint8' ? Uint8Array.from({ length: 256 }, (_, i) => i) : Uint16Array.from({ length: 256 }, (_, i) => i * 257);
  const rewrites = formRewrites.filter((rewrite) => rewrite.id === id);
  const done = applyRewrites(buildModel(spec), rewrites, { allow: ['approximate'] });
  const feed = { x: { dtype, dims: [1, 4, 8, 8], data } };
  const [before, after] = [await runOrt(toBytes(buildModel(spec)), feed), await runOrt(toBytes(done.model.toProto()), feed)];
  expect(applyRewrites(done.model.toProto(), rewrites, { allow: ['approximate'] }).fired).toEqual([]);
  return { ops: [...done.model.graph.nodes()].map(({ opType }) => opType), before: before.get('y') as NdArray, after: after.get('y') as NdArray };
}

describe('form/shuffle-scale', () => {
  const crd: NodeSpec = ['DepthToSpace', ['d'], ['c'], { blocksize: 2, mode: 'CRD' }];
  test.each([['CRD', crd], ['SpaceToDepth', ['SpaceToDepth', ['d'], ['c'], { blocksize: 2 }] satisfies NodeSpec]] as const)('%s: all levels, bit for bit, between any two scales', async (_, node) => {
    for (const dtype of ['uint8', 'uint16'] as const) for (const [from, to] of [[[0.01, 0], [0.03, 128]], [[0.3, 77], [0.007, 5]], [[1 / 255, 255], [1 / 255, 0]]] as const) {
      const { ops, before, after } = await rewritten(between(dtype, node, from, to), 'form/shuffle-scale');
      expect(ops).toEqual(['DequantizeLinear', node[0], 'QuantizeLinear', 'DequantizeLinear', 'QuantizeLinear']);
      expect(bitEqual(before, after)).toBe(true);
    }
  });
  test('one scale on both sides stays', async () => {
    expect((await rewritten(between('uint8', crd, [0.1, 3], [0.1, 3]), 'form/shuffle-scale')).ops).toEqual(['DequantizeLinear', 'DepthToSpace', 'QuantizeLinear']);
  });
});

describe('form/wide-activation', () => {
  test.each(['Sigmoid', 'HardSigmoid', 'Tanh'])('%s in 16 bits: off by what one rounding more explains', async (op) => {
    const { ops, before, after } = await rewritten(between('uint16', [op, ['d'], ['c']], [1e-4, 32768], [2.5 / 65535, 32768]), 'form/wide-activation');
    expect(ops).toEqual(['DequantizeLinear', op, 'QuantizeLinear', 'DequantizeLinear', 'QuantizeLinear']);
    const apart = Array.from(before.data as Uint16Array, (value, i) => Math.abs(value - Number(after.data[i])));
    expect(Math.max(...apart)).toBeLessThanOrEqual(1);
  });
  test('8 bits, and the steps that HTP gives, stay', async () => {
    expect((await rewritten(between('uint8', ['Sigmoid', ['d'], ['c']], [0.02, 128], [0.02, 0]), 'form/wide-activation')).ops).toHaveLength(3);
    expect((await rewritten(between('uint16', ['Sigmoid', ['d'], ['c']], [1e-4, 32768], [1 / 65536, 0]), 'form/wide-activation')).ops).toHaveLength(3);
    expect((await rewritten(between('uint16', ['Tanh', ['d'], ['c']], [1e-4, 32768], [2 / 65536, 32768]), 'form/wide-activation')).ops).toHaveLength(3);
  });
});
