import { describe, expect, test } from 'vitest';
import { BugError, UserError } from '../../../../models/contracts/index.ts';
import { Patch } from '../../../../models/graph/index.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { Rewrite } from '../../../../converters/rewrites/rewrite.ts';
import type { ModelSpec } from '../../../support/build-model.ts';
import { opTypes, ortExecutor, renameOp, rewriteWith } from './support.ts';

const chain: ModelSpec = {
  inputs: { x: ['float32', [1, 3, 5, 'W']] },
  outputs: { y: ['float32', [1, 3, 5, 'W']] },
  nodes: [
    ['Neg', ['x'], ['a'], {}, { name: 'first' }],
    ['Neg', ['a'], ['b']],
    ['Abs', ['b'], ['y']],
  ],
};
const negToAbs = renameOp('t/neg-to-abs', 'Neg', 'Abs');
const absToRelu = renameOp('t/abs-to-relu', 'Abs', 'Relu');
/** −(−x) = x, bit for bit. */
const doubleNeg: Rewrite = {
  id: 't/double-neg',
  title: '',
  doc: '',
  opTypes: ['Neg'],
  exactness: 'bit',
  face: 'same',
  match: (node, { graph, opset }) => {
    const inner = node.input(0)?.producer;
    const output = node.output();
    if (!inner?.is('Neg') || !output) return null;
    if (!inner.output()?.soleConsumer) return { kind: 'refusal', nodes: [inner, node], reason: 'the inner value is used elsewhere' };
    return {
      kind: 'proposal',
      patch: new Patch(graph, opset).replace(output, inner.input(0) as never).remove(node, inner),
      nodes: [inner, node],
      reason: 'two negations',
    };
  },
};

describe('verification', () => {
  test('keeps a patch that computes the same, with the measured error', async () => {
    const result = await rewriteWith(chain, [doubleNeg], { executor: ortExecutor(), verify: 'full' });
    expect(opTypes(result)).toEqual(['Abs']);
    expect(result.log.records).toMatchObject([
      { outcome: 'fired', nodes: ['first', '#1 Neg'], verified: { bitEqual: true, maxAbs: 0, evidence: 'verified(host)' } },
    ]);
    expect(result.log.records[0]?.verified?.inputs).toBeGreaterThan(5);
    expect(result.log.whole).toMatchObject({ bitEqual: true });
  });

  test('takes back a patch that computes something else, and keeps the others', async () => {
    const result = await rewriteWith(chain, [absToRelu, doubleNeg], { executor: ortExecutor(), verify: 'quick' });
    expect(opTypes(result)).toEqual(['Abs']);
    const refused = result.log.records.filter(({ outcome }) => outcome === 'refused');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatch(/verification failed: the outputs are not bit equal/);
    expect(refused[0]?.verified?.maxAbs).toBeGreaterThan(0.1);
  });

  test('finds the patch that breaks the whole model when it could not be cut out', async () => {
    const blind: Rewrite = renameOp('t/blind', 'Neg', 'Exp');
    const spec: ModelSpec = {
      inputs: { x: ['float32', [2, 3]] },
      outputs: { y: ['float32', null] },
      nodes: [
        ['Abs', ['x'], ['a']],
        ['NonZero', ['a'], ['i']],
        ['Cast', ['i'], ['c'], { to: 1 }],
        ['Neg', ['c'], ['d']],
        ['Neg', ['x'], ['n']],
        ['Neg', ['n'], ['p']],
        ['ReduceMax', ['p'], ['m'], { keepdims: 0 }],
        ['Add', ['d', 'm'], ['y']],
      ],
    };
    const result = await rewriteWith(spec, [doubleNeg, blind], { executor: ortExecutor(), verify: 'quick' });
    expect(opTypes(result)).toContain('Neg');
    expect(opTypes(result)).not.toContain('Exp');
    expect(result.log.records.some(({ rewrite, outcome }) => rewrite === 't/double-neg' && outcome === 'fired')).toBe(true);
  });

  test('a patch that the runtime refuses is taken back', async () => {
    const result = await rewriteWith(chain, [renameOp('t/nonsense', 'Abs', 'NoSuchOperator', {})], {
      executor: ortExecutor(),
      verify: 'quick',
    });
    expect(opTypes(result)).toEqual(['Neg', 'Neg', 'Abs']);
    expect(result.log.records[0]?.reason).toMatch(/the runtime refuses the new nodes/);
  });

  test('off runs nothing; on without an executor is a user error', async () => {
    const result = await rewriteWith(chain, [negToAbs], { verify: 'off' });
    expect(opTypes(result)).toEqual(['Abs', 'Abs', 'Abs']);
    expect(result.log.whole).toBeUndefined();
    await expect(rewriteWith(chain, [negToAbs], { verify: 'quick' })).rejects.toThrow(UserError);
  });

  test('many patches share few runs', async () => {
    const nodes = Array.from({ length: 60 }, (_, i) => ['Neg', [i === 0 ? 'x' : `v${i - 1}`], [`v${i}`]] as const);
    const executor = ortExecutor();
    const result = await rewriteWith({ ...chain, nodes: [...nodes, ['Abs', ['v59'], ['y']]] }, [doubleNeg], { executor, verify: 'quick' });
    expect(result.log.records.filter(({ outcome }) => outcome === 'fired')).toHaveLength(30);
    expect(executor.runs).toBeLessThanOrEqual(4);
  });
});

