import { describe, expect, test } from 'vitest';
import { inferShapes, Model, type Node, Patch, PatchRefused, type Value } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildGraph, buildModel, type ModelSpec, type NodeSpec } from '../../support/build-model.ts';
import { ndarray, runOrt } from '../../support/ort.ts';

const F: readonly ['float32', readonly number[]] = ['float32', [2]];
const one = Tensor.of('float32', [2], [1, 2]);
const model = (spec: Partial<ModelSpec> & { nodes: readonly NodeSpec[] }): Model => {
  const built = new Model(buildModel({ inputs: { x: F }, outputs: { y: F }, ...spec }));
  inferShapes(built);
  return built;
};
const value = (m: Model, name: string): Value => m.graph.values.get(name) as Value;
const patchOf = (m: Model): Patch => new Patch(m.graph, m.opset);
const producer = (m: Model, name: string): Node => value(m, name).producer as Node;
const wiring = (m: Model): string[] =>
  (m.toProto().graph?.node ?? []).map((n) => `${n.opType}(${(n.input ?? []).join(',')})=${(n.output ?? []).join(',')}`);

/** Every invariant that a graph must keep, whatever was done to it. */
function checkGraph(m: Model): void {
  const { graph } = m;
  const nodes = [...graph.nodes()];
  expect(nodes.length).toBe(graph.nodeCount);
  for (const [name, v] of graph.values) expect(v.name).toBe(name);
  for (const node of nodes) {
    node.inputs.forEach((v, index) => {
      if (!v) return;
      expect(graph.values.get(v.name), `input ${v.name} of ${node.label}`).toBe(v);
      expect([...v.uses].some((use) => use.node === node && use.index === index)).toBe(true);
    });
    for (const v of node.outputs) if (v) expect(graph.values.get(v.name)).toBe(v);
  }
  for (const v of graph.values.values()) for (const use of v.uses) expect(use.index < 0 || use.node.inputs[use.index] === v).toBe(true);
  graph.outputs.forEach((v, i) => {
    expect(v.isGraphOutput).toBe(true);
    expect(v.name).toBe(m.proto.graph?.output?.[i]?.name);
  });
  const names = wiring(m).map((line) => line.split('=')[1]);
  expect(new Set(names).size).toBe(names.length);
}

async function same(before: Model, after: Model): Promise<void> {
  checkGraph(after);
  const feeds = { x: ndarray('float32', [2], [-1.5, 3]) };
  const [a, b] = [await runOrt(before.proto, feeds), await runOrt(after.toProto(), feeds)];
  expect([...b.keys()]).toEqual([...a.keys()]);
  for (const [name, array] of a) expect([...(b.get(name)?.data as Float32Array)]).toEqual([...(array.data as Float32Array)]);
}

