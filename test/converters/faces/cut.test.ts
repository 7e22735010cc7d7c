import { describe, expect, it } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import { type ModelProto, Tensor } from '../../../models/onnx/index.ts';
import { buildGraph, buildModel } from '../../support/build-model.ts';
import { face } from './apply.ts';

describe('cuts', () => {
  const model = (): ModelProto =>
    buildModel({
      inputs: { a: ['float32', [1, 3, 4, 4]], b: ['float32', [1, 3, 4, 4]] },
      outputs: { y: ['float32', [1, 3, 4, 4]], z: ['float32', [1, 6, 4, 4]] },
      initializers: { k: Tensor.of('float32', [], [3]) },
      nodes: [
        ['Add', ['a', 'b'], ['sum'], {}, { name: 'sum' }],
        ['Sigmoid', ['sum'], ['s'], {}, { name: 'sigmoid' }],
        ['Mul', ['s', 'k'], ['y'], {}, { name: 'scale' }],
        ['Concat', ['s', 'sum'], ['z'], { axis: 1 }, { name: 'join' }],
      ],
    });

  it('cut from: several inputs go at once, the old model itself stands for the layers', async () => {
    const { model: after, adapter, comparison, records } = await face(model(), [{ kind: 'cut-from', tensor: 'sum' }]);
    expect(after.graph.inputs.map(({ name, stated }) => [name, stated.dtype, stated.shape])).toEqual([['sum', 'float32', [1, 3, 4, 4]]]);
    expect(adapter.inputs).toMatchObject([{ to: { name: 'sum' }, steps: [], removed: { tensor: 'sum', nodes: ['sum'] } }]);
    expect(comparison?.bitEqual).toBe(true);
    expect(records[0]).toMatchObject({ rewrite: 'face/cut-from', face: 'subset', nodes: ['sum'] });
  });

  it('cut at: outputs that follow from the tensor by steps are ports, others are named', async () => {
    const { model: after, adapter, comparison } = await face(model(), [{ kind: 'cut-at', tensor: 's' }]);
    expect(after.graph.outputs.map(({ name }) => name)).toEqual(['s']);
    expect(adapter.outputs).toMatchObject([
      { from: { name: 's' }, to: { name: 'y' }, steps: [{ kind: 'arithmetic', op: 'multiply', values: [3] }], removed: null },
      { from: { name: 's' }, removed: { tensor: 's' } },
    ]);
    expect(comparison?.bitEqual).toBe(true);
  });

  it('takes both ends at once, and keeps outputs that do not depend on the tensor', async () => {
    const proto = buildModel({
      inputs: { a: ['float32', [1, 3, 4, 4]] },
      outputs: { first: ['float32', [1, 3, 4, 4]], last: ['float32', [1, 3, 4, 4]] },
      nodes: [
        ['Relu', ['a'], ['r']],
        ['Sigmoid', ['r'], ['first']],
        ['Tanh', ['r'], ['t']],
        ['Neg', ['t'], ['last']],
      ],
    });
    const { model: after, comparison } = await face(proto, [
      { kind: 'cut-from', tensor: 'r' },
      { kind: 'cut-at', tensor: 't' },
    ]);
    expect([after.graph.inputs, after.graph.outputs].map((side) => side.map(({ name }) => name))).toEqual([['r'], ['first', 't']]);
    expect(comparison?.bitEqual).toBe(true);
  });

  it('cuts at one output of a node that has several', async () => {
    const proto = buildModel({
      inputs: { a: ['float32', [1, 4, 2, 2]] },
      outputs: { y: ['float32', [1, 2, 2, 2]], z: ['float32', [1, 2, 2, 2]] },
      nodes: [
        ['Split', ['a'], ['p', 'q'], { axis: 1 }],
        ['Relu', ['p'], ['y']],
        ['Neg', ['q'], ['z']],
      ],
    });
    const { model: after, comparison } = await face(proto, [{ kind: 'cut-from', tensor: 'p' }]);
    expect(after.graph.inputs.map(({ name }) => name)).toEqual(['a', 'p'].sort());
    expect(comparison?.bitEqual).toBe(true);
  });

  it("takes the caller's word for a shape that the model leaves open, and holds it against what is known", async () => {
    const proto = buildModel({
      inputs: { a: ['float32', null] },
      outputs: { y: ['float32', null] },
      nodes: [
        ['Relu', ['a'], ['r']],
        ['Neg', ['r'], ['y']],
      ],
    });
    const { model: after } = await face(proto, [{ kind: 'cut-from', tensor: 'r', shape: [1, 3, 4, 4] }]);
    expect(after.graph.inputs.map(({ name, stated }) => [name, stated.shape])).toEqual([['r', [1, 3, 4, 4]]]);
    await expect(face(model(), [{ kind: 'cut-from', tensor: 'sum', shape: [1, 3, 4] }])).rejects.toThrow(/has the shape/);
  });

  it.each([
    ['cut-from', 'nope', /no tensor "nope"/],
    ['cut-from', 'a', /an input already/],
    ['cut-at', 'k', /a constant/],
    ['cut-at', 'y', /No output depends on "y"/],
  ] as const)('%s %s is refused', async (kind, tensor, message) => {
    const refusal = face(model(), [{ kind, tensor }]);
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toBeInstanceOf(UserError);
  });

  it('is refused where a subgraph knows the tensor', async () => {
    const branch = (op: string): { graph: ReturnType<typeof buildGraph> } => ({
      graph: buildGraph({ inputs: {}, outputs: { [`${op}_o`]: ['float32', [2]] }, nodes: [[op, ['r'], [`${op}_o`]]] }),
    });
    const proto = buildModel({
      inputs: { a: ['float32', [2]], c: ['bool', []] },
      outputs: { y: ['float32', [2]] },
      nodes: [
        ['Relu', ['a'], ['r']],
        ['If', ['c'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Abs') }],
      ],
    });
    await expect(face(proto, [{ kind: 'cut-from', tensor: 'r' }])).rejects.toThrow(/inside an If/);
  });
});
