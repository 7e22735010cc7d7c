import { describe, expect, test } from 'vitest';
import type { GraphPicture } from '../../../../models/contracts/index.ts';
import { Patch } from '../../../../models/graph/index.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import type { Rewrite } from '../../../../converters/rewrites/rewrite.ts';
import type { ModelSpec, NodeSpec } from '../../../support/build-model.ts';
import { renameOp, rewriteWith } from './support.ts';

const shape = ['float32', [1, 3, 4, 4]] as const;
/** x → Neg → Abs → Relu → y, and Abs + x → z. */
const fork: ModelSpec = {
  inputs: { x: shape },
  outputs: { y: shape, z: shape },
  nodes: [
    ['Neg', ['x'], ['a'], {}, { name: 'neg' }],
    ['Abs', ['a'], ['b'], {}, { name: 'abs' }],
    ['Relu', ['b'], ['y'], {}, { name: 'relu' }],
    ['Add', ['b', 'x'], ['z'], {}, { name: 'add' }],
  ],
};

/** Lets go of a node that only hands its input on. */
const drop = (opType: string): Rewrite => ({
  id: 't/drop', title: '', doc: '', opTypes: [opType], exactness: 'bit', face: 'same',
  match: (node, { graph, opset }) => ({
    kind: 'proposal', patch: new Patch(graph, opset).replace(node.output() as never, node.input(0) as never).remove(node), nodes: [node], reason: '',
  }),
});

async function pictures(spec: ModelSpec, rewrite: Rewrite): Promise<({ before: GraphPicture; after: GraphPicture } | undefined)[]> {
  const { log } = await rewriteWith(spec, [rewrite], { verify: 'off' });
  return log.records.filter(({ outcome }) => outcome === 'fired').map(({ picture }) => picture);
}

const marked = ({ nodes }: GraphPicture): string[] => nodes.map(({ opType, changed }) => `${changed ? '*' : ''}${opType}`);
/** Edges by operator: `Neg>Abs`, `>Neg` from outside. */
const joined = ({ nodes, edges }: GraphPicture): string[] => {
  const opType = (id: string | null): string => nodes.find((node) => node.id === id)?.opType ?? '';
  return edges.map(({ from, to }) => `${opType(from)}>${opType(to)}`).sort();
};