describe('replacing', () => {
  test('a node in the middle: the new value takes the old name, untouched nodes are the objects that were read', async () => {
    const m = model({
      nodes: [
        ['Relu', ['x'], ['a']],
        ['Identity', ['a'], ['b']],
        ['Neg', ['b'], ['y']],
      ],
    });
    const patch = patchOf(m);
    patch
      .replace(value(m, 'b'), patch.node('Add', [value(m, 'a'), patch.constant(Tensor.of('float32', [], [0]), 'zero')]))
      .remove(producer(m, 'b'))
      .apply();
    expect(wiring(m)).toEqual(['Relu(x)=a', 'Add(a,zero)=b', 'Neg(b)=y']);
    const nodes = m.toProto().graph?.node ?? [];
    expect([nodes[0], nodes[2]]).toEqual([m.proto.graph?.node?.[0], m.proto.graph?.node?.[2]]);
    expect(nodes[0]).toBe(m.proto.graph?.node?.[0]);
    expect(nodes[2]).toBe(m.proto.graph?.node?.[2]);
    await same(new Model(m.proto), m);
  });

  test('dropping a node hands its consumers the earlier value', async () => {
    const m = model({
      nodes: [
        ['Relu', ['x'], ['a']],
        ['Identity', ['a'], ['b']],
        ['Add', ['b', 'b'], ['y']],
      ],
    });
    patchOf(m).replace(value(m, 'b'), value(m, 'a')).remove(producer(m, 'b')).apply();
    expect(wiring(m)).toEqual(['Relu(x)=a', 'Add(a,a)=y']);
    await same(new Model(m.proto), m);
  });

  test('at a graph output the earlier value takes the output name, for all its consumers', async () => {
    const m = model({
      outputs: { y: F, z: F },
      nodes: [
        ['Relu', ['x'], ['a']],
        ['Identity', ['a'], ['y']],
        ['Neg', ['a'], ['z']],
      ],
    });
    patchOf(m).replace(value(m, 'y'), value(m, 'a')).remove(producer(m, 'y')).apply();
    expect(wiring(m)).toEqual(['Relu(x)=y', 'Neg(y)=z']);
    await same(new Model(m.proto), m);
  });

  test('a value that stays is renamed when its name is a graph output', async () => {
    const m = model({ nodes: [['Relu', ['x'], ['y']]] });
    const patch = patchOf(m);
    const doubled = patch.node('Add', [value(m, 'y'), value(m, 'y')]);
    const halved = patch.node('Mul', [doubled, patch.constant(Tensor.of('float32', [], [0.5]), 'half')]);
    patch.replace(value(m, 'y'), halved).apply();
    expect(wiring(m)).toEqual(['Relu(x)=y_before', 'Add(y_before,y_before)=Add_out', 'Mul(Add_out,half)=y']);
    await same(new Model(m.proto), m);
  });

  test('two values by one new value: the graph output gives the name, whichever is named first', async () => {
    const nodes: NodeSpec[] = [
      ['Relu', ['x'], ['y']],
      ['Relu', ['x'], ['a']],
      ['Neg', ['a'], ['z']],
    ];
    for (const order of [
      ['y', 'a'],
      ['a', 'y'],
    ]) {
      const m = model({ outputs: { y: F, z: F }, nodes });
      const patch = patchOf(m);
      const joined = patch.node('Relu', [value(m, 'x')]);
      for (const name of order) patch.replace(value(m, name), joined).remove(producer(m, name));
      patch.apply();
      expect(wiring(m)).toEqual(['Relu(x)=y', 'Neg(y)=z']);
      await same(new Model(m.proto), m);
    }
  });

  test('new nodes whose inputs come later in the file are put where they can run', async () => {
    const m = model({
      nodes: [
        ['Identity', ['x'], ['a']],
        ['Abs', ['x'], ['late']],
        ['Add', ['a', 'late'], ['y']],
      ],
    });
    const patch = patchOf(m);
    const joined = patch.node('Sub', [patch.node('Add', [value(m, 'x'), value(m, 'late')]), value(m, 'late')]);
    patch.replace(value(m, 'a'), joined).remove(producer(m, 'a')).apply();
    expect(wiring(m)[0]).toBe('Abs(x)=late');
    await same(new Model(m.proto), m);
  });

  test('omitted inputs stay omitted', async () => {
    const m = model({
      nodes: [
        ['Relu', ['x'], ['a']],
        ['Clip', ['a', '', 'top'], ['y']],
      ],
      initializers: { top: Tensor.of('float32', [], [2]) },
    });
    patchOf(m).replace(value(m, 'a'), value(m, 'x')).remove(producer(m, 'a')).apply();
    expect(wiring(m)).toEqual(['Clip(x,,top)=y']);
    checkGraph(m);
  });

  test('two patches that were built side by side do not share names', async () => {
    const m = model({
      nodes: [
        ['Identity', ['x'], ['a']],
        ['Identity', ['x'], ['b']],
        ['Add', ['a', 'b'], ['y']],
      ],
    });
    const built = ['a', 'b'].map((name) => {
      const patch = patchOf(m);
      const node = producer(m, name);
      const zero = patch.constant(Tensor.of('float32', [], [0]), 'zero');
      const inner = patch.node('Add', [node.input(0), zero], { name: 'n' });
      return patch.replace(value(m, name), patch.node('Add', [inner, zero], { name: 'n' })).remove(node);
    });
    for (const patch of built) patch.apply();
    await same(new Model(m.proto), m);
  });
});

