import { describe, expect, test } from 'vitest';
import { variantId } from '../../../cli/sweep/axes.ts';
import { parseFilters } from '../../../cli/sweep/filters.ts';
import { planMatrix } from '../../../cli/sweep/matrix.ts';
import type { SweepFile } from '../../../cli/sweep/sweep-file.ts';
import { Prng } from '../../../models/run/prng.ts';

const MODELS = { a: { zoo: 'quicksrnet-small' }, b: { zoo: 'quicksrnet-medium' }, c: 'c.onnx' };

const VALUES = {
  model: ['a', 'b', 'c'], scale: [2, 3, 4], resolution: ['540p', '1080p', '64x64'], rewrite: ['none', 'ane:A15'],
  compress: ['none', 'magnitude:0.5', 'heads:0.25'], precision: ['fp32', 'fp16', 'w8a8', 'w8a8:auto', 'mixed:0.05'],
} as const;

const file = (more: Partial<SweepFile>): SweepFile => ({ name: 'test', models: MODELS, ...more });
const ids = (matrix: ReturnType<typeof planMatrix>): string[] => matrix.variants.map(variantId);

/** Some values of some axes, at least one each. */
function someAxes(random: Prng): NonNullable<SweepFile['axes']> {
  const chosen = Object.entries(VALUES).flatMap(([axis, values]) => {
    const some = values.filter(() => random.uniform() < 0.6);
    return some.length > 0 && random.uniform() < 0.8 ? [[axis, some]] : [];
  });
  return Object.fromEntries(chosen) as NonNullable<SweepFile['axes']>;
}

describe('the product', () => {
  test.each(Array.from({ length: 20 }, (_, seed) => seed))('has as many variants as its axes multiply to, each once, seed %i', (seed) => {
    const axes = someAxes(new Prng(seed));
    const matrix = planMatrix(file({ axes }));
    const size = Object.entries(axes).reduce((product, [, values]) => product * [values].flat().length, 1) * (axes.model ? 1 : 3);
    expect(matrix.lines).toHaveLength(size);
    expect(new Set(ids(matrix)).size).toBe(size);
    for (const { axes: point } of matrix.lines) {
      for (const [axis, values] of Object.entries(axes)) expect([values].flat()).toContain(point?.[axis as keyof typeof point]);
    }
  });

  test.each(Array.from({ length: 20 }, (_, seed) => seed))('less what a rule matches is what the rule does not match, seed %i', (seed) => {
    const random = new Prng(1000 + seed);
    const axes = someAxes(random);
    const all = planMatrix(file({ axes }));
    const [pick] = [all.variants[Math.floor(random.uniform() * all.variants.length)]];
    const rule = { precision: pick?.precision, ...(random.uniform() < 0.5 ? { model: [pick?.model as string] } : {}) } as NonNullable<SweepFile['exclude']>[number];
    const fits = (point: (typeof all.variants)[number]): boolean => point.precision === rule.precision && (rule.model === undefined || point.model === pick?.model);
    const left = all.variants.filter((point) => !fits(point));
    if (left.length === 0) expect(() => planMatrix(file({ axes, exclude: [rule] }))).toThrow('No variant is left');
    else expect(planMatrix(file({ axes, exclude: [rule] })).variants).toEqual(left);
  });

  test('what is included comes last, is not excluded, and what was there already is there once', () => {
    const matrix = planMatrix(file({
      axes: { model: ['a', 'b'], precision: ['fp32', 'w8a8'] }, exclude: [{ model: 'b' }], include: [{ model: 'b', precision: 'fp16' }, { model: 'a', precision: 'fp32' }],
    }));
    expect(ids(matrix)).toEqual(['a fp32', 'a w8a8', 'b fp16']);
  });

  test('scales that nobody says are the models’ own', () => {
    expect(planMatrix(file({ axes: { model: ['a', 'c'] } }), new Map(), { a: 2, c: null }).variants.map(({ scale }) => scale)).toEqual([2, null]);
    expect(planMatrix(file({ axes: { model: 'a', scale: 4 } }), new Map(), { a: 2 }).variants.map(({ scale }) => scale)).toEqual([4]);
  });

  test.each([
    [{ axes: { precision: 'int8' } }, '"int8" is no precision'],
    [{ axes: { precision: 'w8a8:best' } }, '"w8a8:best" is no precision'],
    [{ axes: { precision: 'mixed:-1' } }, '"mixed:-1" is no precision'],
    [{ axes: { resolution: '4k' } }, '"4k" is no resolution'],
    [{ axes: { resolution: '0x64' } }, '"0x64" is no resolution'],
    [{ axes: { compress: 'magnitude:2' } }, 'needs a share'],
    [{ axes: { rewrite: 'tpu' } }, 'tpu'],
    [{ axes: { model: 'd' } }, 'no model "d"'],
    [{ exclude: [{ precision: 'w8a8' }] }, 'matches no variant'],
    [{ rows: [{ absent: 'why' }] }, 'has no label'],
  ] as [Partial<SweepFile>, string][])('refuses %j before anything runs', (more, message) => {
    expect(() => planMatrix(file(more))).toThrow(message);
  });
});

