import { Tensor } from '../../../../../models/onnx/index.ts';
import { type GridCase, int64s, one, scalar, type Shape } from './case.ts';

/** Pools, pads and resizing. */
export function windows(): GridCase[] {
  return [...pools(), ...pads(), ...resizes()];
}

function pools(): GridCase[] {
  const x: Shape = [2, 3, 9, 10];
  const forms = [
    { kernel_shape: [2, 2], strides: [2, 2] }, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, { kernel_shape: [3, 2], strides: [1, 3], pads: [0, 1, 2, 0] }, { kernel_shape: [3, 3] },
    { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }, { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1, pads: [0, 1, 1, 0] }, { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' },
    { kernel_shape: [4, 3], strides: [2, 3], auto_pad: 'SAME_LOWER' }, { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'VALID' },
  ];
  return [
    ...forms.flatMap((form, i) => [one('MaxPool', `form ${i}`, [x], form), one('AveragePool', `form ${i}`, [x], form)]),
    ...forms.filter((form) => !('ceil_mode' in form)).map((form, i) => one('AveragePool', `counting pads ${i}`, [x], { ...form, count_include_pad: 1 })),
    one('AveragePool', 'ceil counting pads', [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1, count_include_pad: 1 }, { refused: /divides by another count/ }),
    one('MaxPool', 'dilated', [x], { kernel_shape: [2, 2], dilations: [2, 2] }, { refused: /dilated/ }),
    one('MaxPool', '1D', [[2, 3, 9]], { kernel_shape: [3], strides: [2], pads: [1, 1] }), one('AveragePool', '1D', [[2, 3, 9]], { kernel_shape: [3], strides: [2], pads: [1, 0] }),
    one('MaxPool', '3D', [[1, 2, 5, 6, 4]], { kernel_shape: [2, 3, 2], strides: [2, 1, 2] }), one('AveragePool', '3D', [[1, 2, 5, 6, 4]], { kernel_shape: [2, 3, 2], pads: [0, 1, 0, 0, 1, 1] }),
    ...['GlobalAveragePool', 'GlobalMaxPool'].flatMap((op) => [[2, 3, 5, 7], [2, 3, 5], [1, 2, 3, 4, 2]].map((shape) => one(op, shape.join('x'), [shape]))),
  ];
}

function pads(): GridCase[] {
  const x: Shape = [2, 3, 5, 6];
  const modes = ['constant', 'reflect', 'edge', 'wrap'];
  return [
    ...modes.flatMap((mode) => [
      one('Pad', `${mode} last two`, [x, int64s(0, 0, 1, 2, 0, 0, 3, 0)], { mode }, mode === 'wrap' ? { opset: 19 } : {}), one('Pad', `${mode} all axes`, [x, int64s(1, 2, 1, 2, 1, 0, 3, 0)], { mode }, mode === 'wrap' ? { opset: 19 } : {}),
      one('Pad', `${mode} cutting`, [x, int64s(0, 0, -1, 2, 0, 0, 2, -1)], { mode }, mode === 'wrap' ? { opset: 19 } : {}), one('Pad', `${mode} rank 3`, [[2, 5, 6], int64s(0, 1, 2, 0, 2, 1)], { mode }, mode === 'wrap' ? { opset: 19 } : {}),
    ]),
    one('Pad', 'value', [x, int64s(0, 0, 1, 1, 0, 0, 1, 1), scalar(-1.5)]), one('Pad', 'axes', [x, int64s(2, 1), scalar(3), int64s(-1)]), one('Pad', 'opset 10', [x], { pads: [0, 0, 1, 2, 0, 0, 3, 4], value: { float: 0.5 } }, { opset: 10 }),
    one('Pad', 'int32', [['int32', [2, 3]], int64s(0, 1, 1, 0), scalar(7, 'int32')]), one('Pad', 'uint8', [['uint8', [2, 3]], int64s(0, 1, 1, 0)], {}, { ranges: { x0: [0, 255] } }), one('Pad', 'nothing', [x, int64s(0, 0, 0, 0, 0, 0, 0, 0)]),
    one('Pad', 'rank 5', [[1, 2, 3, 4, 2], int64s(0, 1, 0, 1, 0, 0, 0, 1, 0, 1)]), one('Pad', 'bool', [['bool', [2, 3]], int64s(0, 1, 1, 0)], {}, { out: 'bool', refused: /pads booleans/ }),
    one('Pad', 'computed', [x, ['int64', [8]]], {}, { refused: /come at run time/ }),
  ];
}

function resizes(): GridCase[] {
  const x: Shape = [2, 3, 4, 6];
  const none = Tensor.of('float32', [0], []);
  const by = (...scales: number[]): Tensor => Tensor.of('float32', [scales.length], scales);
  const nearest = ['half_pixel', 'asymmetric', 'pytorch_half_pixel'].flatMap((coordinate) => ['round_prefer_floor', 'floor', 'round_prefer_ceil', 'ceil'].flatMap((nearest_mode) => [
    { scales: [1, 1, 2, 2] }, { scales: [1, 1, 3, 1] }, { scales: [1, 1, 0.5, 0.5] },
  ].map(({ scales }) => ({ coordinate, nearest_mode, scales }))));
  return [
    ...nearest.map(({ coordinate, nearest_mode, scales }) => one('Resize', `nearest ${coordinate} ${nearest_mode} ${scales.join('x')}`, [x, '', by(...scales)], { mode: 'nearest', coordinate_transformation_mode: coordinate, nearest_mode }, refusedNearest(coordinate, nearest_mode, scales))),
    one('Resize', 'nearest 1.5', [x, '', by(1, 1, 1.5, 1.5)], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }, { refused: /no repetition of whole elements/ }),
    one('Resize', 'nearest rank 3', [[3, 4, 6], '', by(1, 2, 2)], { mode: 'nearest' }), one('Resize', 'nearest rank 5', [[1, 2, 2, 3, 4], '', by(1, 1, 1, 2, 2)], { mode: 'nearest' }),
    one('Resize', 'nearest sizes', [x, '', '', int64s(2, 3, 8, 12)], { mode: 'nearest' }), one('Upsample', 'opset 9', [x, by(1, 1, 2, 2)], { mode: 'nearest' }, { opset: 9 }), one('Resize', 'opset 10', [x, by(1, 1, 2, 2)], { mode: 'nearest' }, { opset: 10 }),
    ...['half_pixel', 'asymmetric', 'pytorch_half_pixel', 'align_corners'].flatMap((coordinate) => [[8, 12], [3, 5], [7, 9], [4, 13], [2, 3]].map(([h, w]) =>
      one('Resize', `linear ${coordinate} ${h}x${w}`, [x, none, none, int64s(2, 3, h as number, w as number)], { mode: 'linear', coordinate_transformation_mode: coordinate }))),
    one('Resize', 'linear to 1', [x, '', '', int64s(2, 3, 1, 1)], { mode: 'linear', coordinate_transformation_mode: 'asymmetric' }, { refused: /size of 1/ }), one('Resize', 'linear half_pixel to 1', [x, '', '', int64s(2, 3, 1, 1)], { mode: 'linear' }),
    one('Resize', 'linear by 1.3', [x, '', by(1, 1, 1.3, 1.3)], { mode: 'linear' }, { refused: /samples by the sizes/ }), one('Resize', 'linear by 2', [x, '', by(1, 1, 2, 2)], { mode: 'linear' }),
    one('Resize', 'cubic', [x, '', by(1, 1, 2, 2)], { mode: 'cubic' }, { refused: /no cubic/ }), one('Resize', 'antialias', [x, '', by(1, 1, 0.5, 0.5)], { mode: 'linear', antialias: 1 }, { refused: /antialias/ }),
    one('Resize', 'channels', [x, '', by(1, 2, 1, 1)], { mode: 'nearest' }, { refused: /other axes than the last two/ }),
    one('Resize', 'tf_crop_and_resize', [x, Tensor.of('float32', [8], [0, 0, 0, 0, 1, 1, 1, 1]), by(1, 1, 2, 2)], { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' }, { refused: /tf_crop_and_resize/ }),
  ];
}

/** Which forms repeat whole elements (or take every n-th) follows from ONNX's formulas: these do not. */
function refusedNearest(coordinate: string, mode: string, scales: readonly number[]): { refused?: RegExp } {
  const grows = scales.some((scale) => scale > 1);
  if (!grows) return {};
  const whole = coordinate === 'asymmetric' ? mode === 'floor' || (mode === 'round_prefer_floor' && scales.includes(2)) : mode === 'round_prefer_floor' || mode === 'round_prefer_ceil';
  return whole ? {} : { refused: /no repetition of whole elements/ };
}