describe('constants', () => {
  const spec = {
    nodes: [
      ['Add', ['x', 'w'], ['a']],
      ['Mul', ['a', 'shared'], ['b']],
      ['Add', ['b', 'shared'], ['y']],
    ] as NodeSpec[],
    initializers: { w: one, shared: one, unused: one },
  };
  const fold = (m: Model): void => {
    const patch = patchOf(m);
    const sum = patch.node('Add', [value(m, 'x'), patch.constant(one, 'w')]);
    patch
      .replace(value(m, 'b'), patch.node('Mul', [sum, value(m, 'shared')]))
      .remove(producer(m, 'a'), producer(m, 'b'))
      .apply();
  };

  test('orphans of removed nodes go; shared and unused ones stay, in order, as they were read', async () => {
    const m = model(spec);
    fold(m);
    const written = m.toProto().graph?.initializer ?? [];
    expect(written.map((tensor) => tensor.name)).toEqual(['shared', 'unused', 'w_1']);
    expect(written[0]).toBe(m.proto.graph?.initializer?.[1]);
    await same(new Model(m.proto), m);
  });

  test('before IR 4 weights are declared as inputs, and go with their declaration', () => {
    const m = model({ ...spec, irVersion: 3, inputs: { x: F, w: F, shared: F, unused: F } });
    fold(m);
    expect(m.toProto().graph?.input?.map((info) => info.name)).toEqual(['x', 'shared', 'unused', 'w_1']);
    expect(m.toProto().graph?.initializer?.map((tensor) => tensor.name)).toEqual(['shared', 'unused', 'w_1']);
    expect(m.toProto().graph?.input?.[3]?.type?.tensorType?.elemType).toBe(1);
    checkGraph(m);
  });

  test('from IR 4 on an initializer that is an input stays, used or not', () => {
    const m = model({ ...spec, irVersion: 4, inputs: { x: F, w: F } });
    fold(m);
    expect(m.toProto().graph?.input?.map((info) => info.name)).toEqual(['x', 'w']);
    expect(m.toProto().graph?.initializer?.map((tensor) => tensor.name)).toEqual(['w', 'shared', 'unused', 'w_1']);
  });
});

