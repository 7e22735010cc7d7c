import { describe, expect, test } from 'vitest';
import type { Rewrite } from '../../../../converters/rewrites/rewrite.ts';
import { commonSubexpressions } from '../../../../converters/rewrites/clean/cse.ts';
import { compareArrays, tooFar } from '../../../../converters/rewrites/verify/compare.ts';
import { contractRange } from '../../../../converters/rewrites/verify/contract-range.ts';
import type { Exactness, InputContract } from '../../../../models/contracts/index.ts';
import { type Node, Patch, type Value } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import type { ModelSpec } from '../../../support/build-model.ts';
import { ndarray } from '../../../support/ort.ts';
import { opTypes, ortExecutor, renameOp, rewriteWith } from './support.ts';

/** Replaces the output of every node of one type by what `build` makes of it. */
function rewriteBy(
  opType: string,
  exactness: Exactness,
  build: (node: Node, patch: Patch) => Value | null,
  more: { ranges?: ReadonlyMap<string, readonly [number, number]> } = {},
): Rewrite {
  return {
    id: `t/${opType}`,
    title: '',
    doc: '',
    opTypes: [opType],
    exactness,
    face: 'same',
    match: (node, { graph, opset }) => {
      const patch = new Patch(graph, opset);
      const by = build(node, patch);
      return (
        by && { kind: 'proposal', patch: patch.replace(node.output() as Value, by).remove(node), nodes: [node], reason: 'test', ...more }
      );
    },
  };
}

const wave = (dims: number[]) =>
  Tensor.of(
    'float32',
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i)),
  );
