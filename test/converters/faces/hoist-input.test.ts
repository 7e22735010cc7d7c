import { describe, expect, it } from 'vitest';
import type { FaceResult } from '../../../converters/faces/index.ts';
import { UserError } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { face, opTypes, random } from './apply.ts';
import { contractFor } from './contracts.ts';
import { randomChain } from './random-steps.ts';
import { stepsModel } from './steps-model.ts';

describe('hoist-input', () => {
  it.each(Array.from({ length: 12 }, (_, i) => 101 + i))(
    'takes out what a random chain begins with, proved in ONNX Runtime (%i)',
    async (seed) => {
      const { start, steps } = randomChain(seed);
      const kept = steps.filter(({ kind }) => !['clip', 'round', 'repeat', 'cast'].includes(kind));
      const tail = (value: string, channels: number): { nodes: NodeSpec[]; initializers: Record<string, Tensor> } => ({
        nodes: [['Sigmoid', [value], ['s'], {}, { name: 'end' }]],
        initializers: { unused: random([channels]) },
      });
      const model = stepsModel({ ...start, dtype: 'float32' }, kept, tail);
      const contracts = contractFor('x', { layout: start.layout });
      const hoisted = await face(model, [{ kind: 'hoist-input' }], { contracts }).catch((error: unknown) => error);
      if (hoisted instanceof Error) {
        expect(hoisted).toBeInstanceOf(UserError);
        expect(kept.some(({ kind }) => kind !== 'layout')).toBe(false);
        return;
      }
      const { comparison, model: after } = hoisted as FaceResult;
      expect(comparison?.maxRelToRange).toBeLessThan(1e-6);
      const left = [...after.graph.nodes()].filter((node) => !node.is('Sigmoid')).map((node) => node.opType);
      expect(left.filter((type) => type !== 'Transpose')).toEqual([]);
    },
  );

  const unshuffle = (from: string, to: string): NodeSpec[] => [
    ['Reshape', [from, 'six'], ['r6']],
    ['Transpose', ['r6'], ['t6'], { perm: [0, 1, 3, 5, 2, 4] }],
    ['Reshape', ['t6', 'four'], [to]],
  ];
  const shapes = {
    six: Tensor.of('int64', [6], [2, 3, 4, 2, 4, 2]),
    four: Tensor.of('int64', [4], [2, 12, 4, 4]),
    w12: random([4, 12, 3, 3]),
  };

  it('refuses an input that an anchor needs too, and says who', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2, 3, 8, 8]] },
      outputs: { y: ['float32', [2, 4, 2, 2]], z: ['float32', [2, 3, 16, 16]] },
      initializers: { ...shapes, scales: Tensor.of('float32', [4], [1, 1, 2, 2]) },
      nodes: [
        ...unshuffle('x', 'u'),
        ['Conv', ['u', 'w12'], ['y'], {}, { name: 'conv' }],
        ['Resize', ['x', '', 'scales'], ['z'], { mode: 'nearest' }, { name: 'anchor' }],
      ],
    });
    await expect(face(model, [{ kind: 'hoist-input' }])).rejects.toThrow(/"x" feeds .*anchor/);
    const cut = await face(model, [{ kind: 'cut-from', tensor: 'u' }]);
    expect(cut.model.graph.inputs.map(({ name }) => name).sort()).toEqual(['u', 'x']);
    expect(cut.adapter.inputs.find(({ to }) => to.name === 'u')).toMatchObject({
      from: { name: 'x' },
      steps: [{ kind: 'unshuffle', block: 2, order: 'CRD' }],
    });
    expect(cut.comparison?.bitEqual).toBe(true);
  });

  it('hoists what two branches share, and stops before an output', async () => {
    const nodes: NodeSpec[] = [
      ['Mul', ['x', 'k'], ['n']],
      ...unshuffle('n', 'u'),
      ['Conv', ['u', 'w12'], ['y'], {}],
      ['Relu', ['n'], ['z']],
    ];
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 3, 8, 8]] },
      outputs: { y: ['float32', [2, 4, 2, 2]], z: ['float32', [2, 3, 8, 8]] },
      initializers: { ...shapes, k: Tensor.of('float32', [1], [2]) },
      nodes,
    };
    const shared = await face(buildModel(spec), [{ kind: 'hoist-input' }]);
    expect(shared.adapter.inputs[0]?.steps).toEqual([{ kind: 'arithmetic', op: 'multiply', values: [2] }]);
    expect(shared.comparison?.bitEqual).toBe(true);
    const seen = buildModel({
      ...spec,
      outputs: { y: ['float32', [2, 4, 2, 2]], n: ['float32', [2, 3, 8, 8]] },
      nodes: nodes.slice(0, -1),
    });
    await expect(face(seen, [{ kind: 'hoist-input' }])).rejects.toThrow(/"n" is an output/);
    const echoed = buildModel({
      ...spec,
      outputs: { y: ['float32', [2, 4, 2, 2]], x: ['float32', [2, 3, 8, 8]] },
      nodes: nodes.slice(0, -1),
    });
    await expect(face(echoed, [{ kind: 'hoist-input' }])).rejects.toThrow(/"x" is an output/);
  });

  it('forgets shapes that were computed from the input for the unshuffle alone', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 3, 'h', 'w']] },
      outputs: { y: ['float32', [1, 4, null, null]] },
      initializers: {
        ...shapes,
        two: Tensor.of('int64', [1], [2]),
        three: Tensor.of('int64', [1], [3]),
        one: Tensor.of('int64', [1], [1]),
        zero: Tensor.of('int64', [1], [0]),
        twelve: Tensor.of('int64', [1], [12]),
      },
      nodes: [
        ['Shape', ['x'], ['s']],
        ['Gather', ['s', 'two'], ['h']],
        ['Gather', ['s', 'three'], ['w']],
        ['Div', ['h', 'two'], ['h2']],
        ['Div', ['w', 'two'], ['w2']],
        ['Concat', ['one', 'three', 'h2', 'two', 'w2', 'two'], ['s6'], { axis: 0 }],
        ['Concat', ['one', 'twelve', 'h2', 'w2'], ['s4'], { axis: 0 }],
        ['Reshape', ['x', 's6'], ['r6']],
        ['Transpose', ['r6'], ['t6'], { perm: [0, 1, 3, 5, 2, 4] }],
        ['Reshape', ['t6', 's4'], ['u']],
        ['Conv', ['u', 'w12'], ['y'], {}],
      ],
    });
    const result = await face(model, [{ kind: 'hoist-input' }]).catch((error: UserError) => error);
    if (result instanceof Error) throw result;
    expect(opTypes(result)).toEqual(['Conv']);
    expect(result.comparison?.bitEqual).toBe(true);
  });

  it('says that a layer needs the size of the input as it was', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 3, 'h', 'w']] },
      outputs: { y: ['float32', [1, 3, 'h', 'w']], s: ['int64', [4]] },
      initializers: { k: Tensor.of('float32', [], [2]) },
      nodes: [
        ['Mul', ['x', 'k'], ['m']],
        ['Sigmoid', ['m'], ['y']],
        ['Shape', ['x'], ['s'], {}, { name: 'size' }],
      ],
    });
    await expect(face(model, [{ kind: 'hoist-input' }])).rejects.toThrow(/"x" is still needed by size/);
  });

  it('works input by input where there are two, by name or wherever it fits', async () => {
    const model = buildModel({
      inputs: { a: ['float32', [1, 3, 4, 4]], b: ['uint8', [1, 3, 4, 4]] },
      outputs: { y: ['float32', [1, 3, 4, 4]] },
      nodes: [
        ['Cast', ['b'], ['f'], { to: 1 }],
        ['Sigmoid', ['a'], ['g']],
        ['Add', ['f', 'g'], ['y']],
      ],
    });
    const any = await face(model, [{ kind: 'hoist-input' }]);
    expect(any.adapter.inputs.map(({ to, steps }) => [to.name, to.dtype, steps.length])).toEqual([
      ['a', 'float32', 0],
      ['b', 'float32', 1],
    ]);
    await expect(face(model, [{ kind: 'hoist-input', input: 'a' }])).rejects.toThrow(/"a" goes into/);
    await expect(face(model, [{ kind: 'hoist-input', input: 'c' }])).rejects.toThrow(/no input "c"/);
  });
});
