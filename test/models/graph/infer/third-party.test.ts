import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inferShapes, Model } from '../../../../models/graph/index.ts';
import { onnx } from '../../../../models/onnx/generated/onnx-ml.js';
import { ndarray } from '../../../support/ort.ts';
import { sharedData } from '../../../support/paths.ts';
import { isKnown, unstated } from './contradictions.ts';
import { contradictedValues, filledInput } from './every-value.ts';

const path = sharedData('third-party/catid-upsampling/upsampling.onnx');

/** Dynamic, uint8 in and out, float16 inside, float64 islands, sizes by Shape chains. Skipped where ../shared/data is not at hand. */
test.skipIf(path === null)(
  'catid: all 620 nodes are known in batch, height and width, and ONNX Runtime agrees on every value',
  async () => {
    const proto = onnx.ModelProto.decode(readFileSync(path ?? ''));
    const model = new Model(unstated(proto));
    inferShapes(model);
    for (const node of model.graph.nodes()) for (const value of node.outputs) expect(value && isKnown(value.type), value?.name).toBe(true);
    expect(model.graph.outputs[0]?.type.shape).toEqual(['batch_size', 3, '2*height', '2*width']);
    for (const sizes of [
      [1, 16, 24],
      [2, 8, 10],
    ]) {
      const bindings = new Map(['batch_size', 'height', 'width'].map((symbol, i) => [symbol, sizes[i] as number]));
      const input = filledInput(model, bindings, ndarray('uint8', [7], [0, 255, 31, 128, 7, 200, 90]));
      expect(await contradictedValues(proto, model, input, bindings)).toEqual([]);
    }
  },
);
