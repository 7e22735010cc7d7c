import { expect } from 'vitest';
import type { NdArray } from '../../../models/contracts/index.ts';
import { inferShapes, Model, staticShape } from '../../../models/graph/index.ts';
import { type InputSpec, seededInputs } from '../../../models/run/index.ts';
import { type Form, generateNetwork, networkNamed } from '../../../models/zoo/index.ts';
import { runOrt } from '../../support/ort.ts';

/** ONNX Runtime computes finite, varied values of the shape that scale and size say, and shape inference says the same. */
export async function expectToRun(name: string, scale: number, form: Form): Promise<void> {
  const { multiple, smallest, channels, dtype = 'float32' } = networkNamed(name);
  const step = multiple?.(scale) ?? 1;
  const least = Math.ceil(Math.max(smallest ?? 1, 7) / step);
  const [h, w] = [step * least, step * (least + 2)];
  const { model } = generateNetwork(name, { scale, form, size: [h, w], batch: 2 });
  const inferred = new Model(model);
  inferShapes(inferred);
  const expected = [2, channels === 12 ? 3 : channels, h * scale, w * scale];
  const spec: InputSpec = { name: 'input', dtype, dims: [2, channels, h, w], range: dtype === 'uint8' ? [0, 255] : [0, 1] };
  const feed = seededInputs([spec], { seed: 5, kinds: ['unit'] })[0] as ReadonlyMap<string, NdArray>;
  const result = (await runOrt(model, feed)).get('output') as NdArray;
  expect([result.dims, staticShape(inferred.graph.outputs[0]?.type), result.dtype]).toEqual([expected, expected, dtype]);
  const values = Array.from(result.data as Float32Array, Number);
  expect(values.every(Number.isFinite)).toBe(true);
  expect(new Set(values).size).toBeGreaterThan(8);
}
