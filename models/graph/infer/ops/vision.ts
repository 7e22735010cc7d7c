import { type OpRule, type OpTable, tensor } from '../op-call.ts';

/** [N, C, …] sampled at a grid [N, …, 2 or 3]. */
const gridSample: OpRule = (call) => {
  const [input, grid] = [call.shape(0), call.shape(1)];
  return tensor(call.dtype(0), input && grid ? [input[0] ?? null, input[1] ?? null, ...grid.slice(1, -1)] : null);
};

/** theta [N, 2, 3] with size [N, C, H, W] → [N, H, W, 2]; three-dimensional alike. */
const affineGrid: OpRule = (call) => {
  const size = call.elements(1);
  return tensor(call.dtype(0), size ? [size[0] ?? null, ...size.slice(2), size.length - 2] : null);
};

const roiAlign: OpRule = (call) => {
  const size = [call.attributes.int('output_height', 1), call.attributes.int('output_width', 1)];
  return tensor(call.dtype(0), [call.shape(1)?.[0] ?? null, call.shape(0)?.[1] ?? null, ...size]);
};

const nonMaxSuppression: OpRule = () => tensor('int64', [null, 3]);

/** Columns [N, C·∏block, L] back to an image [N, C, …]. */
const col2Im: OpRule = (call) => {
  const [input, image, block] = [call.shape(0), call.elements(1), call.numbers(2)];
  if (!input || !image || !block) return tensor(call.dtype(0), null);
  const channels = input[1];
  const size = block.reduce((a, b) => a * b, 1);
  return tensor(call.dtype(0), [input[0] ?? null, typeof channels === 'number' ? channels / size : null, ...image]);
};

/** Operators of detectors and warps. */
export const VISION: OpTable = {
  GridSample: gridSample,
  AffineGrid: affineGrid,
  RoiAlign: roiAlign,
  NonMaxSuppression: nonMaxSuppression,
  Col2Im: col2Im,
};