describe('rows by hand', () => {
  const table = file({
    axes: { precision: ['fp32', 'w8a8'], scale: 2 },
    rows: [{ label: 'one', model: 'a', published: { dB: 31.4 } }, { label: 'two', model: 'b', precision: 'fp16' }, { label: 'gone', absent: 'not published', published: { dB: 30 } }, { label: 'again', model: 'a', precision: 'fp32' }],
  });

  test('take from the axes what they leave out, and keep their names and values', () => {
    const { lines } = planMatrix(table);
    expect(lines.map(({ label, axes, published }) => [label, axes?.precision ?? null, published['dB'] ?? null])).toEqual([
      ['one', 'fp32', 31.4], ['one', 'w8a8', 31.4], ['two', 'fp16', null], ['gone', null, 30], ['again', 'fp32', null],
    ]);
  });

  test('a variant in two rows is made once', () => expect(ids(planMatrix(table))).toEqual(['a x2 fp32', 'a x2 w8a8', 'b x2 fp16']));

  test('values that others published go to the rows that they are about; a row’s own win', () => {
    const { lines } = planMatrix({ ...table, published: [{ where: { model: ['a', 'b'] }, values: { dB: 1, ms: 2 } }] });
    expect(lines.map(({ published }) => published)).toEqual([{ dB: 31.4, ms: 2 }, { dB: 31.4, ms: 2 }, { dB: 1, ms: 2 }, { dB: 30 }, { dB: 1, ms: 2 }]);
  });
});

describe('--only', () => {
  const table = file({ axes: { model: ['a', 'b'], scale: [2, 3], precision: ['fp32', 'w8a8'] } });

  test('keeps the values it names; several filters all hold, and one axis may be named twice', () => {
    expect(ids(planMatrix(table, parseFilters(['precision=w8a8', 'scale=2,3', 'model=a'])))).toEqual(['a x2 w8a8', 'a x3 w8a8']);
    expect(planMatrix(table, parseFilters(['model=a', 'model=b'])).variants).toHaveLength(8);
  });

  test('finds rows by their label', () => {
    const labelled = file({ rows: [{ label: 'x', model: 'a' }, { label: 'y', model: 'b' }] });
    expect(ids(planMatrix(labelled, parseFilters(['row=y'])))).toEqual(['b fp32']);
  });

  test.each(['precision', 'colour=red', '=w8a8', 'precision='])('refuses %s', (text) => expect(() => parseFilters([text])).toThrow('is no filter'));

  test('says that nothing is left', () => expect(() => planMatrix(table, parseFilters(['scale=7']))).toThrow('No variant is left'));
});