describe('control', () => {
  test('dry run leaves the model and says what would happen', async () => {
    const result = await rewriteWith(chain, [doubleNeg], { dryRun: true });
    expect(opTypes(result)).toEqual(['Neg', 'Neg', 'Abs']);
    expect(result.log).toMatchObject({ nodesBefore: 3, nodesAfter: 1, records: [{ outcome: 'fired' }] });
  });

  test('rewrites that undo one another are a bug, named', async () => {
    const there = renameOp('t/there', 'Neg', 'Abs');
    const back = renameOp('t/back', 'Abs', 'Neg');
    await expect(rewriteWith(chain, [there, back])).rejects.toThrow(BugError);
    await expect(rewriteWith(chain, [there, back])).rejects.toThrow(/t\/there.*t\/back|t\/back.*t\/there/);
  });

  test('border and approximate rewrites need leave', async () => {
    for (const exactness of ['border', 'approximate'] as const) {
      const rewrite = { ...doubleNeg, exactness };
      expect((await rewriteWith(chain, [rewrite])).log.records).toMatchObject([
        { outcome: 'refused', reason: expect.stringContaining(`--allow ${exactness}`) },
      ]);
      expect(opTypes(await rewriteWith(chain, [rewrite], { allow: [exactness] }))).toEqual(['Abs']);
    }
  });

  test('a rank above what the target takes is refused', async () => {
    const highRank: Rewrite = {
      ...doubleNeg,
      id: 't/high',
      opTypes: ['Abs'],
      match: (node, { graph, opset }) => {
        const patch = new Patch(graph, opset);
        const shape = ['a', 'b'].map((hint) => patch.constant(tensor64([1, 1, 1, 3, 5, -1]), hint));
        const high = patch.node('Reshape', [node.input(0), shape[0] as never], {
          types: [{ kind: 'tensor', dtype: 'float32', shape: [1, 1, 1, 3, 5, 'W'] }],
        });
        const back = patch.node('Reshape', [patch.node('Relu', [high]), patch.constant(tensor64([1, 3, 5, -1]), 'c')]);
        return { kind: 'proposal', patch: patch.replace(node.output() as never, back).remove(node), nodes: [node], reason: 'higher' };
      },
    };
    const result = await rewriteWith(chain, [highRank], { target: resolveTarget('ane:A15') });
    expect(result.log.records).toMatchObject([{ outcome: 'refused', reason: expect.stringMatching(/rank 6, above the target's 5/) }]);
  });

  test('an unknown id is a user error with close ones', async () => {
    await expect(rewriteWith(chain, [doubleNeg], { only: ['duble-neg'] })).rejects.toMatchObject({
      nextSteps: [expect.stringContaining('t/double-neg')],
    });
  });

  test('ids go without their folder; skip wins', async () => {
    expect(opTypes(await rewriteWith(chain, [doubleNeg], { only: ['double-neg'] }))).toEqual(['Abs']);
    expect(opTypes(await rewriteWith(chain, [doubleNeg], { skip: ['double-neg'] }))).toEqual(['Neg', 'Neg', 'Abs']);
  });

  test('cancelling stops', async () => {
    await expect(rewriteWith(chain, [doubleNeg], { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe('log', () => {
  test('a refusal is said once, and not at all where the place was rewritten in the end', async () => {
    const spec: ModelSpec = { ...chain, nodes: [...chain.nodes, ['Abs', ['a'], ['unused']]] };
    const stuck = await rewriteWith(spec, [doubleNeg]);
    expect(stuck.log.records).toMatchObject([{ outcome: 'refused', nodes: ['first', '#1 Neg'] }]);
    const freed = await rewriteWith(spec, [doubleNeg, dead]);
    expect(freed.log.records.map(({ rewrite, outcome }) => [rewrite, outcome])).toEqual([
      ['t/dead', 'fired'],
      ['t/double-neg', 'fired'],
    ]);
  });
});

const dead: Rewrite = {
  ...doubleNeg,
  id: 't/dead',
  opTypes: ['*'],
  match: (node, { graph, opset }) => {
    if (node.outputs.some((value) => value && (value.isGraphOutput || value.uses.size > 0))) return null;
    return { kind: 'proposal', patch: new Patch(graph, opset).remove(node), nodes: [node], reason: 'nobody uses it' };
  },
};

function tensor64(values: readonly number[]) {
  return Tensor.of('int64', [values.length], values);
}
