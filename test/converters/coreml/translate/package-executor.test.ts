import { afterAll, describe, expect, test } from 'vitest';
import { packageExecutor, readPackage, translate } from '../../../../converters/coreml/index.ts';
import { type NamedArrays, type NdArray, UserError } from '../../../../models/contracts/index.ts';
import { halfToNumber, numberToHalf } from '../../../../models/onnx/half.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { createHostExecutor, seededInputs } from '../../../../models/run/index.ts';
import { bitEqual } from '../../../support/compare.ts';
import { fixture } from '../../../support/paths.ts';

const host = createHostExecutor({ threads: 1 });
afterAll(() => host.close());
const own = (name: string): string => fixture('coreml-packages', `${name}.mlpackage`);

function feed(...dims: number[]): NamedArrays {
  return seededInputs([{ name: 'x', dtype: 'float32', dims, range: [0, 1] }], { seed: 3, kinds: ['unit'] })[0] as NamedArrays;
}

async function run(name: string, input: NamedArrays, options: { readonly function?: string; readonly fetch?: readonly string[] } = {}): Promise<NamedArrays> {
  const { fetch, ...rest } = options;
  return (await packageExecutor(host, rest).run(own(name), [input], fetch ? { fetch } : {}))[0] as NamedArrays;
}

describe('sizes, functions and images', () => {
  test('open sizes compute what fixed ones do, and other sizes too', async () => {
    const fixed = (await run('plain', feed(1, 3, 16, 24))).get('y') as NdArray;
    expect(bitEqual((await run('range', feed(1, 3, 16, 24))).get('y') as NdArray, fixed)).toBe(true);
    expect((await run('range', feed(1, 3, 32, 9))).get('y')?.dims).toEqual([1, 3, 64, 18]);
  });

  test('a fixed size is held', async () => {
    await expect(run('plain', feed(1, 3, 8, 8))).rejects.toThrow(/has shape \[1, 3, 16, 24\]/);
  });

  test('functions by name, the default one unless named', async () => {
    expect((await run('functions', feed(1, 3, 16, 16))).get('y')?.dims).toEqual([1, 3, 32, 32]);
    expect((await run('functions', feed(1, 3, 8, 8), { function: 'small' })).get('y')?.dims).toEqual([1, 3, 16, 16]);
    await expect(run('functions', feed(1, 3, 8, 8), { function: 'medium' })).rejects.toThrow(/no function "medium"/);
  });

  test('images go in and out as their numbers, here 0 to 255 in fp16', async () => {
    const pixels = Tensor.of('uint8', [1, 3, 16, 24], Array.from({ length: 1152 }, (_, i) => (i * 37) % 256)).toNdArray();
    const image = (await run('image', new Map([['x', pixels]]))).get('y') as NdArray;
    // BGR pixels · 1/127.5 + (−1, −0.5, −1), as the program begins
    const scaled = Float32Array.from(pixels.data as Uint8Array, (value, i) => value / 127.5 + ([-1, -0.5, -1][Math.floor(i / 384)] as number));
    const plain = (await run('plain', new Map([['x', { dtype: 'float32', dims: [1, 3, 16, 24], data: scaled }]]))).get('y') as NdArray;
    const [a, b] = [Tensor.fromNdArray(image).numbers(), Tensor.fromNdArray(plain).numbers()];
    const off = Math.max(...a.map((value, i) => Math.abs(value / 255 - (b[i] as number))));
    expect(off).toBeLessThan(0.01);
    expect(off).toBeGreaterThan(0);
  });
});

describe('fp16', () => {
  test('what every operation makes is fp16, and something else where nothing is rounded', async () => {
    const { program } = readPackage(own('plain'));
    const names = [...translate(program ?? expect.fail(), 'main').values.keys()].filter((name) => name !== 'y');
    const rounded = await run('plain', feed(1, 3, 16, 24), { fetch: names });
    expect(names.length).toBe(5);
    for (const name of names) {
      const values = Tensor.fromNdArray(rounded.get(name) as NdArray).numbers();
      expect(values.every((value) => value === halfToNumber(numberToHalf(value))), name).toBe(true);
    }
    const exact = translate(program ?? expect.fail(), 'main', { rounding: false });
    const casts = (proto: typeof exact.proto): number => proto.graph?.node?.filter(({ opType }) => opType === 'Cast').length ?? 0;
    expect(casts(exact.proto)).toBeLessThan(casts(translate(program ?? expect.fail(), 'main').proto));
  });
});

describe('what is not executed', () => {
  test.each([
    ['operations without a translation, all at once', 'untranslatable.mlpackage', /3 operations .*random_uniform.*1 of them.*sliding_windows.*2 of them/],
    ['states', 'state.mlpackage', /"memory" is a state/],
    ['neural networks', 'network.mlmodel', /only ML programs/],
  ])('%s', async (_, file, message) => {
    const attempt = packageExecutor(host).run(fixture('coreml-packages', file), [new Map()]);
    await expect(attempt).rejects.toThrow(UserError);
    await expect(packageExecutor(host).run(fixture('coreml-packages', file), [new Map()])).rejects.toThrow(message);
  });

  test('values that the program does not compute', async () => {
    await expect(run('plain', feed(1, 3, 16, 24), { fetch: ['nothing'] })).rejects.toThrow(/computes no "nothing"/);
  });
});
