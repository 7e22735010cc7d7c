import { expect } from 'vitest';
import type { NdArray, NumericArray } from '../../../../models/contracts/index.ts';
import { evaluateDim, knownData, type Model } from '../../../../models/graph/index.ts';
import type { ModelProto } from '../../../../models/onnx/index.ts';
import { runOrt } from '../../../support/ort.ts';
import { contradictedElement, contradiction } from './contradictions.ts';

/** An array for the model's only input at these sizes, filled with the example's values over and over. */
export function filledInput(model: Model, sizes: ReadonlyMap<string, number>, example: NdArray): NdArray {
  const dims = (model.graph.inputs[0]?.type.shape ?? []).map((dim) => evaluateDim(dim, sizes) as number);
  const Type = example.data.constructor as new (length: number) => NumericArray;
  const data = new Type(dims.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = example.data[i % example.data.length] as never;
  return { dtype: example.dtype, dims, data };
}

/** Runs the model with every value exposed, and names those whose inferred type or elements ONNX Runtime contradicts. */
export async function contradictedValues(
  proto: ModelProto,
  model: Model,
  input: NdArray,
  bindings: ReadonlyMap<string, number>,
): Promise<string[]> {
  const actual = await runOrt(exposed(proto), { [model.graph.inputs[0]?.name ?? '']: input });
  expect(actual.size).toBeGreaterThan(1);
  return [...actual].flatMap(([name, array]) => {
    const value = model.graph.values.get(name);
    if (!value) return [`${name} is missing`];
    const found = contradiction(value.type, array, bindings);
    const elements = knownData(value)?.map((e) => evaluateDim(e, bindings)) ?? null;
    return [found, contradictedElement(elements, array)].flatMap((problem) => (problem ? [`${name} ${problem}`] : []));
  });
}

function exposed(proto: ModelProto): ModelProto {
  const stated = new Set((proto.graph?.output ?? []).map((info) => info.name));
  const hidden = (proto.graph?.node ?? []).flatMap((node) => node.output ?? []).filter((name) => name !== '' && !stated.has(name));
  return { ...proto, graph: { ...proto.graph, output: [...(proto.graph?.output ?? []), ...hidden.map((name) => ({ name }))] } };
}
