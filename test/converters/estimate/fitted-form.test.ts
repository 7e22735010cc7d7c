import { afterAll, expect, test } from 'vitest';
import type { InputContract } from '../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { writeModel } from '../../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../../models/run/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { inFittedForm, quantizationOf } from '../../../converters/estimate/index.ts';
import { quantizeModel } from '../../../converters/quantize/index.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const executor = createHostExecutor();
afterAll(() => executor.close());

const contract: InputContract = { name: 'input', kind: 'image', color: 'rgb', range: [0, 1], mean: [0], std: [1], layout: 'NCHW', dtype: 'float32', shape: [1, 3, 9, 11] };
const contracts = new Map([['input', contract]]);
const feeds = seededInputs([{ name: 'input', dtype: 'float32', dims: [1, 3, 9, 11], range: [0, 1] }], { seed: 3, kinds: ['unit'] });

async function source(name: string): Promise<{ model: Model; modelPath: string }> {
  const { model: proto } = generateNetwork(name, { size: [9, 11], scale: 2 });
  const modelPath = temporary(`${name}.onnx`);
  await writeModel(proto, modelPath);
  const model = new Model(proto);
  inferShapes(model);
  return { model, modelPath };
}

test.each(['quicksrnet-small', 'abpn-28', 'xlsr', 'fsrcnn-rgb'])('%s in W8A8: bytes, channels last, and the integers of the quantized model inside', async (name) => {
  const { model, modelPath } = await source(name);
  const options = { precision: 'w8a8', executor, modelPath, feeds, contracts } as const;
  const formed = await inFittedForm(model, options);
  expect([formed.graph.inputs[0]?.type, formed.graph.outputs[0]?.type]).toMatchObject([{ dtype: 'uint8', shape: [1, 9, 11, 3] }, { dtype: 'uint8', shape: [1, 18, 22, 3] }]);

  const quantized = await quantizeModel(model, { scheme: 'w8a8', range: 'minmax', rounding: 'nearest', executor, modelPath, calibration: feeds });
  const [inScale, outScale] = [quantized.encodings.activations.get('input'), quantized.encodings.activations.get('output')];
  const levels = Uint8Array.from({ length: 9 * 11 * 3 }, (_, i) => (i * 37) % 256);
  const planar = Float32Array.from({ length: levels.length }, (_, i) => {
    const [c, at] = [Math.floor(i / 99), i % 99];
    return ((levels[at * 3 + c] as number) - (inScale?.zeroPoint[0] ?? 0)) * (inScale?.scale[0] ?? 1);
  });
  const bytes = (await runOrt(formed.toProto(), { input: ndarray('uint8', [1, 9, 11, 3], levels) })).get('output');
  const floats = (await runOrt(quantized.model.toProto(), { input: ndarray('float32', [1, 3, 9, 11], planar) })).get('output');
  const again = Array.from(floats?.data as Float32Array, (value) => Math.round(value / (outScale?.scale[0] ?? 1)) + (outScale?.zeroPoint[0] ?? 0));
  const expected = Array.from({ length: again.length }, (_, i) => again[(i % 3) * 18 * 22 + Math.floor(i / 3)]);
  expect(Array.from(bytes?.data as Uint8Array)).toEqual(expected);
});

test('fp16 and what is quantized already stay as they are', async () => {
  const { model, modelPath } = await source('quicksrnet-small');
  const options = { executor, modelPath, feeds, contracts };
  expect(await inFittedForm(model, { ...options, precision: 'fp16' })).toBe(model);
  const quantized = await quantizeModel(model, { scheme: 'w8a8', range: 'minmax', executor, modelPath, calibration: feeds });
  expect([quantizationOf(model), quantizationOf(quantized.model)]).toEqual(['none', 'w8a8']);
  const wide = await quantizeModel(model, { scheme: 'w8a16', range: 'minmax', executor, modelPath, calibration: feeds });
  expect(quantizationOf(wide.model)).toBe('other');
  expect(await inFittedForm(quantized.model, { ...options, precision: 'w8a8' })).toBe(quantized.model);
});
