import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BugError, type NamedArrays, type NdArray } from '../../models/contracts/index.ts';
import { Tensor } from '../../models/onnx/index.ts';
import { identifier } from './match-faces.ts';

/** How calibration files are laid out. */
export interface RawLayout {
  /** Images of four axes in the order of pixels: what the older converter makes of them, and reads. */
  readonly spatialFirst: boolean;
  /** In the types of the model; float32 otherwise. */
  readonly native: boolean;
}

/** Folder of the raw files, relative to the work folder. */
export const RAW_FOLDER = 'raw';
/** The list of them, relative to the work folder. */
export const INPUT_LIST = 'input_list.txt';

/** Order of axes that an input of these sizes has in calibration files; null as in the model. */
export function rawAxes(dims: readonly number[], { spatialFirst }: RawLayout): readonly number[] | null {
  return spatialFirst && dims.length === 4 ? [0, 2, 3, 1] : null;
}

/**
 * Lines of the input list: one for each feed, `NAME:=FILE` where there are several inputs whose names survive every tool; else in the order of
 * the inputs. Paths begin with `folder`.
 */
export function inputListText(names: readonly string[], count: number, folder = RAW_FOLDER): string {
  const named = names.length > 1 && names.every((name) => name === identifier(name));
  const lines = Array.from({ length: count }, (_, feed) => names.map((name) => `${named ? `${name}:=` : ''}${folder}/${rawName(name, feed)}`).join(' '));
  return `${lines.join('\n')}\n`;
}

/** Name of the raw file of one input. */
export function rawName(name: string, feed: number): string {
  return `${feed}-${identifier(name)}.raw`;
}

/** Writes what calibration sees as raw files into `folder`, which is made where it is not there: little-endian, axes moved as the layout says. */
export function writeRawInputs(folder: string, names: readonly string[], feeds: readonly NamedArrays[], layout: RawLayout): void {
  mkdirSync(folder, { recursive: true });
  for (const [number, feed] of feeds.entries()) {
    for (const name of names) {
      const array = feed.get(name);
      if (!array) throw new BugError(`Calibration has no "${name}".`);
      writeFileSync(join(folder, rawName(name, number)), rawBytes(array, layout));
    }
  }
}

function rawBytes(array: NdArray, layout: RawLayout): Uint8Array {
  const tensor = Tensor.fromNdArray(array);
  const typed = layout.native || array.dtype === 'float32' ? tensor : Tensor.of('float32', array.dims, tensor.numbers());
  const axes = rawAxes(array.dims, layout);
  return axes ? permuted(typed, axes) : typed.bytes();
}

function permuted(tensor: Tensor, axes: readonly number[]): Uint8Array {
  const { dims } = tensor;
  const bytes = tensor.bytes();
  const width = bytes.length / Math.max(1, tensor.size);
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const [sizes, steps] = [axes.map((axis) => dims[axis] as number), axes.map((axis) => strides[axis] as number)];
  const out = new Uint8Array(bytes.length);
  for (let to = 0; to < tensor.size; to++) {
    let [rest, from] = [to, 0];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const size = sizes[axis] as number;
      from += (rest % size) * (steps[axis] as number);
      rest = Math.floor(rest / size);
    }
    out.set(bytes.subarray(from * width, (from + 1) * width), to * width);
  }
  return out;
}
