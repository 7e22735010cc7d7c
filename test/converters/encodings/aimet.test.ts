import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  convertEncodings,
  type EncodingsVersion,
  ENCODINGS_VERSIONS,
  layoutsOf,
  readEncodings,
  resolveEncodings,
} from '../../../converters/encodings/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { buildModel, type NodeSpec, type ValueSpec } from '../../support/build-model.ts';
import { fixture } from '../../support/paths.ts';

/** What AIMET 2.42's own classes write (test/fixtures/encodings/make-aimet.py). */
interface Case {
  readonly title: string;
  readonly op: string | null;
  readonly dims: number[];
  readonly section: 'activation' | 'parameter';
  readonly entries: Readonly<Record<EncodingsVersion, unknown>>;
}

const { cases } = JSON.parse(readFileSync(fixture('encodings/aimet.json'), 'utf8')) as { cases: Case[] };

/** Reads a Conv weight, a bias, an activation … called `w`. */
function modelOf({ op, dims }: Case): Model {
  const layers: Record<string, readonly [x: number[], node: NodeSpec]> = {
    Conv: [
      [1, dims[1] ?? 1, 8, 8],
      ['Conv', ['x', 'w'], ['y']],
    ],
    ConvTranspose: [
      [1, dims[0] ?? 1, 8, 8],
      ['ConvTranspose', ['x', 'w'], ['y']],
    ],
    MatMul: [
      [3, dims[0] ?? 1],
      ['MatMul', ['x', 'w'], ['y']],
    ],
    GemmT: [
      [3, dims[1] ?? 1],
      ['Gemm', ['x', 'w'], ['y'], { transB: 1 }],
    ],
    bias: [
      [1, 3, 8, 8],
      ['Conv', ['x', 'k', 'w'], ['y']],
    ],
  };
  const [x, node] = op === null ? [dims, ['Relu', ['x'], ['w']] as NodeSpec] : (layers[op] as readonly [number[], NodeSpec]);
  const size = dims.reduce((a, b) => a * b, 1);
  const input: ValueSpec = ['float32', x];
  const model = new Model(
    buildModel({
      inputs: { x: input },
      outputs: { [op === null ? 'w' : 'y']: ['float32', null] },
      nodes: [node],
      initializers: {
        ...(op === null ? {} : { w: Tensor.of('float32', dims, new Float32Array(size)) }),
        ...(op === 'bias' ? { k: Tensor.of('float32', [4, 3, 1, 1], new Float32Array(12)) } : {}),
      },
    }),
  );
  inferShapes(model);
  return model;
}

function fileOf(version: EncodingsVersion, entry: unknown, section: Case['section']): object {
  const named = version === '0.6.1' ? { w: entry } : [{ name: 'w', ...(entry as object) }];
  if (version === '2.0.0') return { version, encodings: named };
  const empty = version === '0.6.1' ? {} : [];
  const lists =
    section === 'activation'
      ? { activation_encodings: named, param_encodings: empty }
      : { activation_encodings: empty, param_encodings: named };
  return { version, ...lists, ...(version === '1.0.0' ? { excluded_layers: [] } : {}) };
}

/** 0.6.1 has neither blocks nor 2 bits (AIMET's specification); 2.0.0 leaves plain floats out. */
function isSaid(version: EncodingsVersion, { title }: Case): boolean {
  if (version === '0.6.1') return !/block|LPBQ|int2/.test(title);
  return version !== '2.0.0' || !title.includes('float16');
}

describe.each(cases)('$title', (each) => {
  const model = modelOf(each);
  const said = ENCODINGS_VERSIONS.filter((version) => isSaid(version, each));
  const pairs = said.flatMap((from) => ENCODINGS_VERSIONS.map((to) => [from, to] as const));

  test.each(pairs)('%s as %s is what AIMET writes', (from, to) => {
    const file = readEncodings(JSON.stringify(fileOf(from, each.entries[from], each.section)));
    const resolved = resolveEncodings(file, model.graph);
    expect(resolved.mismatches).toEqual([]);
    const convert = () => convertEncodings(resolved.file, to, { layouts: layoutsOf(model.graph) }).json;
    if (!isSaid(to, each)) {
      expect(convert).toThrow(/cannot say all of it: "w"/);
      return;
    }
    expectSame(convert(), fileOf(to, each.entries[to], each.section));
  });

  test('nobody is lost without the model, where the format stays', () => {
    for (const version of said) {
      const json = fileOf(version, each.entries[version], each.section);
      expectSame(convertEncodings(readEncodings(JSON.stringify(json)), version).json, json);
    }
  });
});

/** The same fields in any order; ends of ranges to float32's digits, and strict ones with or without their topmost code. */
function expectSame(actual: object, expected: object): void {
  const plain = (json: object): unknown =>
    JSON.parse(
      JSON.stringify(json, (key, value: unknown) => {
        if (key === 'min') return Number((value as number).toPrecision(6));
        return key === 'max' ? undefined : value;
      }),
    );
  expect(plain(actual)).toEqual(plain(expected));
}
