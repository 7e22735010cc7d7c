import { describe, expect, test } from 'vitest';
import { Attributes, attributeProtos, float, floats } from '../../../models/graph/index.ts';
import { onnx } from '../../../models/onnx/generated/onnx-ml.js';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildGraph } from '../../support/build-model.ts';

/** Through bytes and back, as a file does it. */
const written = (values: Parameters<typeof attributeProtos>[0]): Attributes => {
  const node = onnx.NodeProto.decode(onnx.NodeProto.encode({ attribute: attributeProtos(values) } as onnx.NodeProto).finish());
  return new Attributes(node.attribute);
};

describe('what is built can be read', () => {
  const tensor = Tensor.of('int32', [2], [3, -4]);
  const a = written({
    int: -7,
    big: 9223372036854775807n,
    low: -9223372036854775808n,
    real: float(2),
    small: float(0.1),
    text: 'größe',
    none: '',
    ints: [0, -1, 2 ** 31],
    empty: [],
    longs: [1n, -9223372036854775808n],
    reals: floats([1, 0.5]),
    words: ['a', ''],
    tensor,
    absent: undefined,
  });

  test('names, in order, without the undefined ones', () => {
    expect(a.names).toEqual(['int', 'big', 'low', 'real', 'small', 'text', 'none', 'ints', 'empty', 'longs', 'reals', 'words', 'tensor']);
    expect([a.has('int'), a.has('absent')]).toEqual([true, false]);
  });

  test('types as ONNX numbers them', () => {
    expect(a.protos.map((proto) => proto.type)).toEqual([2, 2, 2, 1, 1, 3, 3, 7, 7, 7, 6, 8, 4]);
  });

  test('values', () => {
    expect(a.int('int', 0)).toBe(-7);
    expect(String(a.get('big')?.i)).toBe('9223372036854775807');
    expect(String(a.get('low')?.i)).toBe('-9223372036854775808');
    expect(a.float('real', 0)).toBe(2);
    expect(a.float('small', 0)).toBe(Math.fround(0.1));
    expect([a.string('text'), a.string('none'), a.string('absent'), a.string('absent', 'x')]).toEqual(['größe', '', undefined, 'x']);
    expect([a.ints('ints'), a.ints('empty'), a.ints('absent')]).toEqual([[0, -1, 2 ** 31], [], undefined]);
    expect(a.get('longs')?.ints?.map(String)).toEqual(['1', '-9223372036854775808']);
    expect(a.floats('reals')).toEqual([1, 0.5]);
    expect(a.strings('words')).toEqual(['a', '']);
    expect([...(a.tensor('tensor')?.numbers() ?? [])]).toEqual([3, -4]);
  });

  test('defaults where the attribute is absent', () => {
    expect([a.int('absent'), a.int('absent', 5), a.float('absent', 0.5), a.tensor('absent')]).toEqual([undefined, 5, 0.5, undefined]);
  });
});

test('a fraction is no INT: the message says how to write it', () => {
  expect(() => attributeProtos({ alpha: 0.5 })).toThrow(/float\(0\.5\)/);
  expect(() => attributeProtos({ ends: [2 ** 60] })).toThrow(/bigint/);
});

test('a tensor that came from a file is passed on as it is, with its name', () => {
  const proto = { name: 'kept', dataType: 1, dims: [1], floatData: [2] };
  expect(attributeProtos({ value: Tensor.fromProto(proto) })[0]?.t).toBe(proto);
});

test('subgraphs and references', () => {
  const graph = buildGraph({ inputs: {}, outputs: {}, nodes: [] });
  const a = new Attributes([
    { name: 'body', type: 5, g: graph },
    { name: 'all', type: 10, graphs: [graph, graph] },
  ]);
  expect(a.graphs()).toEqual([graph, graph, graph]);
  expect(a.hasReferences()).toBe(false);
  expect(new Attributes([{ name: 'alpha', type: 1, refAttrName: 'slope' }]).hasReferences()).toBe(true);
  expect(new Attributes(undefined).names).toEqual([]);
});
