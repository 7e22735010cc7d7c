import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { evaluateDim, inferShapes, knownData, Model, symbolsOf } from '../../../../models/graph/index.ts';
import { onnx } from '../../../../models/onnx/generated/onnx-ml.js';
import type { ModelProto } from '../../../../models/onnx/index.ts';
import { readNpy } from '../../../support/npy.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { fixture } from '../../../support/paths.ts';
import { contradiction, isKnown, unstated } from './contradictions.ts';

const names = readdirSync(fixture('exports')).filter((file) => file.endsWith('.onnx')).map((file) => file.slice(0, -5));

/** The model with every value that a node computes as an output, so that ONNX Runtime says what each of them is. */
function exposed(proto: ModelProto): ModelProto {
  const stated = new Set((proto.graph?.output ?? []).map((info) => info.name));
  const hidden = (proto.graph?.node ?? []).flatMap((node) => node.output ?? []).filter((name) => name !== '' && !stated.has(name));
  return { ...proto, graph: { ...proto.graph, output: [...(proto.graph?.output ?? []), ...hidden.map((name) => ({ name }))] } };
}

function inputOf(model: Model, sizes: ReadonlyMap<string, number>, like: NdArray): NdArray {
  const dims = (model.graph.inputs[0]?.type.shape ?? []).map((dim) => evaluateDim(dim, sizes) as number);
  const count = dims.reduce((a, b) => a * b, 1);
  return ndarray(like.dtype as 'float32' | 'uint8', dims, Array.from({ length: count }, (_, i) => Number(like.data[i % like.data.length])));
}

async function compare(proto: ModelProto, model: Model, input: NdArray, bindings: ReadonlyMap<string, number>): Promise<string[]> {
  const actual = await runOrt(exposed(proto), { [model.graph.inputs[0]?.name ?? '']: input });
  expect(actual.size).toBeGreaterThan(1);
  return [...actual].flatMap(([name, array]) => {
    const value = model.graph.values.get(name);
    if (!value) return [`${name} is missing`];
    const found = contradiction(value.type, array, bindings);
    const elements = knownData(value);
    const wrong = elements?.some((e, i) => typeof e === 'number' && Math.abs(e - Number(array.data[i])) > 1e-6 * Math.abs(e));
    return [...(found ? [`${name} ${found}`] : []), ...(wrong ? [`${name} elements ${elements}`] : [])];
  });
}

describe.each(names)('%s', (name) => {
  const proto = onnx.ModelProto.decode(readFileSync(fixture('exports', `${name}.onnx`)));
  const model = new Model(unstated(proto));
  inferShapes(model);
  const example = readNpy(fixture('exports', `${name}.input.npy`));
  const symbols = [...new Set((model.graph.inputs[0]?.type.shape ?? []).flatMap((dim) => [...symbolsOf(dim)]))];

  test('every value of every node is known, in the symbols of the input', () => {
    for (const node of model.graph.nodes()) {
      for (const value of node.outputs) {
        expect(value && isKnown(value.type), `${node.label} ${value?.name}`).toBe(true);
        for (const symbol of (value?.type.shape ?? []).flatMap((dim) => [...symbolsOf(dim)])) expect(symbols).toContain(symbol);
      }
    }
  });

  test('ONNX Runtime computes exactly these element types and shapes', async () => {
    const bindings = new Map(symbols.map((symbol, i) => [symbol, [48, 32, 2][i] as number]));
    expect(await compare(proto, model, inputOf(model, bindings, example), bindings)).toEqual([]);
  });

  test.runIf(symbols.length > 0)('binding sizes gives the same shapes as evaluating the expressions', async () => {
    for (const sizes of [[16, 64], [50, 22], [2, 34]]) {
      const bindings = new Map(symbols.map((symbol, i) => [symbol, sizes[i] ?? 1]));
      const input = inputOf(model, bindings, example);
      const bound = new Model(unstated(proto));
      inferShapes(bound, { bind: new Map([[bound.graph.inputs[0]?.name ?? '', input.dims]]) });
      for (const node of bound.graph.nodes()) for (const value of node.outputs) expect(value?.type.shape?.every((d) => typeof d === 'number')).toBe(true);
      expect(await compare(proto, bound, input, new Map())).toEqual([]);
      expect(await compare(proto, model, input, bindings)).toEqual([]);
    }
  });
});