describe('subgraphs', () => {
  const branches = (name: string): NonNullable<NodeSpec[3]> => ({
    then_branch: { graph: buildGraph({ inputs: {}, outputs: { t: F }, nodes: [['Neg', [name], ['t']]] }) },
    else_branch: { graph: buildGraph({ inputs: {}, outputs: { e: F }, nodes: [['Identity', [name], ['e']]] }) },
  });
  const spec = {
    initializers: { c: Tensor.of('bool', [], [1]) },
    nodes: [
      ['Relu', ['x'], ['r']],
      ['Abs', ['r'], ['a']],
      ['If', ['c'], ['m'], branches('a')],
      ['Add', ['m', 'a'], ['y']],
    ] as NodeSpec[],
  };

  test('a captured value may be replaced: the new one takes its name', async () => {
    const m = model(spec);
    const patch = patchOf(m);
    const twice = patch.node('Mul', [value(m, 'r'), patch.constant(Tensor.of('float32', [], [1]), 'k')]);
    patch.replace(value(m, 'a'), twice).remove(producer(m, 'a')).apply();
    expect(value(m, 'a').isCaptured).toBe(true);
    await same(new Model(m.proto), m);
  });

  test('an earlier value takes the captured name', async () => {
    const m = model(spec);
    patchOf(m).replace(value(m, 'a'), value(m, 'r')).remove(producer(m, 'a')).apply();
    expect(wiring(m)).toEqual(['Relu(x)=a', 'If(c)=m', 'Add(m,a)=y']);
    await same(new Model(m.proto), m);
  });

  test('a captured value may not vanish', () => {
    const m = model({ ...spec, nodes: [...spec.nodes.slice(0, 3), ['Add', ['m', 'm'], ['y']]] });
    expect(() => patchOf(m).remove(producer(m, 'a')).apply()).toThrow(/"a" is still used by #2 If/);
    expect(wiring(m)).toHaveLength(4);
  });

  test('the node with the subgraph may go, and what it captured with it', async () => {
    const m = model({
      ...spec,
      nodes: [
        ['Relu', ['x'], ['r']],
        ['Abs', ['r'], ['a']],
        ['If', ['c'], ['m'], branches('a')],
        ['Add', ['m', 'x'], ['y']],
      ],
    });
    const patch = patchOf(m);
    patch
      .replace(value(m, 'm'), patch.node('Neg', [value(m, 'r')]))
      .remove(producer(m, 'm'), producer(m, 'a'))
      .apply();
    expect(wiring(m)).toEqual(['Relu(x)=r', 'Neg(r)=m', 'Add(m,x)=y']);
    await same(new Model(m.proto), m);
  });
});

describe('refused, with the graph left as it was', () => {
  const nodes: NodeSpec[] = [
    ['Relu', ['x'], ['a']],
    ['Cast', ['a'], ['h'], { to: 10 }],
    ['Cast', ['h'], ['b'], { to: 1 }],
    ['Neg', ['b'], ['y']],
    ['Abs', ['b'], ['z']],
  ];
  const spec = { outputs: { y: F, z: F }, nodes };
  type Build = (m: Model, patch: Patch) => void;

  test.each<[string, Build, RegExp]>([
    [
      'taking out a graph output',
      (m, p) => {
        p.remove(producer(m, 'y'));
      },
      /"y" is a graph output/,
    ],
    [
      'taking out a value in use',
      (m, p) => {
        p.remove(producer(m, 'a'));
      },
      /"a" is still used/,
    ],
    [
      'another element type',
      (m, p) => {
        p.replace(value(m, 'b'), value(m, 'h')).remove(producer(m, 'b'));
      },
      /"b" is float32, its replacement float16/,
    ],
    [
      'another shape',
      (m, p) => {
        p.replace(value(m, 'b'), p.node('Concat', [value(m, 'a'), value(m, 'a')], { attributes: { axis: 0 } }));
      },
      /"b" is \[2\], its replacement \[4\]/,
    ],
    [
      'a value whose producer goes',
      (m, p) => {
        p.replace(value(m, 'b'), value(m, 'a'))
          .replace(value(m, 'a'), value(m, 'x'))
          .remove(producer(m, 'b'), producer(m, 'a'), producer(m, 'h'));
      },
      /produced by a node that goes/,
    ],
    [
      'a new node on a value whose producer goes',
      (m, p) => {
        p.replace(value(m, 'b'), p.node('Neg', [value(m, 'b')])).remove(producer(m, 'b'));
      },
      /produced by a node that goes/,
    ],
    [
      'an input under an output name',
      (m, p) => {
        p.replace(value(m, 'y'), value(m, 'x')).remove(producer(m, 'y'));
      },
      /"x" cannot take over the name "y"/,
    ],
    [
      'one output under the name of another',
      (m, p) => {
        p.replace(value(m, 'y'), value(m, 'z')).remove(producer(m, 'y'));
      },
      /"z" cannot take over the name "y"/,
    ],
    [
      'one new value under two output names',
      (m, p) => {
        const n = p.node('Neg', [value(m, 'b')]);
        p.replace(value(m, 'y'), n).replace(value(m, 'z'), n).remove(producer(m, 'y'), producer(m, 'z'));
      },
      /two names/,
    ],
    [
      'one earlier value under two output names',
      (m, p) => {
        p.replace(value(m, 'y'), value(m, 'b')).replace(value(m, 'z'), value(m, 'b')).remove(producer(m, 'y'), producer(m, 'z'));
      },
      /two names/,
    ],
  ])('%s', (_, build, message) => {
    const m = model(spec);
    const before = wiring(m);
    const patch = patchOf(m);
    build(m, patch);
    expect(() => patch.apply()).toThrow(PatchRefused);
    expect(() => patch.check()).toThrow(message);
    expect(wiring(m)).toEqual(before);
    expect(m.toProto()).toBe(m.proto);
  });

  test('a node that another patch has taken out', () => {
    const m = model(spec);
    const [first, second] = [patchOf(m), patchOf(m)].map((patch) => patch.replace(value(m, 'a'), value(m, 'x')).remove(producer(m, 'a')));
    first?.apply();
    expect(() => second?.apply()).toThrow(/is gone already/);
    checkGraph(m);
  });

  test('an initializer that went with its last user, a value that was replaced', () => {
    const m = model({ initializers: { w: one }, nodes: [['Add', ['x', 'w'], ['a']], ['Neg', ['a'], ['b']], ['Abs', ['b'], ['y']]] });
    const late = patchOf(m);
    late.replace(value(m, 'b'), late.node('Mul', [value(m, 'x'), value(m, 'w')])).remove(producer(m, 'b'));
    const later = patchOf(m);
    later.replace(value(m, 'a'), later.node('Relu', [value(m, 'x')]));
    patchOf(m).replace(value(m, 'a'), value(m, 'x')).remove(producer(m, 'a')).apply();
    expect(() => late.apply()).toThrow(/"w" is gone already/);
    expect(() => later.apply()).toThrow(/"a" is gone already/);
    checkGraph(m);
  });

  test('an initializer under an output name', () => {
    const m = model({ initializers: { w: one }, nodes: [['Identity', ['w'], ['y']]] });
    expect(() => patchOf(m).replace(value(m, 'y'), value(m, 'w')).remove(producer(m, 'y')).apply()).toThrow(/"w" cannot take over/);
  });

  test('a graph input that is an output too', () => {
    const m = model({ outputs: { x: F, y: F }, nodes: [['Relu', ['x'], ['y']]] });
    const patch = patchOf(m);
    patch.replace(value(m, 'x'), patch.node('Abs', [value(m, 'x')]));
    expect(() => patch.apply()).toThrow(/graph input "x" is seen outside/);
  });
});
