import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { NamedArrays, NdArray } from '../../../models/contracts/index.ts';
import { numberToHalf } from '../../../models/onnx/half.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../models/run/index.ts';
import { evaluateTensors, type TensorInput, type TensorVariant } from '../../../reports/quality/tensors/evaluate-tensors.ts';
import { labelsOf } from '../../../reports/quality/tensors/labels.ts';
import { scoreOutputs } from '../../../reports/quality/tensors/score-outputs.ts';
import { tensorDifference } from '../../../reports/quality/tensors/tensor-difference.ts';
import { parseTensorMetric, type TensorMetric } from '../../../reports/quality/tensors/tensor-metric.ts';
import { writeModel } from '../../support/quality.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const executor = createHostExecutor({ threads: 1 });
afterAll(() => executor.close());

const f32 = (values: readonly number[], dims: readonly number[] = [1, values.length]): NdArray => ({ dtype: 'float32', dims, data: Float32Array.from(values) });
const outputs = (arrays: Record<string, NdArray>): NamedArrays => new Map(Object.entries(arrays));
const metric = parseTensorMetric;

describe('differences of tensors', () => {
  test('are what their formulas say', () => {
    const { sqnr, cosine, max } = tensorDifference(f32([3, 4, 0]), f32([3, 4.5, 0.25]));
    expect(sqnr).toBeCloseTo(10 * Math.log10(25 / (0.25 + 0.0625)), 9);
    expect(cosine).toBeCloseTo((9 + 18) / (5 * Math.sqrt(9 + 20.25 + 0.0625)), 9);
    expect(max).toBe(0.5);
  });

  test.each<[string, number[], number[], object]>([
    ['equal', [1, -2], [1, -2], { sqnr: 200, cosine: 1, max: 0, finite: true }],
    ['both zero', [0, 0], [0, 0], { sqnr: 200, cosine: 1, max: 0 }],
    ['zero and −0', [0], [-0], { sqnr: 200, max: 0 }],
    ['only the reference is zero', [0, 0], [0, 1], { sqnr: 0, cosine: 0, max: 1 }],
    ['only the output is zero', [0, 2], [0, 0], { sqnr: 0, cosine: 0, max: 2 }],
    ['opposite', [1, 2], [-1, -2], { cosine: -1, max: 4 }],
    ['NaN for a number', [1, 2], [Number.NaN, 2], { sqnr: 0, cosine: 0, max: Number.MAX_VALUE, finite: false }],
    ['infinity for a number', [1, 2], [1, Number.POSITIVE_INFINITY], { sqnr: 0, finite: false }],
    ['NaN and infinity on both sides', [Number.NaN, Number.NEGATIVE_INFINITY, 3], [Number.NaN, Number.NEGATIVE_INFINITY, 3], { sqnr: 200, max: 0, finite: true }],
    ['a number for NaN', [Number.NaN, 1], [0, 1], { finite: false }],
  ])('%s', (_, reference, output, expected) => expect(tensorDifference(f32(reference), f32(output))).toMatchObject(expected));

  test('half floats and whole numbers are read as numbers', () => {
    const half: NdArray = { dtype: 'float16', dims: [2], data: Uint16Array.from([numberToHalf(1.5), numberToHalf(-2)]) };
    const whole: NdArray = { dtype: 'int64', dims: [2], data: BigInt64Array.from([1n, -2n]) };
    expect([tensorDifference(f32([1.5, -2]), half).max, tensorDifference(f32([1, -2]), whole).max]).toEqual([0, 0]);
    expect(tensorDifference({ dtype: 'bfloat16', dims: [1], data: Uint16Array.from([0x3fc0]) }, f32([1.5])).max).toBe(0);
  });
});