const convModel: ModelSpec = {
  inputs: { x: ['float32', [1, 4, 'H', 'W']] },
  outputs: { y: ['float32', null] },
  initializers: { w: wave([6, 4, 3, 3]), two: Tensor.of('float32', [], [2]) },
  nodes: [
    ['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }],
    ['Mul', ['c', 'two'], ['y']],
  ],
};

/** 2 · conv(x, w) as conv(x, 2 w), off by a factor. */
const scaled = (factor: number): Rewrite =>
  rewriteBy('Mul', 'exact', (mul, patch) => {
    const conv = mul.input(0)?.producer as Node;
    const weight = conv.input(1)?.constant as Tensor;
    const double = patch.constant(
      Tensor.of(
        'float32',
        weight.dims,
        weight.numbers().map((v) => 2 * factor * v),
      ),
      'double',
    );
    const [by] = patch.copy(conv, [conv.input(0), double]);
    patch.remove(conv);
    return by as Value;
  });

describe('exactness classes', () => {
  const run = (rewrite: Rewrite, spec = convModel, more = {}) =>
    rewriteWith(spec, [rewrite], { executor: ortExecutor(), verify: 'full', ...more });

  test('exact: rounding passes, an error of one in a thousand does not', async () => {
    expect(opTypes(await run(scaled(1)))).toEqual(['Conv']);
    const { log } = await run(scaled(1.001));
    expect(log.records).toMatchObject([{ outcome: 'refused', reason: expect.stringContaining('verification failed') }]);
    expect(log.records[0]?.verified?.maxRelToRange).toBeGreaterThan(2e-4);
    expect(log.records[0]?.verified?.maxRelToRange).toBeLessThan(2e-3);
  });

  test('border: different at the border, equal inside; both are said', async () => {
    const edge = (exactness: Exactness): Rewrite =>
      rewriteBy('Conv', exactness, (conv, patch) => {
        if (conv.attributes.ints('pads')?.every((p) => p === 0)) return null;
        const padded = patch.node('Pad', [conv.input(0), patch.constant(Tensor.of('int64', [8], [0, 0, 1, 1, 0, 0, 1, 1]), 'pads')], {
          attributes: { mode: 'edge' },
        });
        return patch.copy(conv, [padded, conv.input(1)], { pads: [0, 0, 0, 0] })[0] as Value;
      });
    const { log, model } = await run(edge('border'), convModel, { allow: ['border'] });
    expect([...model.graph.nodes()].map((node) => node.opType)).toContain('Pad');
    expect(log.records[0]).toMatchObject({ outcome: 'fired', exactness: 'border', facts: { interiorError: 0 } });
    expect(log.records[0]?.verified?.maxRelToRange).toBeGreaterThan(0.01);
    expect((await run(edge('exact'))).log.records).toMatchObject([{ outcome: 'refused' }]);
  });

  test('approximate: measured, but nonsense is refused', async () => {
    const shrink = (by: number) =>
      rewriteBy('Mul', 'approximate', (mul, patch) => {
        if (mul.input(1)?.constant?.numbers()[0] !== 2) return null;
        return patch.node('Mul', [mul.input(0), patch.constant(Tensor.of('float32', [], [2 * by]), 'k')]);
      });
    expect((await run(shrink(0.99), convModel, { allow: ['approximate'] })).log.records).toMatchObject([{ outcome: 'fired' }]);
    expect((await run(shrink(0.5), convModel, { allow: ['approximate'] })).log.records).toMatchObject([{ outcome: 'refused' }]);
  });
});

describe('inputs', () => {
  const relu: ModelSpec = {
    inputs: { x: ['float32', [3, 'W']] },
    outputs: { y: ['float32', null] },
    nodes: [
      ['Relu', ['x'], ['a']],
      ['Exp', ['a'], ['y']],
    ],
  };
  const dropRelu = (ranges?: ReadonlyMap<string, readonly [number, number]>) =>
    rewriteBy('Relu', 'bit', (node) => node.input(0), ranges ? { ranges } : {});
  const contract: InputContract = {
    name: 'x',
    kind: 'tensor',
    color: 'rgb',
    range: [0, 1],
    mean: [0],
    std: [1],
    layout: 'NCHW',
    dtype: 'float32',
    shape: [3, null],
  };

  test('are drawn from the contract', async () => {
    const without = await rewriteWith(relu, [dropRelu()], { executor: ortExecutor(), verify: 'full' });
    expect(opTypes(without)).toEqual(['Relu', 'Exp']);
    const within = await rewriteWith(relu, [dropRelu()], {
      executor: ortExecutor(),
      verify: 'full',
      contracts: new Map([['x', contract]]),
    });
    expect(opTypes(within)).toEqual(['Exp']);
  });

  test('a range that the rewrite states holds for its own place; the whole model still decides', async () => {
    const result = await rewriteWith(relu, [dropRelu(new Map([['x', [0, 1]]]))], { executor: ortExecutor(), verify: 'full' });
    expect(result.log.records[0]?.reason).toMatch(/whole model is another function/);
  });

  test('contract ranges are those behind mean and std', () => {
    expect(contractRange({ ...contract, range: [0, 255], mean: [127.5], std: [127.5] })).toEqual([-1, 1]);
    expect(contractRange({ ...contract, mean: [0, 0.5, 0], std: [1, 0.5, 2] })).toEqual([-1, 1]);
    expect(contractRange({ ...contract, std: [-1] })).toEqual([-1, -0]);
    expect(contractRange(undefined)).toBeNull();
  });

  test('whole numbers that a node computes are computed, not drawn', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', ['N', 6, 'W']] },
      outputs: { y: ['float32', null] },
      initializers: { tail: Tensor.of('int64', [2], [3, 2]), zero: Tensor.of('int64', [1], [0]) },
      nodes: [
        ['Shape', ['x'], ['s']],
        ['Gather', ['s', 'zero'], ['n']],
        ['Shape', ['x'], ['s2'], { start: 2 }],
        ['Concat', ['n', 'tail', 's2'], ['t'], { axis: 0 }],
        ['Reshape', ['x', 't'], ['r']],
        ['Relu', ['r'], ['y']],
      ],
    };
    const { log } = await rewriteWith(spec, [renameOp('t/relu', 'Relu', 'Max')], { executor: ortExecutor(), verify: 'full' });
    expect(log.records).toMatchObject([{ outcome: 'refused', verified: { bitEqual: false } }]);
    const reshape = rewriteBy('Reshape', 'bit', (node, patch) =>
      node.attributes.has('allowzero') ? null : (patch.copy(node, node.inputs, { allowzero: 1 })[0] as Value),
    );
    const kept = await rewriteWith(spec, [reshape], { executor: ortExecutor(), verify: 'full' });
    expect(kept.log.records).toMatchObject([{ outcome: 'fired', verified: { bitEqual: true } }]);
  });

  test('what both sides share is taken into the cut-out', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [4, 5]] },
      outputs: { y: ['float32', null] },
      nodes: [
        ['Exp', ['x'], ['a']],
        ['Exp', ['x'], ['b']],
        ['Add', ['a', 'b'], ['y']],
      ],
    };
    const { log } = await rewriteWith(spec, [commonSubexpressions], { executor: ortExecutor(), verify: 'full' });
    expect(log.records).toMatchObject([{ outcome: 'fired', verified: { bitEqual: true } }]);
  });
});

