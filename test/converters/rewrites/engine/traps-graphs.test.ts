import { describe, expect, test } from 'vitest';
import { rewriteModel } from '../../../../converters/rewrites/engine.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import { Model } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { buildGraph, buildModel, toBytes } from '../../../support/build-model.ts';
import { afterConv, i64, RECIPES, survives, wave } from './trap-support.ts';

describe('graphs', () => {
  test('Transpose without perm, twice', async () => {
    await survives({
      inputs: { x: ['float32', [2, 3, 4]] },
      outputs: { y: ['float32', null] },
      nodes: [
        ['Transpose', ['x'], ['a']],
        ['Relu', ['a'], ['b']],
        ['Transpose', ['b'], ['c']],
        ['Transpose', ['c'], ['y']],
      ],
    });
  });

  test('an input that only Shape uses stays in the signature', async () => {
    const results = await survives({
      inputs: { x: ['float32', [6]], like: ['float32', [2, 3]] },
      outputs: { y: ['float32', [2, 3]] },
      nodes: [
        ['Shape', ['like'], ['s']],
        ['Reshape', ['x', 's'], ['r']],
        ['Relu', ['r'], ['y']],
      ],
    });
    for (const { model } of results) expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x', 'like']);
  });

  test('a subgraph that captures an outer value', async () => {
    const branch = (op: string) => ({ graph: buildGraph({ inputs: {}, outputs: { r: ['float32', null] }, nodes: [[op, ['d'], ['r']]] }) });
    await survives(
      afterConv(
        [
          ['Mul', ['c', 'k'], ['d']],
          ['ReduceMax', ['c'], ['m'], { keepdims: 0 }],
          ['Greater', ['m', 'zero'], ['t']],
          ['If', ['t'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Abs') }],
        ],
        { k: wave([4, 1, 1], 7), zero: Tensor.of('float32', [], [0.2]) },
      ),
    );
  });

  test('one output name twice in the signature is a user error or stays', async () => {
    const spec = buildModel({
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      nodes: [
        ['Relu', ['x'], ['a']],
        ['Identity', ['a'], ['y']],
      ],
    });
    const doubled = { ...spec, graph: { ...spec.graph, output: [...(spec.graph?.output ?? []), ...(spec.graph?.output ?? [])] } };
    const result = await rewriteModel(new Model(doubled), { target: resolveTarget('ane'), precision: 'fp16', verify: 'off' });
    expect(result.model.toProto().graph?.output?.map(({ name }) => name)).toEqual(['y', 'y']);
    expect(result.model.toProto().graph?.node?.at(-1)?.output).toEqual(['y']);
  });

  test('unsorted nodes', async () => {
    await survives({
      inputs: { x: ['float32', [2, 3]] },
      outputs: { y: ['float32', null] },
      nodes: [
        ['Relu', ['b'], ['y']],
        ['Identity', ['a'], ['b']],
        ['Neg', ['x'], ['a']],
      ],
    });
  });

  test('names that are empty or the same', async () => {
    await survives(
      {
        inputs: { x: ['float32', [2, 3]] },
        outputs: { y: ['float32', null] },
        nodes: [
          ['Neg', ['x'], ['a'], {}, { name: 'n' }],
          ['Identity', ['a'], ['b'], {}, { name: 'n' }],
          ['Transpose', ['b'], ['y']],
        ],
      },
      { run: false },
    );
  });

  test('only ai.onnx.ml, and an unknown domain', async () => {
    const ml = buildModel({
      inputs: { x: ['float32', [2, 3]] },
      outputs: { y: ['float32', [2, 3]] },
      nodes: [['Scaler', ['x'], ['y'], {}, { domain: 'ai.onnx.ml' }]],
    });
    const proto = { ...ml, opsetImport: [{ domain: 'ai.onnx.ml', version: 3 }] };
    for (const [target, precision] of RECIPES) {
      const result = await rewriteModel(new Model(proto), { target: resolveTarget(target), precision, verify: 'off' });
      expect(toBytes(result.model.toProto())).toEqual(toBytes(proto));
    }
    await survives(
      afterConv(
        [
          ['Thing', ['c'], ['d'], { secret: 3 }, { domain: 'com.acme' }],
          ['Add', ['d', 'x'], ['y']],
        ],
        {},
        { domains: { 'com.acme': 1 } },
      ),
      { run: false },
    );
  });

  test('tensors without elements and of rank 0', async () => {
    await survives(
      {
        inputs: { x: ['float32', [0, 3]], s: ['float32', []] },
        outputs: { y: ['float32', null], z: ['float32', null] },
        initializers: { t: i64(3, 0), e: Tensor.of('float32', [0, 3], []), zero: i64(0) },
        nodes: [
          ['Reshape', ['x', 't'], ['a'], { allowzero: 1 }],
          ['Transpose', ['a'], ['b']],
          ['Concat', ['b', 'e'], ['y'], { axis: 0 }],
          ['Unsqueeze', ['s', 'zero'], ['u']],
          ['Squeeze', ['u', 'zero'], ['z']],
        ],
      },
      { run: false },
    );
  });

  test('open batch, height and width', async () => {
    await survives(
      afterConv(
        [
          ['Add', ['c', 'x'], ['d']],
          ['DepthToSpace', ['d'], ['y'], { blocksize: 2, mode: 'CRD' }],
        ],
        {},
        { inputs: { x: ['float32', ['N', 4, 'H', 'W']] } },
      ),
      { bindings: { N: 3, H: 4, W: 7 } },
    );
  });

  test('function bodies come through untouched', async () => {
    const functions = [
      {
        name: 'Twice',
        domain: 'here',
        input: ['a'],
        output: ['c'],
        opsetImport: [{ domain: '', version: 17 }],
        node: [
          { opType: 'Identity', input: ['a'], output: ['b'] },
          { opType: 'Add', input: ['b', 'b'], output: ['c'] },
        ],
      },
    ];
    const built = buildModel({
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      domains: { here: 1 },
      nodes: [
        ['Identity', ['x'], ['a']],
        ['Twice', ['a'], ['t'], {}, { domain: 'here' }],
        ['Neg', ['t'], ['y']],
      ],
    });
    const { model } = await rewriteModel(new Model({ ...built, functions }), {
      target: resolveTarget('htp'),
      precision: 'fp16',
      verify: 'off',
    });
    expect(model.toProto().functions).toBe(functions);
    expect([...model.graph.nodes()].map((node) => node.opType)).toEqual(['Twice', 'Neg']);
  });

  test('float64, int32 and strings', async () => {
    await survives({
      inputs: { x: ['float64', [2, 3]], i: ['int32', [2, 3]] },
      outputs: { y: ['float64', null], j: ['int32', null] },
      initializers: { zero: Tensor.of('float64', [], [0]), one: Tensor.of('int32', [], [1]) },
      nodes: [
        ['Add', ['x', 'zero'], ['a']],
        ['Transpose', ['a'], ['b']],
        ['Transpose', ['b'], ['c']],
        ['Neg', ['c'], ['y']],
        ['Mul', ['i', 'one'], ['k']],
        ['Neg', ['k'], ['j']],
      ],
    });
    const text = { name: 's', dataType: 8, dims: [2], stringData: [new Uint8Array([97]), new Uint8Array([98])] };
    const built = buildModel({
      inputs: { i: ['int64', []] },
      outputs: { y: ['string', []] },
      nodes: [
        ['Identity', ['s'], ['t']],
        ['Gather', ['t', 'i'], ['g']],
        ['Identity', ['g'], ['y']],
      ],
      initializers: { s: i64(0) },
    });
    const strings = { ...built, graph: { ...built.graph, initializer: [text] } };
    for (const [target, precision] of RECIPES) {
      const { model } = await rewriteModel(new Model(strings), { target: resolveTarget(target), precision, verify: 'off' });
      expect(model.toProto().graph?.output).toEqual(strings.graph.output);
    }
  });
});