describe('scores of outputs', () => {
  const reference = outputs({ a: f32([1, 2]), b: f32([10, 20]) });

  test('the output that agrees least stands for all, or the one that is named', () => {
    const other = outputs({ b: f32([10, 21]), a: f32([1, 2]) });
    expect([scoreOutputs(metric('max'), other, reference, null).value, scoreOutputs(metric('max:output=a'), other, reference, null).value]).toEqual([1, 0]);
    expect([scoreOutputs(metric('sqnr'), other, reference, null).value, scoreOutputs(metric('sqnr:output=a'), other, reference, null).value]).toEqual([expect.closeTo(10 * Math.log10(500), 6), 200]);
  });

  test('other names go by place; other numbers, shapes and names that are not there are refused', () => {
    expect(scoreOutputs(metric('max:output=b'), outputs({ x: f32([1, 2]), y: f32([10, 23]) }), reference, null).value).toBe(3);
    expect(() => scoreOutputs(metric('max'), outputs({ x: f32([1, 2]) }), reference, null)).toThrow('x cannot be compared with a, b');
    expect(() => scoreOutputs(metric('max'), outputs({ a: f32([1]), b: f32([1, 2]) }), reference, null)).toThrow('has the shape [1, 1], that of the reference [1, 2]');
    expect(() => scoreOutputs(metric('cosine:output=c'), reference, reference, null)).toThrow('no output "c"');
  });

  test.each<[string, number[], number[], number]>([
    ['agree:top1', [0.1, 0.7, 0.2], [3, 9, 1], 1], ['agree:top1', [0.8, 0.7, 0.2], [3, 9, 1], 0],
    ['agree:top2', [5, 4, 1], [4, 5, 0], 1], ['agree:top2', [5, 4, 4.5], [4, 5, 0], 0],
    ['agree:top1', [1, 1, 0], [2, 1, 0], 1], ['agree:top1', [1, 1, 0], [1, 2, 0], 0],
    ['agree:top1', [1, Number.NaN, 0], [2, 1, 0], 0],
  ])('%s of %j against %j is %f', (text, own, wanted, value) => expect(scoreOutputs(metric(text), outputs({ s: f32(own) }), outputs({ s: f32(wanted) }), null).value).toBe(value));

  test('accuracy by label; scores may lie in maps of one place', () => {
    const scores = outputs({ s: f32([1, 5, 3, 2], [1, 4, 1, 1]) });
    const of = (text: string, label: number): number => scoreOutputs(metric(text), scores, scores, label).value;
    expect([of('accuracy', 1), of('accuracy', 2), of('accuracy:top2', 2), of('accuracy:top2', 0)]).toEqual([1, 0, 1, 0]);
    expect(() => of('accuracy', 4)).toThrow('beyond the 4 classes');
    expect(() => of('accuracy:top5', 0)).toThrow('top5 of 4 classes');
    expect(() => scoreOutputs(metric('agree'), outputs({ s: f32([1, 2, 3, 4], [2, 2]) }), outputs({ s: f32([1, 2, 3, 4], [2, 2]) }), null)).toThrow('[2, 2], which are no class scores');
  });
});

describe('labels', () => {
  const write = (name: string, text: string): string => {
    mkdirSync(temporary(), { recursive: true });
    writeFileSync(temporary(name), text);
    return temporary();
  };
  const of = async (folder: string, names: string[]): Promise<unknown> => Object.fromEntries((await labelsOf(folder, names)) ?? []);

  test('from folders: numbers, places in the alphabet, names of classes', async () => {
    expect(await of(temporary(), ['7/a.npy', '10/b.npy'])).toEqual({ '7/a.npy': 7, '10/b.npy': 10 });
    expect(await of(temporary(), ['dog/a.npy', 'cat/b.npy', 'dog/c.npy'])).toEqual({ 'dog/a.npy': 1, 'cat/b.npy': 0, 'dog/c.npy': 1 });
    expect(await of(write('classes.txt', 'bird\ndog\r\ncat\n'), ['dog/a.npy', 'cat/b.npy'])).toEqual({ 'dog/a.npy': 1, 'cat/b.npy': 2 });
    expect([await labelsOf(temporary('none'), ['a.npy']), await labelsOf(temporary('none'), ['x/a.npy', 'b.npy'])]).toEqual([null, null]);
    await expect(labelsOf(temporary(), ['wolf/a.npy'])).rejects.toThrow('"wolf" is not in classes.txt');
  });

  test('from labels.csv, with and without a title, names of classes, names with commas', async () => {
    expect(await of(write('labels.csv', 'file,label\na.npy,3\nb.npy,1\nc,d.npy,0\n'), ['a.npy', 'b.npy', 'c,d.npy'])).toEqual({ 'a.npy': 3, 'b.npy': 1, 'c,d.npy': 0 });
    write('classes.txt', 'cat\ndog');
    expect(await of(write('labels.csv', 'a.npy,dog'), ['a.npy'])).toEqual({ 'a.npy': 1 });
    await expect(labelsOf(write('labels.csv', 'a.npy,dog'), ['a.npy', 'b.npy'])).rejects.toThrow('no label for b.npy');
    await expect(labelsOf(write('labels.csv', 'a.npy,wolf'), ['a.npy'])).rejects.toThrow('"wolf"');
    await expect(labelsOf(write('labels.csv', 'a.npy,1\nb.npy'), ['a.npy'])).rejects.toThrow('no line of FILE,LABEL');
  });
});