describe('the picture of a place', () => {
  test('holds what goes and what comes with neighbours one step away, in execution order', async () => {
    const [picture] = await pictures(fork, renameOp('t/abs', 'Abs', 'Sigmoid'));
    expect(marked(picture!.before)).toEqual(['Neg', '*Abs', 'Relu', 'Add']);
    expect(marked(picture!.after)).toEqual(['Neg', '*Sigmoid', 'Relu', 'Add']);
    expect(joined(picture!.before)).toEqual(['>Add', '>Neg', 'Abs>Add', 'Abs>Relu', 'Add>', 'Neg>Abs', 'Relu>']);
    expect(joined(picture!.after)).toEqual(['>Add', '>Neg', 'Add>', 'Neg>Sigmoid', 'Relu>', 'Sigmoid>Add', 'Sigmoid>Relu']);
    const { edges } = picture!.before;
    expect(edges.find(({ from, to }) => from === null && to !== null)?.label).toBe('x: float32 [1, 3, 4, 4]');
    expect(edges.find(({ from, to }) => from !== null && to !== null)?.label).toBe('float32 [1, 3, 4, 4]');
  });

  test('neighbours are the same nodes on both sides', async () => {
    const [picture] = await pictures(fork, renameOp('t/abs', 'Abs', 'Sigmoid'));
    const kept = ({ nodes }: GraphPicture): string[] => nodes.filter(({ changed }) => !changed).map(({ id, name }) => `${id} ${name}`);
    expect(kept(picture!.after)).toEqual(kept(picture!.before));
  });

  test('where a node is only taken out, its consumers join its producer', async () => {
    const spec = { ...fork, nodes: fork.nodes.map((node): NodeSpec => (node[0] === 'Abs' ? ['Identity', ['a'], ['b'], {}, { name: 'same' }] : node)) };
    const [picture] = await pictures(spec, drop('Identity'));
    expect(marked(picture!.before)).toEqual(['Neg', '*Identity', 'Relu', 'Add']);
    expect(joined(picture!.after)).toEqual(['>Add', '>Neg', 'Add>', 'Neg>Add', 'Neg>Relu', 'Relu>']);
  });

  test('a constant that takes the place of nodes is drawn; constants that nodes take are told in their details', async () => {
    const fold: Rewrite = {
      id: 't/fold', title: '', doc: '', opTypes: ['Shape'], exactness: 'bit', face: 'same',
      match: (node, { graph, opset }) => {
        const patch = new Patch(graph, opset);
        return { kind: 'proposal', patch: patch.replace(node.output() as never, patch.constant(Tensor.of('int64', [2], [3, 4]), 'size')).remove(node), nodes: [node], reason: '' };
      },
    };
    const [picture] = await pictures({
      inputs: { x: ['float32', [3, 4]], v: ['float32', [12]] }, outputs: { y: ['float32', [3, 4]] },
      nodes: [['Shape', ['x'], ['s']], ['Reshape', ['v', 's'], ['y'], { allowzero: 0 }, { name: 'r' }]],
    }, fold);
    expect(marked(picture!.before)).toEqual(['*Shape', 'Reshape']);
    expect(marked(picture!.after)).toEqual(['*Constant', 'Reshape']);
    expect(picture!.after.nodes.map(({ detail }) => detail)).toEqual(['[3, 4]', '[3, 4]']);
    expect(joined(picture!.after)).toEqual(['>Reshape', 'Constant>Reshape', 'Reshape>']);
  });

  test('attributes and types of weights, weights themselves unread', async () => {
    const [picture] = await pictures({
      inputs: { x: shape }, outputs: { y: ['float32', [1, 8, 2, 2]] },
      initializers: { 'head.conv.weight': Tensor.of('float32', [8, 3, 3, 3], new Float32Array(216)) },
      nodes: [['Neg', ['x'], ['a']], ['Conv', ['a', 'head.conv.weight'], ['y'], { dilations: [1, 1], group: 1, kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }]],
    }, renameOp('t/neg', 'Neg', 'Abs'));
    expect(picture!.before.nodes[1]?.detail).toBe('kernel_shape=[3, 3]; strides=[2, 2]; pads=[1, 1, 1, 1]; weight float32 [8, 3, 3, 3]');
  });

  test('has at most 24 nodes and says how many are missing', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `b${i}`);
    const wide: ModelSpec = {
      inputs: { x: shape }, outputs: { y: ['float32', [1, 120, 4, 4]] },
      nodes: [...names.map((name): NodeSpec => ['Abs', ['x'], [name]]), ['Concat', names, ['y'], { axis: 1 }]],
    };
    const whole: Rewrite = {
      id: 't/all', title: '', doc: '', opTypes: ['Concat'], exactness: 'bit', face: 'same',
      match: (node, { graph, opset }) => {
        const patch = new Patch(graph, opset);
        const nodes = [...graph.nodes()];
        patch.replace(node.output() as never, patch.node('Expand', [node.inputs[0]?.producer?.input(0) ?? null, patch.constant(Tensor.of('int64', [4], [1, 120, 4, 4]), 'to')], {
          types: [{ kind: 'tensor', dtype: 'float32', shape: [1, 120, 4, 4] }] })).remove(...nodes);
        return { kind: 'proposal', patch, nodes, reason: '' };
      },
    };
    const [picture] = await pictures(wide, whole);
    expect(picture!.before.nodes).toHaveLength(24);
    expect(picture!.before.omitted).toBe(17);
    expect(new Set(picture!.before.nodes.map(({ id }) => id)).size).toBe(24);
    expect(marked(picture!.after)).toEqual(['*Expand']);
  });

  test('the first places of a rewrite are drawn, not thousands', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `b${i}`);
    const drawn = await pictures({
      inputs: { x: shape }, outputs: { y: ['float32', [1, 180, 4, 4]] },
      nodes: [...names.map((name): NodeSpec => ['Neg', ['x'], [name]]), ['Concat', names, ['y'], { axis: 1 }]],
    }, renameOp('t/neg', 'Neg', 'Abs'));
    expect(drawn).toHaveLength(60);
    expect(drawn.indexOf(undefined)).toBe(8);
    expect(drawn.slice(8).every((picture) => picture === undefined)).toBe(true);
    expect(drawn[0]!.before.nodes.length).toBeLessThanOrEqual(3);
  });

  test('is the same in every run', async () => {
    const once = await pictures(fork, renameOp('t/abs', 'Abs', 'Sigmoid'));
    expect(await pictures(fork, renameOp('t/abs', 'Abs', 'Sigmoid'))).toEqual(once);
  });
});
