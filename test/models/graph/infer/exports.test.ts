import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inferShapes, Model, symbolsOf } from '../../../../models/graph/index.ts';
import { onnx } from '../../../../models/onnx/generated/onnx-ml.js';
import { readNpy } from '../../../support/npy.ts';
import { fixture } from '../../../support/paths.ts';
import { isKnown, unstated } from './contradictions.ts';
import { contradictedValues, filledInput } from './every-value.ts';

const names = readdirSync(fixture('exports'))
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.slice(0, -5));

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
    expect(await contradictedValues(proto, model, filledInput(model, bindings, example), bindings)).toEqual([]);
  });

  test.runIf(symbols.length > 0)('binding sizes gives the same shapes as evaluating the expressions', async () => {
    for (const sizes of [
      [16, 64],
      [50, 22],
      [2, 34],
    ]) {
      const bindings = new Map(symbols.map((symbol, i) => [symbol, sizes[i] ?? 1]));
      const input = filledInput(model, bindings, example);
      const bound = new Model(unstated(proto));
      inferShapes(bound, { bind: new Map([[bound.graph.inputs[0]?.name ?? '', input.dims]]) });
      for (const node of bound.graph.nodes())
        for (const value of node.outputs) expect(value?.type.shape?.every((d) => typeof d === 'number')).toBe(true);
      expect(await contradictedValues(proto, bound, input, new Map())).toEqual([]);
      expect(await contradictedValues(proto, model, input, bindings)).toEqual([]);
    }
  });
});
