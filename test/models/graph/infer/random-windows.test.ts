import { expect, test } from 'vitest';
import { type AttributeValue, formatShape, inferShapes, Model } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { buildModel, type NodeSpec, type ValueSpec } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';
import { contradiction, unstated } from './contradictions.ts';

/** Numerical Recipes' linear congruential generator: the cases are the same on every machine. */
function random(seed: number): (from: number, to: number) => number {
  let state = seed >>> 0;
  return (from, to) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from + (state % (to - from + 1));
  };
}

interface Sample {
  readonly x: readonly number[];
  readonly node: NodeSpec;
  readonly initializers: Readonly<Record<string, Tensor>>;
}

/** True where ONNX Runtime refuses the sample: a window larger than its input, an empty output. */
async function disagreement({ x, node, initializers }: Sample, opset: number): Promise<string | null | 'refused'> {
  const output: ValueSpec = ['float32', null];
  const proto = unstated(buildModel({ opset, inputs: { x: ['float32', x] }, outputs: { y: output }, nodes: [node], initializers }));
  const model = new Model(proto);
  inferShapes(model);
  const count = x.reduce((a, b) => a * b, 1);
  const actual = await runOrt(proto, { x: ndarray('float32', x, Array<number>(count).fill(0.5)) }).catch(() => null);
  const y = actual?.get('y');
  if (!y) return 'refused';
  const type = model.graph.outputs[0]?.type;
  const found = !type?.shape || type.shape.includes(null) ? 'unknown' : contradiction(type, y);
  return found && `${JSON.stringify(node)} on [${x}]: ${found} ${formatShape(type?.shape ?? null)}`;
}

const ints = (values: readonly number[]): Tensor => Tensor.of('int64', [values.length], values);

const SAMPLERS: Readonly<Record<string, (r: ReturnType<typeof random>) => Sample>> = {
  MaxPool: (r) => {
    const kernel = [r(1, 4), r(1, 4)];
    const pads = [
      r(0, (kernel[0] as number) - 1),
      r(0, (kernel[1] as number) - 1),
      r(0, (kernel[0] as number) - 1),
      r(0, (kernel[1] as number) - 1),
    ];
    const attributes: Record<string, AttributeValue> = {
      kernel_shape: kernel,
      strides: [r(1, 5), r(1, 5)],
      dilations: [r(1, 2), r(1, 2)],
      pads,
      ceil_mode: r(0, 1),
    };
    return { x: [1, 2, r(7, 16), r(7, 16)], node: ['MaxPool', ['x'], ['y'], attributes], initializers: {} };
  },
  AveragePool: (r) => {
    const auto = ['SAME_UPPER', 'SAME_LOWER', 'VALID'][r(0, 2)] as string;
    const attributes = { kernel_shape: [r(1, 4), r(1, 4)], strides: [r(1, 5), r(1, 5)], auto_pad: auto, ceil_mode: r(0, 1) };
    return { x: [2, 1, r(1, 12), r(1, 12)], node: ['AveragePool', ['x'], ['y'], attributes], initializers: {} };
  },
  Conv: (r) => {
    const kernel = [r(1, 4), r(1, 4)];
    const attributes = { strides: [r(1, 4), r(1, 4)], dilations: [r(1, 3), r(1, 3)], pads: [r(0, 3), r(0, 3), r(0, 3), r(0, 3)], group: 2 };
    const w = Tensor.of('float32', [4, 1, ...kernel], Array<number>(4 * (kernel[0] as number) * (kernel[1] as number)).fill(1));
    return { x: [r(1, 3), 2, r(1, 12), r(1, 12)], node: ['Conv', ['x', 'w'], ['y'], attributes], initializers: { w } };
  },
  ConvTranspose: (r) => {
    const strides = [r(1, 4), r(1, 4)];
    const extra = strides.map((stride) => r(0, stride - 1));
    const attributes = {
      strides,
      dilations: [r(1, 2), r(1, 2)],
      pads: [r(0, 1), r(0, 1), r(0, 1), r(0, 1)],
      output_padding: extra,
      group: r(1, 2),
    };
    const w = Tensor.of('float32', [4, 3, 3, 2], Array<number>(72).fill(1));
    return { x: [1, 4, r(1, 8), r(1, 8)], node: ['ConvTranspose', ['x', 'w'], ['y'], attributes], initializers: { w } };
  },
  Slice: (r) => {
    const steps = [r(1, 3) * (r(0, 1) ? 1 : -1), r(1, 3) * (r(0, 1) ? 1 : -1)];
    const initializers = { s: ints([r(-9, 9), r(-9, 9)]), e: ints([r(-9, 9), r(-9, 9)]), a: ints([r(0, 1) ? 0 : -2, -1]), p: ints(steps) };
    return { x: [r(0, 7), r(1, 7)], node: ['Slice', ['x', 's', 'e', 'a', 'p'], ['y']], initializers };
  },
  Resize: (r) => {
    const scales = Tensor.of('float32', [4], [1, 1, r(20, 900) / r(60, 300), r(20, 900) / r(60, 300)]);
    return { x: [1, 1, r(4, 40), r(4, 40)], node: ['Resize', ['x', '', 's'], ['y'], { mode: 'nearest' }], initializers: { s: scales } };
  },
};

test.each(Object.keys(SAMPLERS))('%s with 150 random settings has the size that ONNX Runtime computes', async (op) => {
  const r = random(7);
  let compared = 0;
  for (let i = 0; i < 150; i++) {
    const found = await disagreement((SAMPLERS[op] as (typeof SAMPLERS)[string])(r), 13);
    if (found === 'refused') continue;
    expect(found).toBeNull();
    compared++;
  }
  expect(compared).toBeGreaterThan(60);
});
