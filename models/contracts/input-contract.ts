/** What one model input expects. Stated once a model; calibration, quality, image types, device feeds and tiling all derive from it. */
export interface InputContract {
  readonly name: string;
  readonly kind: 'image' | 'tensor';
  /** Channel order of an image. */
  readonly color: 'rgb' | 'bgr' | 'y' | 'gray';
  /** Value range that the model expects before mean and std, e.g. [0, 1] or [0, 255]. */
  readonly range: readonly [number, number];
  /** Per channel, in units of `range`: model input = (pixel in range − mean) / std. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly layout: 'NCHW' | 'NHWC';
  readonly dtype: 'float32' | 'float16' | 'uint8';
  /** Static shape to use where the model leaves dimensions open; null where any size goes. */
  readonly shape: readonly (number | null)[];
}
