import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import { bindInputShapes, Model, parseStaticShape } from '../../../models/graph/index.ts';
import { onnx } from '../../../models/onnx/generated/onnx-ml.js';
import type { ValueInfoProto } from '../../../models/onnx/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildModel, type ModelSpec, toBytes } from '../../support/build-model.ts';
import { ndarray, runOrt } from '../../support/ort.ts';
import { fixture } from '../../support/paths.ts';

const UNSHUFFLE: ModelSpec = {
  inputs: { x: ['float32', ['N', 1, 'H', 'W']], mask: ['float32', ['N', 'L']], fixed: ['float32', [3]] },
  outputs: { y: ['float32', ['N', 'c', 'h2', 'w2']], m: ['float32', ['N', 'L']], f: ['float32', [3]] },
  valueInfo: { s: ['float32', ['N', 4, 'h', 'w']], gone: ['float32', ['unknown']] },
  nodes: [
    ['SpaceToDepth', ['x'], ['s'], { blocksize: 2 }],
    ['Relu', ['s'], ['y']],
    ['Neg', ['mask'], ['m']],
    ['Neg', ['fixed'], ['f']],
    ['Mystery', ['x'], ['gone'], {}, { domain: 'custom' }],
  ],
};
const shapes = (entries: Record<string, (number | null)[]>): Map<string, (number | null)[]> => new Map(Object.entries(entries));
const dims = (info: ValueInfoProto | undefined): unknown =>
  info?.type?.tensorType?.shape?.dim?.map((dim) => dim.dimParam ?? (dim.dimValue === undefined ? null : Number(dim.dimValue)));

describe('binding', () => {
  const model = new Model(buildModel(UNSHUFFLE));
  bindInputShapes(model, shapes({ x: [2, 1, 6, 8], mask: [null, 7] }));
  const graph = model.toProto().graph;

  test('inputs, outputs and value infos become static; what was static is the object that was read', () => {
    expect(graph?.input?.map(dims)).toEqual([[2, 1, 6, 8], [2, 7], [3]]);
    expect(graph?.output?.map(dims)).toEqual([[2, 4, 3, 4], [2, 7], [3]]);
    expect(graph?.input?.[2]).toBe(model.proto.graph?.input?.[2]);
    expect(graph?.node?.[0]).toBe(model.proto.graph?.node?.[0]);
  });

  test('value infos follow; a symbol that nothing binds stays', () => {
    expect(graph?.valueInfo?.map((info) => [info.name, dims(info)])).toEqual([
      ['s', [2, 4, 3, 4]],
      ['gone', ['unknown']],
    ]);
  });

  test('a dynamic export bound to sizes runs at those, and says what comes out', async () => {
    const bound = new Model(onnx.ModelProto.decode(readFileSync(fixture('exports', 'unshuffle_ultra_dynamic_op17.onnx'))));
    bindInputShapes(bound, shapes({ input: [1, 3, 20, 12] }));
    const written = onnx.ModelProto.decode(toBytes(bound.toProto()));
    expect(dims(written.graph?.output?.[0])).toEqual([1, 3, 40, 24]);
    const out = await runOrt(written, { input: ndarray('float32', [1, 3, 20, 12], new Float32Array(720)) });
    expect(out.get('output')?.dims).toEqual([1, 3, 40, 24]);
    await expect(runOrt(written, { input: ndarray('float32', [1, 3, 24, 12], new Float32Array(864)) })).rejects.toThrow(/dimension/i);
  });
});

describe('refused, with the flag that mends it', () => {
  const attempt = (entries: Record<string, (number | null)[]>, spec: ModelSpec = UNSHUFFLE): string => {
    const model = new Model(buildModel(spec));
    try {
      bindInputShapes(model, shapes(entries));
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return [(error as UserError).message, ...(error as UserError).nextSteps].join(' | ');
    }
    return 'accepted';
  };

  test.each<[string, Record<string, (number | null)[]>, RegExp]>([
    ['an unknown input', { z: [1] }, /no input "z".*"x" \[N, 1, H, W\]/],
    ['a wrong rank', { x: [1, 6, 8] }, /4 dimensions, the shape given 3\. \| .*--static x=Nx1xHxW/],
    ['a size that is stated otherwise', { x: [2, 3, 6, 8] }, /size 1 along axis 1, not 3/],
    ['a symbol with two sizes', { x: [2, 1, 6, 8], mask: [3, 7] }, /"mask" gives "N" the size 3, but it is 2/],
    ['a symbol that stays open', { x: [2, 1, 6, 8] }, /"mask" \[2, L\] still has open dimensions\. \| .*--static mask=2xL/],
    [
      'an odd height before an unshuffle',
      { x: [2, 1, 7, 8], mask: [2, 7] },
      /needs H\/2 to be a whole number; with H = 7 it is 3\.5\. \| .*--static x=Nx1xHxW/,
    ],
  ])('%s', (_, entries, message) => expect(attempt(entries)).toMatch(message));

  test('overridable initializers need no size', () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', ['N']], k: ['float32', ['K']] },
      outputs: { y: ['float32', null] },
      initializers: { k: Tensor.of('float32', [1], [2]) },
      nodes: [['Mul', ['x', 'k'], ['y']]],
    };
    expect(attempt({ x: [3] }, spec)).toBe('accepted');
  });
});

describe('the flag', () => {
  test.each([
    ['x=1x3x256x256', ['x', [1, 3, 256, 256]]],
    ['a=b=2x?', ['a=b', [2, null]]],
    ['input.1=7', ['input.1', [7]]],
  ])('%s', (text, parsed) => {
    expect(parseStaticShape(text)).toEqual(parsed);
  });

  test.each(['', 'x', 'x=', '=1x2', 'x=1,2', 'x=0x2', 'x=-1x2', 'x=1x', 'x=1.5x2', 'x=axb', 'x=1x2 '])('"%s" is refused', (text) => {
    expect(() => parseStaticShape(text)).toThrow(UserError);
  });
});
