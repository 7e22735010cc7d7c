import { describe, expect, test } from 'vitest';
import { crdToDcr, identity, invert, isPermutation, joinRuns, narrow, splitRuns, widen } from '../../../../converters/rewrites/permute/order.ts';
import { acrossReshape } from '../../../../converters/rewrites/permute/rules/layout.ts';
import { Tensor } from '../../../../models/onnx/index.ts';
import { Prng } from '../../../../models/run/prng.ts';
import { buildModel } from '../../../support/build-model.ts';
import { ndarray, runOrt } from '../../../support/ort.ts';

const random = new Prng(2);

describe('CRD to DCR', () => {
  test('the orders printed in sr-models §1.3', () => {
    expect(crdToDcr(12, 2)).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(crdToDcr(27, 3).slice(0, 5)).toEqual([0, 9, 18, 1, 10]);
  });

  test.each([[1, 2], [3, 2], [2, 3], [4, 4]])('%i colours, block %i: what ONNX Runtime shuffles', async (colours, blocksize) => {
    const channels = colours * blocksize ** 2;
    const shuffle = (mode: string) => buildModel({
      inputs: { x: ['float32', [1, channels, 1, 1]] }, outputs: { y: ['float32', null] },
      nodes: [['DepthToSpace', ['x'], ['y'], { blocksize, mode }]],
    });
    const order = crdToDcr(channels, blocksize);
    const crd = await runOrt(shuffle('CRD'), { x: ndarray('float32', [1, channels, 1, 1], identity(channels)) });
    const dcr = await runOrt(shuffle('DCR'), { x: ndarray('float32', [1, channels, 1, 1], order) });
    expect(dcr).toEqual(crd);
    expect(isPermutation(order, channels)).toBe(true);
    expect(invert(invert(order))).toEqual(order);
  });
});

test('narrow undoes widen and refuses what widen cannot make', () => {
  for (let i = 0; i < 200; i++) {
    const [before, length, after] = [1 + random.below(4), 1 + random.below(5), 1 + random.below(4)];
    const order = random.shuffle(identity(length));
    expect(narrow(widen(order, before, after), before, after)).toEqual(order);
  }
  expect(narrow([1, 0, 2, 3], 2, 1)).toBeNull();
  expect(narrow([1, 0, 3, 2], 1, 2)).toBeNull();
});

test('splitRuns finds the runs that were joined, and no others', () => {
  for (let i = 0; i < 200; i++) {
    const sizes = identity(1 + random.below(4)).map(() => 1 + random.below(4));
    const inner = sizes.map((size) => random.shuffle(identity(size)));
    expect(splitRuns(joinRuns(inner), sizes)).toEqual({ runs: identity(sizes.length), inner });
  }
  expect(splitRuns([3, 2, 0, 1], [2, 2])).toEqual({ runs: [1, 0], inner: [[0, 1], [1, 0]] });
  expect(splitRuns([0, 2, 1, 3], [2, 2])).toBeNull();
});

test('across a reshape: as permuting and reshaping say, on random shapes', async () => {
  let followed = 0;
  for (let i = 0; i < 150; i++) {
    const from = identity(2 + random.below(3)).map(() => [1, 2, 3, 4, 6][random.below(5)] as number);
    const to = regroup(from);
    const axis = random.below(from.length);
    const order = random.shuffle(identity(from[axis] as number));
    const found = acrossReshape({ axis, order }, from, to);
    if (!found) continue;
    followed++;
    expect(await moved(from, axis, order, to, null)).toEqual(await moved(from, null, [], to, found));
  }
  expect(followed).toBeGreaterThan(60);
});

test('symbolic dimensions at both ends stay out of it', () => {
  const order = { axis: 1, order: [1, 0, 3, 2] };
  expect(acrossReshape(order, ['N', 4, 'H', 'W'], ['N', 2, 2, 'H', 'W'])).toEqual({ axis: 2, order: [1, 0] });
  expect(acrossReshape(order, ['N', 4, 'H', 'W'], ['N', 4, 'H*W'])).toEqual(order);
  expect(acrossReshape(order, ['N', 4, 'H', 'W'], ['4*N', 'H', 'W'])).toBeNull();
  expect(acrossReshape(order, [null, 4, null, null], [null, 4, null])).toBeNull();
});

/** Another shape of as many elements: neighbours merged, numbers split. */
function regroup(shape: readonly number[]): number[] {
  const factors = shape.flatMap((n) => (n === 4 ? [2, 2] : n === 6 ? (random.below(2) ? [2, 3] : [3, 2]) : [n]));
  const out: number[] = [];
  for (const factor of factors) {
    if (out.length > 0 && random.below(2)) out.push((out.pop() as number) * factor);
    else out.push(factor);
  }
  return out;
}

/** A ramp permuted, reshaped and permuted by ONNX Runtime. */
async function moved(
  from: readonly number[], axis: number | null, order: readonly number[], to: readonly number[], after: { axis: number; order: readonly number[] } | null,
): Promise<unknown> {
  const indices = after?.order ?? order;
  const model = buildModel({
    inputs: { x: ['float32', from] }, outputs: { y: ['float32', null] },
    initializers: { i: Tensor.of('int64', [indices.length], indices), s: Tensor.of('int64', [to.length], to) },
    nodes: after
      ? [['Reshape', ['x', 's'], ['r']], ['Gather', ['r', 'i'], ['y'], { axis: after.axis }]]
      : [['Gather', ['x', 'i'], ['g'], { axis: axis ?? 0 }], ['Reshape', ['g', 's'], ['y']]],
  });
  return (await runOrt(model, { x: ndarray('float32', from, identity(from.reduce((a, b) => a * b, 1))) })).get('y');
}
