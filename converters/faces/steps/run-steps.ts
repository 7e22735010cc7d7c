import { type NdArray, UserError } from '../../../models/contracts/index.ts';
import { halfToNumber, numberToHalf } from '../../../models/onnx/half.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import type { AdapterStep, ArithmeticOp, Layout, PortDType } from '../adapter-spec.ts';

/** An image in NCHW order, whatever order its memory had. */
interface Image {
  readonly dims: readonly [n: number, c: number, h: number, w: number];
  readonly data: Float32Array;
}

type StepOf<K extends AdapterStep['kind']> = Extract<AdapterStep, { kind: K }>;

/**
 * Applies steps to an array of rank 4 with the given layout in memory: the definition of the steps that a verification runs. Throws
 * UserError where a height or width is no multiple of a block.
 */
export function runSteps(steps: readonly AdapterStep[], array: NdArray, from: Layout, to: PortDType): NdArray {
  let layout = from;
  let image = load(array, from);
  for (const step of steps) {
    if (step.kind === 'layout') layout = step.to;
    else image = apply(step, image);
  }
  return store(image, layout, to);
}

function apply(step: Exclude<AdapterStep, { kind: 'layout' }>, image: Image): Image {
  switch (step.kind) {
    case 'unshuffle':
      return unshuffle(step, image);
    case 'shuffle':
      return shuffle(step, image);
    case 'gatherChannels':
      return remap(image, [image.dims[0], step.indices.length, image.dims[2], image.dims[3]], (c, y, x) => [
        step.indices[c] as number,
        y,
        x,
      ]);
    case 'repeat':
      return repeat(step, image);
    case 'arithmetic':
      return arithmetic(step, image);
    case 'clip':
      return each(image, (v) => (step.min !== null && v < step.min ? step.min : step.max !== null && v > step.max ? step.max : v));
    case 'round':
      return each(image, roundHalfEven);
    case 'cast':
      return each(image, CASTS[step.to]);
  }
}

function unshuffle({ block, order }: StepOf<'unshuffle'>, image: Image): Image {
  const [n, c, h, w] = image.dims;
  if (h % block !== 0 || w % block !== 0) {
    throw new UserError(`An image of ${h} × ${w} cannot be unshuffled by ${block}.`, [`Crop or pad it to multiples of ${block}.`]);
  }
  const blocks = block * block;
  return remap(image, [n, c * blocks, h / block, w / block], (k, y, x) => {
    const [source, r] = order === 'CRD' ? [Math.floor(k / blocks), k % blocks] : [k % c, Math.floor(k / c)];
    return [source, y * block + Math.floor(r / block), x * block + (r % block)];
  });
}

function shuffle({ block, order }: StepOf<'shuffle'>, image: Image): Image {
  const [n, c, h, w] = image.dims;
  const channels = c / (block * block);
  return remap(image, [n, channels, h * block, w * block], (k, y, x) => {
    const r = (y % block) * block + (x % block);
    return [order === 'CRD' ? k * block * block + r : r * channels + k, Math.floor(y / block), Math.floor(x / block)];
  });
}

function repeat({ factor }: StepOf<'repeat'>, image: Image): Image {
  const [n, c, h, w] = image.dims;
  return remap(image, [n, c, h * factor, w * factor], (k, y, x) => [k, Math.floor(y / factor), Math.floor(x / factor)]);
}

function arithmetic({ op, values }: StepOf<'arithmetic'>, image: Image): Image {
  const [, channels, h, w] = image.dims;
  const rounded = Float32Array.from(values);
  const of = OPERATIONS[op];
  const area = h * w;
  const data = image.data.map((v, i) => of(v, rounded[rounded.length === 1 ? 0 : Math.floor(i / area) % channels] as number));
  return { dims: image.dims, data };
}

/** One operation, rounded to float32. */
export function calculate(a: number, op: ArithmeticOp, b: number): number {
  return Math.fround(OPERATIONS[op](a, Math.fround(b)));
}

/** Stored as float32, which rounds the one operation (binary64 results of + − × ÷ on binary32 round twice without harm). */
const OPERATIONS = {
  multiply: (a: number, b: number) => a * b,
  divide: (a: number, b: number) => a / b,
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
};

const CASTS: Readonly<Record<PortDType, (value: number) => number>> = {
  float32: (value) => value,
  float16: (value) => halfToNumber(numberToHalf(value)),
  uint8: (value) => (value > 0 ? Math.min(Math.trunc(value), 255) : 0),
};

/** Small negative numbers become −0. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  const nearest = rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
  return nearest === 0 && value < 0 ? -0 : nearest;
}

function each(image: Image, of: (value: number) => number): Image {
  return { dims: image.dims, data: image.data.map(of) };
}

function remap(image: Image, dims: Image['dims'], source: (c: number, y: number, x: number) => readonly [number, number, number]): Image {
  const [n, c, h, w] = dims;
  const [, channels, height, width] = image.dims;
  const data = new Float32Array(n * c * h * w);
  let at = 0;
  for (let b = 0; b < n; b++)
    for (let k = 0; k < c; k++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          const [sc, sy, sx] = source(k, y, x);
          data[at++] = image.data[((b * channels + sc) * height + sy) * width + sx] as number;
        }
  return { dims, data };
}

function load(array: NdArray, layout: Layout): Image {
  const values = Float32Array.from(Tensor.fromNdArray(array).numbers());
  const [a, b, c, d] = array.dims as readonly [number, number, number, number];
  if (layout === 'NCHW') return { dims: [a, b, c, d], data: values };
  return remapMemory(values, [a, d, b, c], (n, k, y, x) => ((n * b + y) * c + x) * d + k);
}

function store({ dims, data }: Image, layout: Layout, dtype: PortDType): NdArray {
  if (layout === 'NCHW') return Tensor.of(dtype, dims, data).toNdArray();
  const [n, c, h, w] = dims;
  const moved = remapMemory(data, [n, h, w, c], (b, y, x, k) => ((b * c + k) * h + y) * w + x);
  return Tensor.of(dtype, moved.dims, moved.data).toNdArray();
}

function remapMemory(data: Float32Array, dims: Image['dims'], from: (a: number, b: number, c: number, d: number) => number): Image {
  const out = new Float32Array(data.length);
  let at = 0;
  for (let a = 0; a < dims[0]; a++)
    for (let b = 0; b < dims[1]; b++)
      for (let c = 0; c < dims[2]; c++)
        for (let d = 0; d < dims[3]; d++) {
          out[at++] = data[from(a, b, c, d)] as number;
        }
  return { dims, data: out };
}
