import { type GridCase, graph, one, random } from './case.ts';

/** Conv and ConvTranspose: kernels, strides, dilations, groups, pads of all kinds, ranks 3 to 5, odd sizes, batches. */
export function convolutions(): GridCase[] {
  return [...conv2d(), ...otherRanks(), ...transposed(), ...refused()];
}

function conv2d(): GridCase[] {
  const forms = [
    { k: [1, 1], s: [1, 1], d: [1, 1], p: [0, 0, 0, 0] }, { k: [3, 3], s: [1, 1], d: [1, 1], p: [1, 1, 1, 1] }, { k: [3, 3], s: [2, 2], d: [1, 1], p: [1, 1, 1, 1] },
    { k: [3, 5], s: [1, 2], d: [1, 1], p: [1, 2, 0, 3] }, { k: [2, 2], s: [2, 2], d: [1, 1], p: [0, 1, 1, 0] }, { k: [3, 3], s: [1, 1], d: [2, 2], p: [2, 2, 2, 2] },
    { k: [3, 3], s: [2, 1], d: [1, 3], p: [0, 3, 2, 1] }, { k: [4, 1], s: [3, 1], d: [1, 1], p: [2, 0, 1, 0] },
  ];
  const channels = [[1, 4, 4], [2, 4, 6], [4, 4, 8], [4, 4, 4]] as const;
  const explicit = channels.flatMap(([groups, input, output]) => forms.map((f, i) =>
    one('Conv', `g${groups} ${input}→${output} form ${i}`, [[2, input, 9, 11], random([output, input / groups, ...f.k], `w${i}`), ...(i % 2 ? [random([output], 'b')] : [])], {
      group: groups, strides: f.s, dilations: f.d, pads: f.p, kernel_shape: f.k,
    })));
  const auto = ['SAME_UPPER', 'SAME_LOWER', 'VALID'].flatMap((auto_pad) => [[3, 1], [3, 2], [2, 2], [4, 3]].map(([k, s]) =>
    one('Conv', `${auto_pad} k${k} s${s}`, [[1, 3, 10, 7], random([4, 3, k as number, k as number], 'w')], { auto_pad, strides: [s as number, s as number] })));
  const computedWeight = one('Conv', 'computed weight', [[1, 3, 6, 6], [4, 3, 3, 3]], { pads: [1, 1, 1, 1] });
  const computedBias = one('Conv', 'computed bias', [[1, 3, 6, 6], random([4, 3, 3, 3], 'w'), [4]], {});
  const shared = graph('Conv shared weight', { x: ['float32', [1, 4, 6, 6]] }, [['Conv', ['x', 'w'], ['a']], ['Conv', ['a', 'w'], ['y']]], { y: ['float32', null], a: ['float32', null] }, { constants: { w: random([4, 4, 1, 1], 'w') } });
  return [...explicit, ...auto, computedWeight, computedBias, shared];
}

function otherRanks(): GridCase[] {
  return [
    one('Conv', '1D', [[2, 3, 12], random([5, 3, 3], 'w'), random([5], 'b')], { pads: [1, 2], strides: [2] }),
    one('Conv', '1D grouped dilated', [[1, 4, 12], random([4, 1, 3], 'w')], { group: 4, dilations: [3], pads: [3, 3] }),
    one('Conv', '3D', [[1, 2, 5, 6, 7], random([3, 2, 3, 2, 3], 'w'), random([3], 'b')], { pads: [1, 0, 1, 1, 1, 1], strides: [1, 2, 2] }),
  ];
}

function transposed(): GridCase[] {
  const forms = [
    { k: 2, s: 2, p: [0, 0, 0, 0] }, { k: 3, s: 2, p: [1, 1, 1, 1] }, { k: 3, s: 2, p: [1, 1, 1, 1], op: [1, 1] }, { k: 4, s: 2, p: [1, 1, 1, 1] },
    { k: 3, s: 1, p: [0, 1, 2, 0] }, { k: 9, s: 2, p: [4, 4, 4, 4], op: [1, 1] }, { k: 3, s: 3, p: [0, 0, 0, 0], op: [2, 1] }, { k: 3, s: 2, p: [1, 1, 1, 1], d: [2, 2] },
  ];
  const explicit = [1, 2].flatMap((groups) => forms.map((f, i) =>
    one('ConvTranspose', `g${groups} form ${i}`, [[2, 4, 5, 6], random([4, 6 / groups, f.k, f.k], `w${i}`), ...(i % 2 ? [] : [random([6], 'b')])], {
      group: groups, strides: [f.s, f.s], pads: f.p, ...(f.op ? { output_padding: f.op } : {}), ...(f.d ? { dilations: f.d } : {}),
    })));
  return [
    ...explicit,
    one('ConvTranspose', 'output_shape', [[1, 3, 5, 5], random([3, 2, 3, 3], 'w'), random([2], 'b')], { strides: [2, 2], output_shape: [10, 10] }),
    one('ConvTranspose', 'output_shape SAME_UPPER', [[1, 3, 5, 5], random([3, 2, 3, 3], 'w')], { strides: [2, 2], output_shape: [10, 10], auto_pad: 'SAME_UPPER' }),
    one('ConvTranspose', 'SAME_LOWER', [[1, 3, 5, 4], random([3, 2, 4, 3], 'w')], { strides: [2, 2], auto_pad: 'SAME_LOWER' }),
    one('ConvTranspose', '1D', [[1, 3, 7], random([3, 2, 4], 'w'), random([2], 'b')], { strides: [2], pads: [1, 1] }),
    one('ConvTranspose', 'computed bias', [[1, 3, 5, 5], random([3, 2, 2, 2], 'w'), [2]], { strides: [2, 2] }),
  ];
}

function refused(): GridCase[] {
  return [
    one('ConvTranspose', 'computed weight', [[1, 3, 5, 5], [3, 2, 2, 2]], {}, { refused: /its weight is computed/ }),
    one('Conv', 'dilated computed weight', [[1, 3, 9, 9], [4, 3, 3, 3]], { dilations: [2, 2] }, { refused: /its weight is computed and it is dilated/ }),
    one('Conv', 'float64', [['float64', [1, 3, 9, 9]], ['float64', [4, 3, 3, 3]]], {}, { refused: /no float64/ }),
  ];
}
