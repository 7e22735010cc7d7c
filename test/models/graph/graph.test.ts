import { describe, expect, test } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import { capturedNames, Model, type Node, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';

const F: readonly ['float32', readonly number[]] = ['float32', [2]];
const model = (spec: Partial<ModelSpec> & { nodes: readonly NodeSpec[] }): Model =>
  new Model(buildModel({ inputs: { x: F }, outputs: { y: F }, ...spec }));
const value = (m: Model, name: string): Value => m.graph.values.get(name) as Value;
const labels = (m: Model): string[] => [...m.graph.nodes()].map((node) => node.opType);
const one = Tensor.of('float32', [2], [1, 2]);

describe('reading', () => {
  test('values know their producer and every use', () => {
    const m = model({
      nodes: [
        ['Relu', ['x'], ['r']],
        ['Add', ['r', 'r'], ['y']],
      ],
    });
    expect(value(m, 'r').producer?.opType).toBe('Relu');
    expect([...value(m, 'r').uses].map((use) => use.index)).toEqual([0, 1]);
    expect(value(m, 'r').consumers.map((node) => node.opType)).toEqual(['Add']);
    expect(value(m, 'r').soleConsumer).toBeNull();
    expect(value(m, 'x').soleConsumer?.opType).toBe('Relu');
    expect(value(m, 'y').soleConsumer).toBeNull();
  });

  test('omitted inputs and outputs are null and name nothing', () => {
    const m = model({
      nodes: [
        ['Clip', ['x', '', 'c'], ['']],
        ['Dropout', ['x', ''], ['y', '']],
      ],
      initializers: { c: Tensor.of('float32', [], [1]) },
    });
    const [clip, dropout] = [...m.graph.nodes()] as [Node, Node];
    expect(clip.inputs.map((v) => v?.name ?? null)).toEqual(['x', null, 'c']);
    expect(clip.outputs).toEqual([null]);
    expect(dropout.input(1)).toBeNull();
    expect(dropout.input(7)).toBeNull();
    expect(m.graph.values.has('')).toBe(false);
  });

  test('empty and repeated node names are no trouble; people see the index', () => {
    const m = model({
      nodes: [
        ['Relu', ['x'], ['a']],
        ['Relu', ['a'], ['b'], {}, { name: 'same' }],
        ['Relu', ['b'], ['y'], {}, { name: 'same' }],
      ],
    });
    expect([...m.graph.nodes()].map((node) => node.label)).toEqual(['#0 Relu', 'same', 'same']);
  });

  test('ai.onnx is the empty domain, others are not', () => {
    const m = model({
      nodes: [
        ['Relu', ['x'], ['a'], {}, { domain: 'ai.onnx' }],
        ['Relu', ['a'], ['y'], {}, { domain: 'custom' }],
      ],
    });
    const [first, second] = [...m.graph.nodes()] as [Node, Node];
    expect([first.is('Relu'), second.is('Relu')]).toEqual([true, false]);
  });

  test('nodes out of order are linked all the same', () => {
    const m = model({
      nodes: [
        ['Neg', ['b'], ['y']],
        ['Abs', ['a'], ['b']],
        ['Relu', ['x'], ['a']],
      ],
    });
    expect(labels(m)).toEqual(['Neg', 'Abs', 'Relu']);
    expect(m.toProto()).toBe(m.proto);
    m.graph.sort();
    expect(labels(m)).toEqual(['Relu', 'Abs', 'Neg']);
  });

  test('sorting moves only what must move', () => {
    const m = model({
      inputs: { x: F },
      nodes: [
        ['Abs', ['x'], ['a']],
        ['Neg', ['c'], ['b']],
        ['Exp', ['x'], ['d']],
        ['Relu', ['x'], ['c']],
        ['Sum', ['a', 'b', 'c', 'd'], ['y']],
      ],
    });
    m.graph.sort();
    expect(labels(m)).toEqual(['Abs', 'Relu', 'Neg', 'Exp', 'Sum']);
  });

  test('a chain of 20,000 nodes backwards is no stack overflow', () => {
    const count = 20_000;
    const nodes = Array.from(
      { length: count },
      (_, i): NodeSpec => ['Relu', [i === count - 1 ? 'x' : `v${i + 1}`], [i === 0 ? 'y' : `v${i}`]],
    );
    const m = model({ nodes });
    m.graph.sort();
    expect(m.graph.first?.index).toBe(count - 1);
  });
});

describe('refused', () => {
  const refusal = (spec: Parameters<typeof model>[0]): string => {
    try {
      model(spec);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return (error as Error).message;
    }
    return 'accepted';
  };

  test.each<[string, Parameters<typeof model>[0], RegExp]>([
    [
      'an output defined twice',
      {
        nodes: [
          ['Relu', ['x'], ['y'], {}, { name: 'first' }],
          ['Abs', ['x'], ['y'], {}, { name: 'second' }],
        ],
      },
      /"y" is defined twice.*second/,
    ],
    [
      'an output named like an input',
      {
        nodes: [
          ['Relu', ['x'], ['x']],
          ['Relu', ['x'], ['y']],
        ],
      },
      /"x" is defined twice/,
    ],
    [
      'an output named like an initializer',
      {
        nodes: [
          ['Relu', ['x'], ['w']],
          ['Relu', ['w'], ['y']],
        ],
        initializers: { w: one },
      },
      /"w" is defined twice/,
    ],
    ['an undefined node input', { nodes: [['Add', ['x', 'nowhere'], ['y'], {}, { name: 'sum' }]] }, /"nowhere".*sum.*never defined/],
    ['an undefined graph output', { nodes: [['Relu', ['x'], ['z']]] }, /"y" \(graph output\) is never defined/],
    [
      'a cycle',
      {
        nodes: [
          ['Add', ['x', 'b'], ['a'], {}, { name: 'p' }],
          ['Relu', ['a'], ['b'], {}, { name: 'q' }],
          ['Relu', ['b'], ['y']],
        ],
      },
      /cycle: .*p.*q|cycle: .*q.*p/,
    ],
    ['a node that feeds itself', { nodes: [['Add', ['x', 'y'], ['y'], {}, { name: 'self' }]] }, /cycle: self → self/],
  ])('%s', (_, spec, message) => expect(refusal(spec)).toMatch(message));

  test('an initializer defined twice', () => {
    const proto = buildModel({ inputs: { x: F }, outputs: { y: F }, nodes: [['Add', ['x', 'w'], ['y']]], initializers: { w: one } });
    const twice = {
      ...proto,
      graph: { ...proto.graph, initializer: [...(proto.graph?.initializer ?? []), ...(proto.graph?.initializer ?? [])] },
    };
    expect(() => new Model(twice)).toThrow(/"w" is defined twice/);
  });

  test('a cycle through a captured value', () => {
    const branch = buildGraph({ inputs: {}, outputs: { t: F }, nodes: [['Relu', ['later'], ['t']]] });
    expect(
      refusal({
        inputs: { x: F, c: ['bool', []] },
        nodes: [
          ['If', ['c'], ['m'], { then_branch: { graph: branch }, else_branch: { graph: branch } }],
          ['Abs', ['m'], ['later']],
          ['Relu', ['later'], ['y']],
        ],
      }),
    ).toMatch(/cycle/);
  });
});

describe('initializers', () => {
  const spec: Parameters<typeof model>[0] = { inputs: { x: F, w: F }, nodes: [['Add', ['x', 'w'], ['y']]], initializers: { w: one } };

  test('that are inputs may be fed from IR 4 on, and are constants before', () => {
    const before = value(model({ ...spec, irVersion: 3 }), 'w');
    const after = value(model({ ...spec, irVersion: 4 }), 'w');
    expect([before.overridable, before.constant?.size, before.isGraphInput]).toEqual([false, 2, true]);
    expect([after.overridable, after.constant, after.initializer?.size]).toEqual([true, null, 2]);
  });

  test('that are inputs keep the wider type that the input declares', () => {
    const m = model({ ...spec, inputs: { x: F, w: ['float32', ['K']] }, irVersion: 8 });
    expect(value(m, 'w').type.shape).toEqual(['K']);
  });

  test.each<[string, NodeSpec, number[] | null]>([
    ['value', ['Constant', [], ['k'], { value: one }], [1, 2]],
    ['value_int', ['Constant', [], ['k'], { value_int: 7 }], [7]],
    ['value_float', ['Constant', [], ['k'], { value_float: { float: 2 } }], [2]],
    ['value_ints', ['Constant', [], ['k'], { value_ints: [3, -4] }], [3, -4]],
    ['value_floats', ['Constant', [], ['k'], { value_floats: { floats: [0.5, 3] } }], [0.5, 3]],
    ['value_string', ['Constant', [], ['k'], { value_string: 'text' }], null],
    ['of another domain', ['Constant', [], ['k'], { value: one }, { domain: 'custom' }], null],
  ])('Constant node: %s', (_, node, expected) => {
    const m = model({ nodes: [node, ['Add', ['x', 'k'], ['y']]] });
    const constant = value(m, 'k').constant;
    expect(constant && [...constant.numbers()]).toEqual(expected);
  });
});

describe('subgraphs', () => {
  const inner = buildGraph({
    inputs: {},
    outputs: { i: F },
    initializers: { own: one },
    nodes: [
      ['Add', ['deep', 'own'], ['a']],
      ['Mul', ['a', 'x'], ['i']],
    ],
  });
  const branch = buildGraph({
    inputs: {},
    outputs: { t: F },
    nodes: [
      ['If', ['c'], ['j'], { then_branch: { graph: inner }, else_branch: { graph: inner } }],
      ['Relu', ['j'], ['t']],
    ],
  });
  const other = buildGraph({ inputs: {}, outputs: { w: F }, nodes: [] });
  const m = model({
    inputs: { x: F, c: ['bool', []] },
    initializers: { w: one },
    nodes: [
      ['Abs', ['x'], ['deep']],
      ['If', ['c'], ['m'], { then_branch: { graph: branch }, else_branch: { graph: other } }],
      ['Relu', ['m'], ['y']],
    ],
  });
  const conditional = [...m.graph.nodes()][1] as Node;

  test('captured names: nested ones, those that are only passed out, none that are defined inside', () => {
    expect([...capturedNames(conditional)].sort()).toEqual(['c', 'deep', 'w', 'x']);
  });

  test('captured values are in use, and have no sole consumer', () => {
    expect(value(m, 'deep').isCaptured).toBe(true);
    expect(value(m, 'deep').soleConsumer).toBeNull();
    expect(value(m, 'w').isCaptured).toBe(true);
    expect(value(m, 'm').isCaptured).toBe(false);
    expect(conditional.hasSubgraph).toBe(true);
  });

  test('names inside are not given to new values', () => {
    for (const name of ['a', 'i', 'j', 't', 'own']) expect(m.graph.freshName(name)).not.toBe(name);
    expect(m.graph.freshName('free')).toBe('free');
  });

  test('loop variables shadow outer names', () => {
    const body = buildGraph({
      inputs: { n: ['int64', []], go: ['bool', []], x: F },
      outputs: { go: ['bool', []], o: F },
      nodes: [['Add', ['x', 'k'], ['o']]],
    });
    const loop = model({
      inputs: { x: F, n: ['int64', []], g: ['bool', []] },
      initializers: { k: one },
      nodes: [['Loop', ['n', 'g', 'x'], ['y'], { body: { graph: body } }]],
    });
    expect([...capturedNames(loop.graph.first as Node)]).toEqual(['k']);
  });
});