describe('models on inputs', () => {
  /** x·W + b over three classes. */
  const classifier = (name: string, scale: number, bias: number[]): TensorVariant => ({
    id: name, executor,
    modelPath: writeModel(temporary(`${name}.onnx`), {
      inputs: { x: ['float32', [1, 3]] }, outputs: { scores: ['float32', null] },
      initializers: { w: Tensor.of('float32', [], [scale]), b: Tensor.of('float32', [3], bias) }, nodes: [['Mul', ['x', 'w'], ['m']], ['Add', ['m', 'b'], ['scores']]],
    }),
  });
  const input = (name: string, values: number[], label: number | null = null, tags: string[] = []): TensorInput => ({ name, label, tags, feedOf: async () => new Map([['x', f32(values)]]) });
  const inputs = [input('a', [1, 2, 3], 2, ['easy']), input('b', [5, 4.5, 0], 0), input('c', [0, 9, 1], 1, ['easy'])];
  const metrics = ['sqnr', 'max', 'agree:top1', 'accuracy:top1'].map(metric);

  test('are compared with the reference, which is scored by labels alone; tags have records of their own', async () => {
    const [reference, same, shifted] = [classifier('fp32', 1, [0, 0, 0]), classifier('same', 1, [0, 0, 0]), classifier('shifted', 1, [0, 0.75, 0])] as [TensorVariant, TensorVariant, TensorVariant];
    const records = await evaluateTensors({ variants: [reference, same, shifted], reference, inputs, metrics, name: 'set' });
    const of = (variant: string, protocol: string, tag?: string): number | undefined => records.find((r) => r.variant === variant && r.protocol === protocol && r.tag === tag)?.mean;
    expect(records.filter(({ variant, tag }) => variant === 'fp32' && tag === undefined).map(({ protocol, mean, against }) => [protocol, mean, against])).toEqual([['accuracy:top1', 1, undefined]]);
    expect([of('same', 'sqnr'), of('same', 'max'), of('same', 'agree:top1')]).toEqual([200, 0, 1]);
    expect([of('shifted', 'max'), of('shifted', 'agree:top1'), of('shifted', 'accuracy:top1'), of('shifted', 'agree:top1', 'easy')]).toEqual([0.75, 2 / 3, 2 / 3, 1]);
    expect(of('shifted', 'sqnr')).toBeCloseTo([14, 45.25, 82].reduce((sum, energy) => sum + 10 * Math.log10(energy / 0.75 ** 2), 0) / 3, 4);
    expect(records.filter(({ protocol }) => protocol === 'max').every(({ better, against, evidence }) => better === 'lower' && against === 'fp32' && evidence === 'computed')).toBe(true);
  });

  test('a model whose outputs overflow is scored, and it is said', async () => {
    const [reference, broken] = [classifier('fp32', 1, [0, 0, 0]), classifier('broken', 3e38, [0, 0, 0])] as [TensorVariant, TensorVariant];
    const records = await evaluateTensors({ variants: [broken], reference, inputs: [inputs[0] as TensorInput, { ...(inputs[0] as TensorInput), name: 'a2' }], metrics, name: 'set' });
    expect(records.filter(({ variant, tag }) => variant === 'broken' && tag === undefined).map(({ protocol, mean, note }) => [protocol, mean, note])).toEqual(
      [['sqnr', 0], ['max', Number.MAX_VALUE], ['agree:top1', 0], ['accuracy:top1', 0]].map((row) => [...row, 'outputs for a are not finite; outputs for a2 are not finite']));
  });

  test('nothing to compare is the user’s to mend', async () => {
    const reference = classifier('fp32', 1, [0, 0, 0]);
    const evaluate = (variants: TensorVariant[], some: TensorInput[], asked: TensorMetric[]): Promise<unknown> => evaluateTensors({ variants, reference, inputs: some, metrics: asked, name: 'set' });
    await expect(evaluate([reference], inputs, [metric('sqnr')])).rejects.toThrow('fp32 is the only one');
    await expect(evaluate([reference], [], metrics)).rejects.toThrow('no inputs');
    await expect(evaluate([reference], [input('x', [1, 2, 3])], [metric('accuracy')])).rejects.toThrow('accuracy needs labels, and x has none');
  });
});
