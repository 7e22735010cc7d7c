import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { ModelSpec } from '../../../support/build-model.ts';
import { afterConv, bn, bnInputs, i64, survives, wave } from './trap-support.ts';

describe('broadcast axis', () => {
  test.each<[string, string, number[]]>([
    ['Add', '(W,), W = C', [4]],
    ['Add', '(1,1,1,C)', [1, 1, 1, 4]],
    ['Mul', '(W,)', [4]],
    ['Sub', '(H,1)', [5, 1]],
    ['Div', '(C,1,1)', [4, 1, 1]],
    ['Add', '(1,C,1,1)', [1, 4, 1, 1]],
    ['Mul', '()', []],
  ])('Conv + %s of a constant %s', async (op, _, dims) => {
    await survives(
      afterConv([[op, ['c', 'k'], ['y']]], { k: op === 'Div' ? Tensor.of('float32', dims, [0.5, 1.5, 2, -3]) : wave(dims, 7) }),
    );
  });

  test('a constant that adds an axis', async () => {
    await survives(afterConv([['Mul', ['c', 'k'], ['y']]], { k: wave([2, 1, 1, 1, 1], 7) }));
  });
});

describe('reshapes', () => {
  const two = (s: Tensor, t: Tensor): ModelSpec => ({
    inputs: { x: ['float32', [2, 3, 4]] },
    outputs: { y: ['float32', null] },
    initializers: { s, t },
    nodes: [
      ['Relu', ['x'], ['a']],
      ['Reshape', ['a', 's'], ['b']],
      ['Reshape', ['b', 't'], ['c']],
      ['Relu', ['c'], ['y']],
    ],
  });
  test('0 where the sizes differ', async () => {
    await survives(two(i64(4, 6), i64(0, 2, 3)));
  });
  test('[0, −1]', async () => {
    await survives(two(i64(4, 6), i64(0, -1)));
  });

  test.each([11, 13])('a target from Shape nodes, opset %i: no attribute that the opset lacks', async (opset) => {
    const results = await survives(
      {
        opset,
        inputs: { x: ['float32', [2, 3, 'H', 4]] },
        outputs: { y: ['float32', null] },
        initializers: { i: Tensor.of('int64', [1], [2]), m: i64(-1), k: i64(6) },
        nodes: [
          ['Shape', ['x'], ['s']],
          ['Gather', ['s', 'i'], ['g']],
          ['Concat', ['k', 'g', 'm'], ['t'], { axis: 0 }],
          ['Reshape', ['x', 't'], ['r']],
          ['Relu', ['r'], ['y']],
        ],
      },
      { bindings: { H: 5 } },
    );
    for (const { model } of results) for (const node of model.graph.nodes()) expect(node.attributes.has('allowzero')).toBe(false);
  });
});

describe('batch normalisation', () => {
  test('after a grouped ConvTranspose', async () => {
    await survives(
      afterConv([['BatchNormalization', ['c', ...bnInputs], ['y']]], { w: wave([4, 3, 3, 3]), b: wave([6], 1), ...bn(6) }, {}, [
        'ConvTranspose',
        ['x', 'w', 'b'],
        ['c'],
        { group: 2, strides: [2, 2] },
      ]),
    );
  });

  test('with training_mode = 1 after a Conv: left in place', async () => {
    const outputs = ['y', 'rm', 'rv'];
    const spec = afterConv([['BatchNormalization', ['c', ...bnInputs], outputs, { training_mode: 1 }]], bn(4), {
      opset: 15,
      outputs: { y: ['float32', null], rm: ['float32', null], rv: ['float32', null] },
    });
    for (const { model } of await survives(spec, { run: false }))
      expect([...model.graph.nodes()].map((node) => node.opType)).toContain('BatchNormalization');
  });

  test('before a padded Conv: its shift does not go through the border', async () => {
    await survives({
      inputs: { x: ['float32', [1, 4, 5, 4]] },
      outputs: { y: ['float32', null] },
      initializers: { w: wave([4, 4, 3, 3]), ...bn(4) },
      nodes: [
        ['BatchNormalization', ['x', ...bnInputs], ['n']],
        ['Conv', ['n', 'w'], ['y'], { pads: [1, 1, 1, 1] }],
      ],
    });
  });

  test('variance + ε ≤ 0 and NaN weights are not computed with', async () => {
    const broken = { ...bn(4), variance: Tensor.of('float32', [4], [-1, 0.5, 1, 2]) };
    await survives(afterConv([['BatchNormalization', ['c', ...bnInputs], ['y']]], broken), { run: false });
    await survives(afterConv([['Mul', ['c', 'k'], ['y']]], { k: Tensor.of('float32', [4, 1, 1], [Number.NaN, 1, Infinity, 0]) }));
  });
});

