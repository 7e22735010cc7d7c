import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inferShapes, Model, Patch, type Value } from '../../../models/graph/index.ts';
import { onnx } from '../../../models/onnx/generated/onnx-ml.js';
import type { ModelProto } from '../../../models/onnx/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildModel } from '../../support/build-model.ts';
import { fixture } from '../../support/paths.ts';

const names = readdirSync(fixture('exports')).filter((file) => file.endsWith('.onnx'));
const decode = (name: string): ModelProto => onnx.ModelProto.decode(readFileSync(fixture('exports', name)));

test.each(names)('%s: untouched, even after inference, the very message comes back', (name) => {
  const model = new Model(decode(name));
  inferShapes(model, { bind: new Map(model.graph.inputs.map((input) => [input.name, input.stated.shape?.map(() => 8) ?? []])) });
  inferShapes(model);
  expect(model.toProto()).toBe(model.proto);
});

test.each(names)('%s: after one edit everything else is the object that was read', (name) => {
  const model = new Model(decode(name));
  inferShapes(model);
  const node = [...model.graph.nodes()].at(-1);
  const output = node?.output() as Value;
  const patch = new Patch(model.graph, model.opset);
  const [copy] = patch.copy(node as never, node?.inputs ?? []);
  patch
    .replace(output, copy as Value)
    .remove(node as never)
    .apply();
  inferShapes(model);
  const [before, after] = [model.proto, model.toProto()];
  const kept = new Set<unknown>(before.graph?.node);
  expect((after.graph?.node ?? []).filter((n) => !kept.has(n))).toHaveLength(1);
  expect(after.graph?.node?.map((n) => n.opType)).toEqual(before.graph?.node?.map((n) => n.opType));
  for (const part of ['input', 'output', 'initializer', 'valueInfo'] as const) {
    expect(after.graph?.[part]?.length).toBe(before.graph?.[part]?.length);
    for (const [i, item] of (after.graph?.[part] ?? []).entries()) expect(item).toBe(before.graph?.[part]?.[i]);
  }
  expect({ ...after, graph: null }).toEqual({ ...before, graph: null });
});

describe('value infos', () => {
  const F = (...dims: number[]): ['float32', number[]] => ['float32', dims];
  const spec = {
    inputs: { x: F(2, 3) },
    outputs: { y: ['float32', ['a', 'b']] as const },
    initializers: { w: Tensor.of('float32', [2, 3], [1, 2, 3, 4, 5, 6]) },
    valueInfo: { a: F(2, 3), b: F(2, 3), w: F(2, 3) },
    nodes: [
      ['Relu', ['x'], ['a']],
      ['Add', ['a', 'w'], ['b']],
      ['Neg', ['b'], ['y']],
    ] as const,
  };
  const model = (): Model => {
    const built = new Model(buildModel(spec));
    inferShapes(built);
    return built;
  };
  const infos = (m: Model): (string | null | undefined)[] => (m.toProto().graph?.valueInfo ?? []).map((info) => info.name);
  const value = (m: Model, name: string): Value => m.graph.values.get(name) as Value;

  test('go with their values, and stay with a name that is taken over', () => {
    const m = model();
    const patch = new Patch(m.graph, 17);
    patch
      .replace(value(m, 'b'), patch.node('Sub', [value(m, 'x'), value(m, 'w')]))
      .remove(value(m, 'a').producer as never, value(m, 'b').producer as never)
      .apply();
    expect(infos(m)).toEqual(['b', 'w']);
  });

  test('are dropped where another value inherits the name', () => {
    const m = model();
    const patch = new Patch(m.graph, 17);
    const flat = patch.node('Transpose', [value(m, 'x')]);
    const back = patch.node('Transpose', [flat]);
    patch
      .replace(value(m, 'b'), patch.node('Add', [back, value(m, 'w')]))
      .inherit(value(m, 'a'), flat)
      .remove(value(m, 'a').producer as never, value(m, 'b').producer as never)
      .apply();
    expect(value(m, 'a').type.shape).toEqual([3, 2]);
    expect(infos(m)).toEqual(['b', 'w']);
  });

  test('a graph output keeps its statement, whatever is known of the value that takes it over', () => {
    const m = model();
    const patch = new Patch(m.graph, 17);
    patch
      .replace(value(m, 'y'), patch.node('Abs', [value(m, 'b')]))
      .remove(value(m, 'y').producer as never)
      .apply();
    expect(value(m, 'y').type.shape).toEqual([2, 3]);
    expect(m.toProto().graph?.output?.[0]).toBe(m.proto.graph?.output?.[0]);
  });

  test('outputs without a type stay so', () => {
    const proto = buildModel(spec);
    const m = new Model({ ...proto, graph: { ...proto.graph, output: [{ name: 'y' }] } });
    inferShapes(m);
    const patch = new Patch(m.graph, 17);
    patch
      .replace(value(m, 'y'), patch.node('Abs', [value(m, 'b')]))
      .remove(value(m, 'y').producer as never)
      .apply();
    expect(m.toProto().graph?.output).toEqual([{ name: 'y' }]);
  });
});

test('unused inputs, initializers and unknown fields stay', () => {
  const proto = buildModel({
    inputs: { x: ['float32', [2]], idle: ['float32', [5]] },
    outputs: { y: ['float32', [2]] },
    initializers: { lost: Tensor.of('float32', [1], [1]) },
    nodes: [
      ['Relu', ['x'], ['a']],
      ['Identity', ['a'], ['y']],
    ],
  });
  const m = new Model({ ...proto, docString: 'about', metadataProps: [{ key: 'k', value: 'v' }] });
  new Patch(m.graph, 17)
    .replace(m.graph.values.get('y') as Value, m.graph.values.get('a') as Value)
    .remove(m.graph.last as never)
    .apply();
  const after = m.toProto();
  expect(after.graph?.input?.map((info) => info.name)).toEqual(['x', 'idle']);
  expect(after.graph?.initializer).toEqual(proto.graph?.initializer);
  expect([after.docString, after.metadataProps, after.irVersion]).toEqual(['about', [{ key: 'k', value: 'v' }], 8]);
});