describe('runs', () => {
  test('through the host executor in its own process', async () => {
    const executor = createHostExecutor();
    try {
      const { log } = await rewriteWith(convModel, [scaled(1)], { executor, verify: 'quick' });
      expect(log).toMatchObject({
        records: [{ outcome: 'fired', verified: { evidence: 'verified(host)', inputs: 1 } }],
        whole: { inputs: 1 },
      });
    } finally {
      await executor.close();
    }
  });

  test('say on what they ran', async () => {
    const { log } = await rewriteWith(convModel, [scaled(1)], { executor: { ...ortExecutor(), id: 'emulator:SM8550' }, verify: 'quick' });
    expect(log.whole?.evidence).toBe('verified(emulator)');
  });

  test('of a model that draws random numbers prove nothing, and that is noted', async () => {
    const spec: ModelSpec = {
      ...convModel,
      nodes: [...convModel.nodes.slice(0, 1), ['RandomNormalLike', ['c'], ['r']], ['Add', ['c', 'r'], ['z']], ['Mul', ['z', 'two'], ['y']]],
    };
    const { notes, log } = await rewriteWith(
      spec,
      [
        renameOp('t/mul', 'Mul', 'Mul2', {
          match: (node, { graph, opset }) => {
            if (node.attributes.has('done')) return null;
            const patch = new Patch(graph, opset);
            const by = node.name === 'done' ? null : patch.node('Mul', node.inputs, { name: 'done' });
            return by && { kind: 'proposal', patch: patch.replace(node.output() as Value, by).remove(node), nodes: [node], reason: '' };
          },
        }),
      ],
      { executor: ortExecutor(), verify: 'quick' },
    );
    expect(notes).toEqual([expect.stringContaining('random numbers')]);
    expect(log.whole).toBeUndefined();
  });
});

describe('comparison', () => {
  const f32 = (...values: number[]) => ndarray('float32', [values.length], values);

  test('NaN equals NaN, −0 is not 0 bit for bit, infinities must meet', () => {
    expect(compareArrays(f32(Number.NaN, 1), f32(Number.NaN, 1)).bitEqual).toBe(true);
    const zeros = compareArrays(f32(0, 1), f32(-0, 1));
    expect(zeros).toMatchObject({ bitEqual: false, maxAbs: 0 });
    expect(tooFar(zeros, 'bit', 'float32', 0)).toMatch(/bit equal/);
    expect(tooFar(zeros, 'exact', 'float32', 0)).toBeNull();
    expect(tooFar(compareArrays(f32(Infinity, 1), f32(1e30, 1)), 'exact', 'float32', 1)).toMatch(/finite on one side/);
    expect(compareArrays(f32(Infinity, 1), f32(Infinity, 1)).bitEqual).toBe(true);
  });

  test('relative to the range, and to the largest magnitude', () => {
    expect(compareArrays(f32(100, 101), f32(100, 101.5))).toMatchObject({ maxAbs: 0.5, maxRelToRange: 0.5, relative: 0.5 / 101 });
    expect(compareArrays(f32(0, 0), f32(0, 1e-8), { magnitude: 10 })).toMatchObject({ relative: 9.99999993922529e-10 });
  });

  test('types and shapes', () => {
    expect(tooFar(compareArrays(f32(1), ndarray('int32', [1], [1])), 'approximate', 'float32', 1)).toMatch(/int32 instead of float32/);
    expect(tooFar(compareArrays(f32(1, 2), ndarray('float32', [2, 1], [1, 2])), 'approximate', 'float32', 1)).toMatch(
      /\[2,1\] instead of \[2\]/,
    );
  });

  test('bytes may tip over by one level in one of a thousand', () => {
    const bytes = (off: number, by: number) =>
      ndarray(
        'uint8',
        [2000],
        Array.from({ length: 2000 }, (_, i) => (i % 200) + (i < off ? by : 0)),
      );
    const judge = (off: number, by: number) => tooFar(compareArrays(bytes(0, 0), bytes(off, by)), 'exact', 'uint8', 1e-6);
    expect(judge(2, 1)).toBeNull();
    expect(judge(30, 1)).toMatch(/1.5 % of the uint8 outputs/);
    expect(judge(1, 3)).toMatch(/by up to 3/);
  });
});