describe('convolutions', () => {
  test('"" in place of a bias, then Add', async () => {
    await survives(
      afterConv([['Add', ['c', 'k'], ['y']]], { k: wave([4, 1, 1], 7) }, {}, ['Conv', ['x', 'w', ''], ['c'], { pads: [1, 1, 1, 1] }]),
    );
  });

  test('without attributes', async () => {
    await survives(afterConv([['Mul', ['c', 'k'], ['y']]], { k: wave([4, 1, 1], 7) }, {}, ['Conv', ['x', 'w', 'b'], ['c']]));
  });

  test.each(['SAME_UPPER', 'SAME_LOWER', 'VALID'])('auto_pad = %s', async (autoPad) => {
    await survives(
      afterConv(
        [
          ['Add', ['c', 'k'], ['d']],
          ['Relu', ['d'], ['y']],
        ],
        { k: wave([4, 1, 1], 7) },
        {},
        ['Conv', ['x', 'w', 'b'], ['c'], { auto_pad: autoPad, strides: [2, 1] }],
      ),
    );
  });

  test('auto_pad = SAME_UPPER with dilations, which ONNX Runtime refuses: left as it is', async () => {
    const results = await survives(
      afterConv([['Add', ['c', 'x'], ['y']]], {}, {}, ['Conv', ['x', 'w', 'b'], ['c'], { auto_pad: 'SAME_UPPER', dilations: [2, 2] }]),
      { run: false },
    );
    for (const { model } of results) {
      const [conv] = [...model.graph.nodes()].filter((node) => node.opType === 'Conv');
      expect(conv?.attributes.ints('pads') ?? [2, 2, 2, 2]).toEqual([2, 2, 2, 2]);
    }
  });

  test('a weight that two convolutions share', async () => {
    await survives(
      afterConv(
        [
          ['Add', ['c', 'x'], ['d']],
          ['Conv', ['d', 'w', 'b'], ['e'], { pads: [1, 1, 1, 1] }],
          ['Mul', ['e', 'k'], ['y']],
        ],
        { k: wave([4, 1, 1], 7) },
      ),
    );
  });

  test('the convolution is a graph output', async () => {
    await survives(
      afterConv(
        [
          ['Mul', ['c', 'k'], ['d']],
          ['Add', ['d', 'x'], ['y']],
        ],
        { k: wave([4, 1, 1], 7) },
        { outputs: { y: ['float32', null], c: ['float32', null] } },
      ),
    );
  });

  test('two consumers', async () => {
    await survives(
      afterConv(
        [
          ['Add', ['c', 'k'], ['d']],
          ['Mul', ['c', 'd'], ['y']],
        ],
        { k: wave([4, 1, 1], 7) },
      ),
    );
  });

  test('weights that are graph inputs, and weights that callers may override', async () => {
    const asInput = afterConv(
      [['Add', ['c', 'k'], ['y']]],
      { k: wave([4, 1, 1], 7) },
      { inputs: { x: ['float32', [1, 4, 5, 4]], w: ['float32', [4, 4, 3, 3]] } },
    );
    const results = await survives(asInput);
    for (const { model } of results) expect(model.graph.values.get('w')?.uses.size).toBe(1);
    const { w: _, ...rest } = asInput.initializers ?? {};
    await survives({ ...asInput, initializers: rest });
  });

  test('depthwise, dilated, asymmetric pads, batch of 2, even kernel, with a skip', async () => {
    const input: Partial<ModelSpec> = { inputs: { x: ['float32', [2, 4, 7, 6]] } };
    await survives(
      afterConv([['Add', ['c', 'x'], ['y']]], { w: wave([4, 1, 3, 3]) }, input, [
        'Conv',
        ['x', 'w', 'b'],
        ['c'],
        { group: 4, dilations: [2, 1], pads: [2, 1, 2, 1] },
      ]),
    );
    await survives(
      afterConv([['Add', ['x', 'c'], ['y']]], { w: wave([4, 4, 2, 2]) }, input, ['Conv', ['x', 'w', 'b'], ['c'], { pads: [0, 0, 1, 1] }]),
    );
    await survives(
      afterConv([['Add', ['x', 'c'], ['y']]], { w: wave([4, 4, 3, 3]) }, input, ['Conv', ['x', 'w', 'b'], ['c'], { pads: [0, 1, 2, 1] }]),
    );
  });

  test('1×1 with a bias before a padded one: the border would be wrong', async () => {
    await survives({
      inputs: { x: ['float32', [1, 4, 5, 4]] },
      outputs: { y: ['float32', null] },
      initializers: { p: wave([8, 4, 1, 1]), q: wave([8], 1), w: wave([4, 8, 3, 3]) },
      nodes: [
        ['Conv', ['x', 'p', 'q'], ['c']],
        ['Conv', ['c', 'w'], ['y'], { pads: [1, 1, 1, 1] }],
      ],
    });
  });

  test('float16 weights', async () => {
    const half: Record<string, Tensor> = {
      w: wave([4, 4, 3, 3], 0, 'float16'),
      b: wave([4], 1, 'float16'),
      k: wave([4, 1, 1], 7, 'float16'),
    };
    await survives(
      afterConv(
        [
          ['Mul', ['c', 'k'], ['d']],
          ['Add', ['d', 'x'], ['y']],
        ],
        half,
        { inputs: { x: ['float16', [1, 4, 5, 4]] }, outputs: { y: ['float16', null] } },
      ),
      { tolerance: 8e-3 },
    );
  });
});
